"""From a chip to a vector: the embedding of the chip and of its mirror image, averaged, of length one."""

import cv2
import numpy as np

from kiosk.domain.errors import ModelError
from kiosk.domain.sight import Chip, Embedding, Floats, Image, frozen
from kiosk.vision.encoding import Encoder
from kiosk.vision.manifest import EmbeddingModel, Normalise
from kiosk.vision.tflite import Interpreter, open_interpreter


class Embedder:
    """Embeds aligned faces. One thread owns it."""

    def __init__(self, model: EmbeddingModel, interpreter: Interpreter) -> None:
        self.model = model
        self._interpreter = interpreter
        self._encoder = Encoder(model.name, model.input, interpreter.inputs[0])
        self._batch = interpreter.inputs[0].shape[0]
        sizes = [tensor.values // self._batch for tensor in interpreter.outputs]
        if sizes != [model.dimension]:
            raise ModelError(f"{model.name} gives {sizes} values where the manifest promises {model.dimension}")
        views = 2 if model.mirror else 1
        self._views = np.zeros((views, model.input.height, model.input.width, 3), np.uint8)

    def embed(self, chip: Chip) -> Embedding:
        """The unit-length embedding of `chip`, tagged with the model's name."""
        self._views[0] = chip.pixels
        if self.model.mirror:
            cv2.flip(chip.pixels, 1, dst=self._views[1])
        vectors = np.concatenate([self._run(views) for views in self._batches()])
        if self.model.normalise is Normalise.L2:
            vectors = _unit(vectors)
        return Embedding(frozen(_unit(vectors.sum(axis=0))), self.model.name)

    def _batches(self) -> list[Image]:
        return [self._views[i : i + self._batch] for i in range(0, len(self._views), self._batch)]

    def _run(self, views: Image) -> Floats:
        """Raw vectors (n, dimension) of stacked chips (n, h, w, 3)."""
        stacked = views.reshape(-1, views.shape[2], 3)
        stored = self._interpreter.run(self._encoder.encode(stacked))[0]
        return self._interpreter.outputs[0].real(stored).reshape(len(views), -1)


def open_embedder(model: EmbeddingModel, threads: int) -> Embedder:
    """The embedder, with chip and mirrored chip in one run where the model allows it: 5 % faster. Raises ModelError."""
    if model.mirror:
        try:
            return Embedder(model, open_interpreter(model.source.path, threads, batch=2))
        except ModelError:
            pass  # made for one picture at a time: two runs then
    return Embedder(model, open_interpreter(model.source.path, threads))


def _unit(vectors: Floats) -> Floats:
    """Each of (..., d) at length one; a zero vector stays as it is."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Floats = (vectors / np.maximum(length, 1e-12)).astype(np.float32)
    return unit
