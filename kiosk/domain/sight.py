"""From pixels to a vector: what the camera and the models hand on. All arrays are read-only."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T", bound=np.ndarray)
Image = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in fractions of the frame (0..1, may reach beyond), so that it fits every size of it."""

    x: float
    y: float
    w: float
    h: float

    def __post_init__(self) -> None:
        if self.w < 0 or self.h < 0:
            raise ValueError("a box has no negative width or height")

    @property
    def area(self) -> float:
        """Share of the frame's area, 0..1 for a box inside the frame."""
        return self.w * self.h

    @property
    def centre(self) -> tuple[float, float]:
        """(x, y) of the middle, in fractions of the frame."""
        return self.x + self.w / 2, self.y + self.h / 2

    def overlap(self, other: "Box") -> float:
        """Intersection over union with `other`, 0..1."""
        width = min(self.x + self.w, other.x + other.w) - max(self.x, other.x)
        height = min(self.y + self.h, other.y + other.h) - max(self.y, other.y)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        return shared / (self.area + other.area - shared)

    def pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        """(x, y, w, h) in whole pixels of a picture of that size, not clipped."""
        return (
            round(self.x * width),
            round(self.y * height),
            round(self.w * width),
            round(self.h * height),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One moment of the camera: `main` (H, W, 3) for chips, `lores` (h, w, 3) for the detector; both RGB uint8.

    `lores` shows exactly what `main` shows, downscaled. `taken_at` is in monotonic seconds.
    """

    main: Image
    lores: Image
    taken_at: float
    number: int


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One detected face: its box, the detector's score 0..1, and six key points (6, 2).

    Key points are in fractions of the frame: right eye, left eye, nose tip, mouth, right ear, left ear
    (right and left as the person means them).
    """

    box: Box
    score: float
    keypoints: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """Face-mesh points (468, 3) in pixels of the frame's `main` (z in the same unit), and presence 0..1."""

    points: Floats
    presence: float


@dataclass(frozen=True, slots=True, eq=False)
class Chip:
    """An aligned face, (size, size, 3) RGB uint8, as the embedding model wants it."""

    pixels: Image


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """A unit-length vector (d,) float32 and the name of the model that made it: two models never meet."""

    vector: Floats
    model: str

    def similarity(self, other: "Embedding") -> float:
        """Cosine with `other`, -1..1. Raises ValueError if another model made it."""
        if self.model != other.model:
            raise ValueError(f"embeddings of {self.model} and {other.model} can't be compared")
        return float(self.vector @ other.vector)


def frozen(array: T) -> T:
    """The same array, made read-only."""
    array.flags.writeable = False
    return array
