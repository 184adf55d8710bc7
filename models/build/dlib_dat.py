"""Reads a network that dlib wrote to a `.dat` file: numbers in dlib's packed form, then layers, the input's first."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_LOSS = "loss_metric_2"
_INPUT = "input_rgb_image_sized"
_INPUT_BYTES = bytes([1, len(_INPUT)]) + _INPUT.encode()
_NEGATIVE = 0x80
_LENGTH = 0x0F


class DatError(ValueError):
    """The file isn't what dlib would have written, or not a kind of network that is read here."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One stored layer: its dlib name (`con_4`, `affine_`...), its numbers in file order, and its parameters."""

    name: str
    numbers: tuple[int, ...] = ()
    parameters: Floats = field(default_factory=lambda: np.zeros(0, np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """The layers from the input on, the mean (r, g, b) taken from each pixel, and the side of the square input."""

    mean: tuple[float, float, float]
    side: int
    layers: tuple[Layer, ...]


def read_network(path: Path) -> Network:
    """The network in the file. Raises DatError unless the file is read to its last byte."""
    reader = Reader(path.read_bytes())
    reader.integer()
    if (loss := reader.text()) != _LOSS:
        raise DatError(f"the loss is {loss!r}, only {_LOSS!r} is read here")
    reader.real(), reader.real()  # margin and threshold of the training
    while not reader.starts_with(_INPUT_BYTES):  # versions of the layers, nested from the output to the input
        reader.integer()
    reader.text()
    mean = (reader.real(), reader.real(), reader.real())
    side, width = reader.integer(), reader.integer()
    if side != width:
        raise DatError(f"the input is {width}x{side}, not a square")
    layers = [_first_layer(reader)]
    while reader.left:
        layers.append(_layer(reader))
    return Network(mean, side, tuple(layers))


class Reader:
    """Walks over the bytes of a `.dat`; each method takes one value and moves on. Raises DatError at nonsense."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return len(self._content) - self._at

    def starts_with(self, text: bytes) -> bool:
        """Whether `text` comes next; nothing is consumed."""
        return self._content.startswith(text, self._at)

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        if count > self.left:
            raise DatError(f"the file ends {count - self.left} bytes too early")
        self._at += count
        return self._content[self._at - count : self._at]

    def integer(self) -> int:
        """A control byte (length, sign), then that many bytes, the lowest first."""
        control = self.take(1)[0]
        size = control & _LENGTH
        if size > 8 or control & ~(_LENGTH | _NEGATIVE):
            raise DatError(f"0x{control:02x} is not the control byte of an integer")
        value = int.from_bytes(self.take(size), "little")
        return -value if control & _NEGATIVE else value

    def real(self) -> float:
        """Mantissa and exponent, two integers: mantissa * 2**exponent."""
        mantissa, exponent = self.integer(), self.integer()
        return mantissa * 2.0**exponent

    def text(self) -> str:
        """A length, then that many bytes."""
        return self.take(self.integer()).decode("latin-1")

    def truth(self) -> bool:
        """One character, 0 or 1."""
        character = self.take(1)
        if character not in (b"0", b"1"):
            raise DatError(f"{character!r} is neither true nor false")
        return character == b"1"

    def tensor(self) -> Floats:
        """Version 2, four sizes, then the numbers as little-endian float32."""
        sizes = self.alias()
        count = int(np.prod(sizes))
        raw = self.take(4 * count)
        return np.frombuffer(raw, "<f4").astype(np.float32).reshape(sizes)

    def alias(self) -> tuple[int, int, int, int]:
        """The shape of a view on a tensor: a version and four sizes."""
        self.integer()
        return self.integer(), self.integer(), self.integer(), self.integer()


def _first_layer(reader: Reader) -> Layer:
    layer = _layer(reader)
    reader.integer()  # the layer that holds the input ends with one number more
    return layer


def _layer(reader: Reader) -> Layer:
    layer = _details(reader, reader.text())
    for _ in range(3):
        reader.truth()  # set up, gradient stale, output disabled
    for _ in range(3):
        reader.tensor()  # gradients and a kept output, empty in a finished network
    return layer


def _details(reader: Reader, name: str) -> Layer:
    match name.rstrip("0123456789"):
        case "con_":
            parameters = reader.tensor()
            numbers = _integers(reader, 7)
            _skip_views(reader, integers=0, reals=4)
        case "affine_":
            parameters = reader.tensor()
            numbers = ()
            _skip_views(reader, integers=1, reals=0)
        case "fc_":
            numbers = _integers(reader, 2)
            parameters = reader.tensor()
            _skip_views(reader, integers=1, reals=4)
        case "max_pool_" | "avg_pool_":
            return Layer(name, _integers(reader, 6))
        case "relu_" | "add_prev_":
            return Layer(name)
        case _:
            raise DatError(f"the layer {name!r} is not known here")
    return Layer(name, numbers, parameters)


def _integers(reader: Reader, count: int) -> tuple[int, ...]:
    return tuple(reader.integer() for _ in range(count))


def _skip_views(reader: Reader, *, integers: int, reals: int) -> None:
    """Two views on the parameters, a mode, and the training's multipliers: nothing that inference needs."""
    reader.alias(), reader.alias()
    for _ in range(integers):
        reader.integer()
    for _ in range(reals):
        reader.real()
