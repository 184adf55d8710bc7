"""A dlib `.dat` in the making: the packed form of numbers, layers and a whole network, written by hand."""

import numpy as np

NO_TENSOR = bytes([1, 2] + [1, 0] * 4)


def an_integer(value: int) -> bytes:
    size = max(1, (abs(value).bit_length() + 7) // 8)
    return bytes([size | (0x80 if value < 0 else 0)]) + abs(value).to_bytes(size, "little")


def integers(*values: int) -> bytes:
    return b"".join(an_integer(value) for value in values)


def a_real(mantissa: int, exponent: int) -> bytes:
    return integers(mantissa, exponent)


def a_text(text: str) -> bytes:
    return an_integer(len(text)) + text.encode("latin-1")


def a_tensor(values: np.ndarray) -> bytes:
    return integers(2, *values.shape) + values.astype("<f4").tobytes()


def a_layer(name: str, details: bytes = b"") -> bytes:
    return a_text(name) + details + b"110" + NO_TENSOR * 3


def a_convolution(weights: np.ndarray, shape: tuple[int, ...]) -> bytes:
    views = integers(2, 1, 1, 1, 1) * 2
    return a_layer("con_4", a_tensor(weights) + integers(*shape) + views + a_real(1, 0) * 4)


def a_network(layers: bytes, *, mean: int = 117, side: int = 150) -> bytes:
    """The first layer in `layers` must come with its one number more."""
    head = integers(1) + a_text("loss_metric_2") + a_real(5, -7) + a_real(5, -3)
    versions = integers(2, 1, 3, 1, 1)
    entry = a_text("input_rgb_image_sized") + a_real(mean, 0) * 3 + integers(side, side)
    return head + versions + entry + layers
