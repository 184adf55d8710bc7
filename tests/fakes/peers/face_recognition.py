"""A stand-in for face_recognition 1.3.0 after its source: boxes are (top, right, bottom, left)."""

import os
import sys

import face_recognition_models
import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]
Picture = NDArray[np.uint8]

CORNER, CENTRE = (0, 60, 60, 0), (150, 200, 250, 100)


class api:  # noqa: N801 - a module there
    face_recognition_models = face_recognition_models


def load_image_file(file: str, mode: str = "RGB") -> Picture:
    if file == "chatty.jpg":
        sys.stdout.write("something that is no answer\n")
    if file == "deadly.jpg":
        os._exit(1)
    return np.zeros((400, 300, 3), np.uint8) if "no-face" not in file else np.ones((400, 300, 3), np.uint8)


def face_locations(img: Picture, number_of_times_to_upsample: int = 1, model: str = "hog") -> list[Box]:
    return [] if img.any() else [CORNER, CENTRE]


def face_encodings(
    face_image: Picture, known_face_locations: list[Box] | None = None, num_jitters: int = 1, model: str = "small"
) -> list[NDArray[np.float64]]:
    return [np.array(box, float) for box in known_face_locations or face_locations(face_image)]


def compare_faces(
    known_face_encodings: list[NDArray[np.float64]], face_encoding_to_check: NDArray[np.float64], tolerance: float = 0.6
) -> list[bool]:
    return [True for _ in known_face_encodings]
