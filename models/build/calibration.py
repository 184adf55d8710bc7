"""Which pictures the quantiser may see, and which are kept to measure on: split by person, for ever the same."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

_ONE_IN = 8  # about 360 of 2,879 people
DEFAULT_FACES = Path(__file__).resolve().parents[3] / "shared" / "data" / "lfw"


def is_for_calibration(person: str) -> bool:
    """Whether this person's pictures belong to calibration: one in eight, by the hash of the name."""
    return hashlib.sha256(person.encode()).digest()[1] % _ONE_IN == 0


def pictures(faces: Path, *, for_calibration: bool) -> tuple[Path, ...]:
    """All pictures under `faces/PERSON/` of one side of the split, in a fixed order."""
    people = sorted(folder for folder in faces.iterdir() if folder.is_dir())
    chosen = (folder for folder in people if is_for_calibration(folder.name) == for_calibration)
    return tuple(file for folder in chosen for file in sorted(folder.glob("*.jpg")))


def one_each(files: tuple[Path, ...]) -> tuple[Path, ...]:
    """The first picture of every person."""
    return tuple({file.parent: file for file in reversed(files)}.values())[::-1]


def read_rgb(path: Path) -> Image:
    """The picture as (h, w, 3) RGB uint8. Raises ValueError if OpenCV can't read it."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{path} is not a picture")
    return np.ascontiguousarray(image[:, :, ::-1]).astype(np.uint8)


def scenes(files: tuple[Path, ...], side: int, seed: int = 2) -> Iterator[Image]:
    """Detector inputs (side, side, 3): each picture whole, then smaller on grey in another light, then close up."""
    rng = np.random.default_rng(seed)
    for file in files:
        whole = read_rgb(file)
        picture = cv2.resize(whole, (side, side), interpolation=cv2.INTER_AREA).astype(np.uint8)
        yield picture
        yield _placed(picture, side, rng)
        yield _close_up(whole, side, rng)


def _placed(picture: Image, side: int, rng: np.random.Generator) -> Image:
    size = int(side * rng.uniform(0.35, 1.0))
    left, top = rng.integers(0, side - size + 1, 2)
    small = cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32)
    lit = np.clip(small * rng.uniform(0.3, 1.5) + rng.uniform(-20, 20), 0, 255).astype(np.uint8)
    canvas = np.full((side, side, 3), 127, np.uint8)
    canvas[top : top + size, left : left + size] = lit
    return canvas


def _close_up(picture: Image, side: int, rng: np.random.Generator) -> Image:
    """A window around the face, which LFW keeps in the middle: it fills half to nearly all of the input."""
    height = picture.shape[0]
    size = int(height * rng.uniform(0.55, 0.9))
    left, top = rng.integers((height - size) // 4, (height - size) * 3 // 4 + 1, 2)
    window = picture[top : top + size, left : left + size]
    return cv2.resize(window, (side, side), interpolation=cv2.INTER_AREA).astype(np.uint8)
