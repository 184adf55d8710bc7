"""The face mesh: 468 points of one face, from a square crop turned upright by the line of the eyes.

Method: Kartynnik and others, "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs", 2019.
"""

import math

import numpy as np

from kiosk.domain.errors import ModelError
from kiosk.domain.sight import Face, Image, Landmarks, frozen
from kiosk.vision.encoding import Encoder
from kiosk.vision.geometry import apply, invert, square_crop, warp
from kiosk.vision.manifest import LandmarksModel
from kiosk.vision.tflite import Interpreter

RIGHT_EYE, LEFT_EYE = 0, 1


class Mesher:
    """Finds the mesh of a detected face. One thread owns it."""

    def __init__(self, model: LandmarksModel, interpreter: Interpreter) -> None:
        self.model = model
        self._interpreter = interpreter
        self._encoder = Encoder(model.source.name, model.input, interpreter.inputs[0])
        if model.input.width != model.input.height:
            raise ModelError(f"{model.source.name} must have a square input")
        sizes = [tensor.values for tensor in interpreter.outputs]
        if sorted(sizes) != sorted([1, model.points * 3]):
            raise ModelError(f"{model.source.name} has outputs of {sizes} values where the manifest promises points")
        self._presence_at = sizes.index(1)
        self._points_at = sizes.index(model.points * 3)

    def points(self, image: Image, face: Face) -> Landmarks:
        """The mesh of `face` in pixels of `image` (h, w, 3) RGB, the picture (at any size) that it was found in."""
        side = self.model.input.width
        height, width = image.shape[:2]
        matrix = _crop(face, width, height, self.model.crop, side)
        outputs = self._interpreter.run(self._encoder.encode(warp(image, matrix, side, side)))
        points_of, presence_of = (self._interpreter.outputs[at] for at in (self._points_at, self._presence_at))
        mesh = points_of.real(outputs[self._points_at]).reshape(-1, 3)
        back = invert(matrix)
        found = np.empty_like(mesh)
        found[:, :2] = apply(back, mesh[:, :2])
        found[:, 2] = mesh[:, 2] * math.hypot(back[0, 0], back[1, 0])
        logit = float(presence_of.real(outputs[self._presence_at]).reshape(-1)[0])
        return Landmarks(frozen(found), 1 / (1 + math.exp(-max(-60.0, min(60.0, logit)))))


def _crop(face: Face, width: int, height: int, margin: float, side: int) -> np.ndarray:
    """The matrix of the square crop around the face, its eyes level."""
    size = np.array([width, height], np.float64)
    eyes = face.keypoints[[RIGHT_EYE, LEFT_EYE]] * size
    across = eyes[1] - eyes[0]
    centre = np.array(face.box.centre) * size
    long_side = max(face.box.w * width, face.box.h * height, 1.0)
    return square_crop(centre, margin * long_side, math.atan2(across[1], across[0]), side)
