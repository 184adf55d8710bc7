"""What the process that measures a model does with a photograph: find the face, align it, embed it."""

from dataclasses import dataclass
from pathlib import Path

from kiosk.central.models.checking import Fault, shape_of
from kiosk.central.models.messages import Recipe
from kiosk.central.models.recipes import model_of
from kiosk.domain.errors import BadImage, FaceCount, ModelError
from kiosk.vision import Options, Pipeline, open_vision
from kiosk.vision.chips import kept_chip
from kiosk.vision.reading import load_image_bytes
from kiosk.vision.tflite import open_interpreter


@dataclass(frozen=True, slots=True)
class Eyes:
    """The detector and the mesh that came with central, and the model that is measured."""

    pipeline: Pipeline

    def vector(self, picture: bytes) -> bytes:
        """The vector of the face nearest the centre as little-endian floats; empty where none is found."""
        try:
            _, embedding = self.pipeline.embed_centre(load_image_bytes(picture, "The picture"))
        except (BadImage, FaceCount):
            return b""
        return embedding.vector.astype("<f4").tobytes()

    def chip_vector(self, picture: bytes) -> bytes:
        """The vector of a face that is cut out already; empty where that is no picture."""
        try:
            pixels = load_image_bytes(picture, "The picture")
        except BadImage:
            return b""
        chip = kept_chip(pixels, self.pipeline.model)
        return self.pipeline.embedder.embed(chip).vector.astype("<f4").tobytes()


def open_eyes(path: Path, models: Path, recipe: Recipe) -> Eyes:
    """Ready to look. Raises ModelError."""
    shape = shape_of(open_interpreter(path, 1))
    if isinstance(shape, Fault):
        raise ModelError(f"{path} is no embedding model that can be measured: {shape.value}")
    return Eyes(open_vision(models, Options(threads=1), model_of(path, recipe, shape)))
