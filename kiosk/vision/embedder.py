"""From a chip to a vector: the embedding of the chip and of its mirror image, averaged, of length one."""

import numpy as np

from kiosk.domain.errors import ModelError
from kiosk.domain.sight import Chip, Embedding, Floats, Image, frozen
from kiosk.vision.encoding import Encoder
from kiosk.vision.manifest import EmbeddingModel, Normalise
from kiosk.vision.tflite import Interpreter


class Embedder:
    """Embeds aligned faces. One thread owns it."""

    def __init__(self, model: EmbeddingModel, interpreter: Interpreter) -> None:
        self.model = model
        self._interpreter = interpreter
        self._encoder = Encoder(model.name, model.input, interpreter.inputs[0])
        sizes = [tensor.values for tensor in interpreter.outputs]
        if sizes != [model.dimension]:
            raise ModelError(f"{model.name} gives {sizes} values where the manifest promises {model.dimension}")

    def embed(self, chip: Chip) -> Embedding:
        """The unit-length embedding of `chip`, tagged with the model's name."""
        vector = self._one(chip.pixels)
        if self.model.mirror:
            vector = np.add(vector, self._one(np.ascontiguousarray(chip.pixels[:, ::-1])))
        return Embedding(frozen(_unit(vector)), self.model.name)

    def _one(self, pixels: Image) -> Floats:
        stored = self._interpreter.run(self._encoder.encode(pixels))[0]
        vector = self._interpreter.outputs[0].real(stored).reshape(-1)
        return _unit(vector) if self.model.normalise is Normalise.L2 else vector


def _unit(vector: Floats) -> Floats:
    length = float(np.sqrt(vector @ vector))
    return (vector / np.float32(length)).astype(np.float32) if length > 0 else vector
