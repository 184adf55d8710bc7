"""The one module that knows the TFLite runtime: LiteRT (`ai-edge-litert`), or else `tflite-runtime`.

LiteRT is preferred because tflite-runtime has no fast int8 kernels: the int8 embedding takes 10.8 ms there and
1.74 ms under LiteRT, on the same core. Their int8 results differ a little; nothing here relies on exact bytes.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kiosk.domain.errors import ModelError
from kiosk.domain.sight import Floats

Array = NDArray[Any]
_STDERR = 2


@dataclass(frozen=True, slots=True)
class Tensor:
    """What a model says of one input or output: real value = (stored - zero_point) x scale."""

    index: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    scale: float
    zero_point: int

    @property
    def values(self) -> int:
        """How many numbers it holds."""
        return int(np.prod(self.shape))

    def real(self, stored: Array) -> Floats:
        """What stored values mean, as float32."""
        return (stored.astype(np.float32) - np.float32(self.zero_point)) * np.float32(self.scale)


class Interpreter:
    """One opened model with one input. Belongs to one thread at a time; the runtime frees the GIL while it works."""

    def __init__(self, runtime: Any) -> None:  # noqa: ANN401 - two packages may give it, neither is typed
        self._runtime = runtime
        self.inputs = tuple(_tensor(found) for found in runtime.get_input_details())
        self.outputs = tuple(_tensor(found) for found in runtime.get_output_details())

    def run(self, given: Array) -> list[Array]:
        """The outputs as stored (int8 models: still quantised), in the order of `outputs`.

        `given` has the input's dtype and number of values.
        """
        entry = self.inputs[0]
        self._runtime.set_tensor(entry.index, given.reshape(entry.shape))
        self._runtime.invoke()
        return [self._runtime.get_tensor(out.index) for out in self.outputs]


def open_interpreter(path: Path, threads: int, batch: int = 1) -> Interpreter:
    """The model in that file, ready to run on `batch` pictures at a time.

    Raises ModelError if the file is missing or damaged, or the model has several inputs or can't take that batch.
    """
    if not path.is_file():
        raise ModelError(f"the model file {path} is missing: restore the models folder")
    kind = _runtime_class()
    try:
        with _without_chatter():
            runtime = kind(model_path=str(path), num_threads=threads)
            _set_batch(runtime, batch)
            runtime.allocate_tensors()
    except (ValueError, RuntimeError, OSError) as error:
        raise ModelError(
            f"{path} is not a TFLite model that this machine can run: restore the models folder"
        ) from error
    opened = Interpreter(runtime)
    if len(opened.inputs) != 1:
        raise ModelError(f"{path} has {len(opened.inputs)} inputs where one picture is expected")
    return opened


def _set_batch(runtime: Any, batch: int) -> None:  # noqa: ANN401 - two packages may give it, neither is typed
    for found in runtime.get_input_details():
        if batch != 1:
            runtime.resize_tensor_input(found["index"], [batch, *found["shape"][1:]])


def _runtime_class() -> Any:  # noqa: ANN401 - two packages may give it, neither is typed
    try:
        from ai_edge_litert.interpreter import Interpreter as Runtime
    except ImportError:
        try:
            from tflite_runtime.interpreter import Interpreter as Runtime
        except ImportError as error:
            raise ModelError("no TFLite runtime is installed: pip install ai-edge-litert") from error
    return Runtime


def _tensor(found: dict[str, Any]) -> Tensor:
    scale, zero_point = found["quantization"]
    return Tensor(
        index=int(found["index"]),
        shape=tuple(int(n) for n in found["shape"]),
        dtype=np.dtype(found["dtype"]),
        scale=float(scale) or 1.0,
        zero_point=int(zero_point),
    )


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Keep the runtime's INFO lines, which no setting of it turns off, from stderr; everything else comes through."""
    sys.stderr.flush()
    kept = os.dup(_STDERR)
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), _STDERR)
        try:
            yield
        finally:
            os.dup2(kept, _STDERR)
            os.close(kept)
            caught.seek(0)
            rest = b"".join(line for line in caught if not line.startswith(b"INFO: "))
            os.write(_STDERR, rest)
