"""A stand-in for the few things of dlib that are timed on their own."""

from typing import Any


class rectangle:  # noqa: N801 - dlib's name
    def __init__(self, left: int, top: int, right: int, bottom: int) -> None:
        self.sides = (left, top, right, bottom)


class shape_predictor:  # noqa: N801 - dlib's name
    def __init__(self, path: str) -> None:
        self.path = path

    def __call__(self, image: Any, box: rectangle) -> rectangle:
        return box


class face_recognition_model_v1:  # noqa: N801 - dlib's name
    def __init__(self, path: str) -> None:
        self.path = path

    def compute_face_descriptor(self, image: Any, face: rectangle) -> list[float]:
        return [float(side) for side in face.sides]
