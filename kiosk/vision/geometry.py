"""Plane geometry for faces: letterboxes, similarities and warping. Pure; matrices are (2, 3) float64, points (n, 2).

Points follow OpenCV: the middle of the first pixel is (0, 0).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.domain.sight import Image

Matrix = NDArray[np.float64]
Points = NDArray[np.floating]

SHRINK_BY_AREA = 1.75


@dataclass(frozen=True, slots=True)
class Letterbox:
    """Where a picture of another shape lies inside a `side` x `side` square, in whole pixels."""

    side: int
    left: int
    top: int
    width: int
    height: int

    def to_picture(self, points: Points) -> Points:
        """Points (n, 2) in fractions of the square, as fractions of the picture."""
        origin = np.array([self.left, self.top], points.dtype)
        size = np.array([self.width, self.height], points.dtype)
        return (points * self.side - origin) / size

    def to_square(self, points: Points) -> Points:
        """Points (n, 2) in fractions of the picture, as fractions of the square."""
        origin = np.array([self.left, self.top], points.dtype)
        size = np.array([self.width, self.height], points.dtype)
        return (points * size + origin) / self.side


def letterbox(width: int, height: int, side: int) -> Letterbox:
    """The largest placing of a `width` x `height` picture in the middle of a square."""
    scale = side / max(width, height)
    inner_w = min(side, max(1, round(width * scale)))
    inner_h = min(side, max(1, round(height * scale)))
    return Letterbox(side, (side - inner_w) // 2, (side - inner_h) // 2, inner_w, inner_h)


def similarity(source: Points, target: Points) -> Matrix:
    """The turn, scale and shift (2, 3) that brings `source` (n, 2) closest to `target` by least squares.

    Closed form (Umeyama 1991, in the plane). No mirroring.
    """
    middle, aim = source.mean(axis=0, dtype=np.float64), target.mean(axis=0, dtype=np.float64)
    s, t = source - middle, target - aim
    spread = float(np.vdot(s, s))
    cos = float(np.vdot(s, t)) / spread if spread > 0 else 1.0
    sin = float(np.dot(s[:, 0], t[:, 1]) - np.dot(s[:, 1], t[:, 0])) / spread if spread > 0 else 0.0
    (x, y), (u, v) = middle.tolist(), aim.tolist()
    return np.array([[cos, -sin, u - cos * x + sin * y], [sin, cos, v - sin * x - cos * y]])


def square_crop(centre: Points, side: float, angle: float, size: int) -> Matrix:
    """From the picture to a `size` x `size` crop: the square around `centre`, turned by `angle` (radians)."""
    scale = size / side
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    x, y = float(centre[0]), float(centre[1])
    half = (size - 1) / 2
    return np.array([[cos, sin, half - cos * x - sin * y], [-sin, cos, half + sin * x - cos * y]])


def invert(matrix: Matrix) -> Matrix:
    """The similarity that undoes `matrix`."""
    (a, b, x), (c, d, y) = matrix.tolist()
    det = a * d - b * c
    back: Matrix = np.array([[d, -b, b * y - d * x], [-c, a, c * x - a * y]], np.float64) / det
    return back


def apply(matrix: Matrix, points: Points) -> Matrix:
    """Points (n, 2) moved by `matrix`."""
    moved: Matrix = points @ matrix[:, :2].T + matrix[:, 2]
    return moved


def warp(image: Image, matrix: Matrix, width: int, height: int) -> Image:
    """The part of `image` that `matrix` moves into (height, width, 3); black where there is no picture.

    Where it shrinks much, that part is first halved by area: plain warping would skip pixels.
    """
    shrink = 1 / max(float(np.hypot(matrix[0, 0], matrix[1, 0])), 1e-9)
    times = halvings(shrink)
    if times:
        image, matrix = _reduced(image, matrix, (width, height), times)
    return cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR)  # type: ignore[return-value]


def halvings(shrink: float) -> int:
    """How often to halve a picture that is to become `shrink` times smaller."""
    times = 0
    while shrink >= SHRINK_BY_AREA:
        shrink /= 2
        times += 1
    return times


def halved(image: Image, times: int) -> Image:
    """`image`, each side halved `times` times by area; both sides must be divisible so often.

    Halving is ten times faster than area interpolation at any other ratio.
    """
    for _ in range(times):
        image = resize(image, image.shape[1] // 2, image.shape[0] // 2, cv2.INTER_AREA)
    return image


def shrunk(image: Image, width: int, height: int) -> Image:
    """The image in another size, each new pixel the mean of those that it covers."""
    return resize(image, width, height, cv2.INTER_AREA)


def resize(image: Image, width: int, height: int, method: int) -> Image:
    """`cv2.resize`, whose stubs don't know that uint8 stays uint8."""
    return cv2.resize(image, (width, height), interpolation=method)  # type: ignore[return-value]


def grey(image: Image) -> Image:
    """(h, w) grey values of an RGB picture (h, w, 3)."""
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)  # type: ignore[return-value]


def _reduced(image: Image, matrix: Matrix, size: tuple[int, int], times: int) -> tuple[Image, Matrix]:
    """The needed part of the picture, halved `times` times, and the matrix that fits it."""
    width, height = size
    step = 1 << times
    found = apply(invert(matrix), np.array([[-1, -1], [width, -1], [width, height], [-1, height]]))
    limit = np.array([image.shape[1], image.shape[0]])
    low = np.clip(np.floor(found.min(axis=0)), 0, np.maximum(limit - step, 0)).astype(int)
    high = np.clip(np.ceil(found.max(axis=0)) + 1, low + step, limit).astype(int)
    left, top = low.tolist()
    columns, rows = ((high - low) // step * step).tolist()
    if not columns or not rows:
        return image, matrix
    back = np.array([[step, 0, (step - 1) / 2 + left], [0, step, (step - 1) / 2 + top], [0, 0, 1]])
    return halved(image[top : top + rows, left : left + columns], times), matrix @ back
