"""A face's look: a tiny upright picture of it, to notice when another face takes its place between two frames."""

import numpy as np

from kiosk.domain.sight import Face, Floats, Image, frozen
from kiosk.vision.geometry import grey, similarity, warp

_SIDE = 24
# Where eyes and mouth lie in it.
_PLACES = np.array([[7.5, 8.0], [15.5, 8.0], [11.5, 18.0]])
_KEYPOINTS = [0, 1, 3]


def look_of(image: Image, face: Face) -> Floats:
    """A unit-length vector of the face's grey values, mean taken out; all zero for a flat picture.

    The product of two looks is their correlation, -1..1: light and contrast don't matter.
    """
    height, width = image.shape[:2]
    points = face.keypoints[_KEYPOINTS] * np.array([width, height], np.float64)
    small = grey(warp(image, similarity(points, _PLACES), _SIDE, _SIDE))
    flat = small.reshape(-1).astype(np.float32)
    flat -= flat.mean()
    length = float(np.sqrt(flat @ flat))
    return frozen(flat / np.float32(length) if length > 0 else flat)
