"""Golden chips: drawn faces on which a new version of the model has to show, before it is run, that it makes sense.

They are nobody's: a kiosk keeps no visitor's picture for this.
"""

from collections.abc import Mapping
from enum import StrEnum
from statistics import median
from typing import Protocol

import cv2
import numpy as np

from kiosk.domain.ports import Clock
from kiosk.domain.sight import Chip, Embedding, Floats, Image, frozen
from kiosk.vision.drawn import drawn_visitor
from kiosk.vision.geometry import resize
from kiosk.vision.manifest import EmbeddingModel

RUNS = 7
SAME = 1e-5
UNIT = 1e-3
SLOWER_MOST = 3.0
QUICK_S = 0.02  # a camera gives a frame every 50 ms: what is done in less is never called slow
_FACE = (530, 200, 220)  # left, top and side of the face of a drawn visitor of 1280 x 720


class Fault(StrEnum):
    """Why a version is not run."""

    UNREADABLE = "unreadable"
    NOT_FINITE = "not-finite"
    NOT_UNIT = "not-unit"
    WRONG_LENGTH = "wrong-length"
    NOT_DETERMINISTIC = "not-deterministic"
    BLIND = "blind"
    SLOW = "slow"
    BROKE = "broke"
    UNMEASURED = "unmeasured"
    DIED = "died"
    DAMAGED = "damaged"


class Embeds(Protocol):
    """What makes vectors of chips: an `Embedder`, or one that is watched."""

    @property
    def model(self) -> EmbeddingModel:
        """What it runs."""
        ...

    def embed(self, chip: Chip) -> Embedding:
        """The unit-length embedding of `chip`."""
        ...


def fault_of(embedder: Embeds) -> Fault | None:
    """What the golden chips find wrong with it; None where it does as it should. Lets errors of the runtime through."""
    chips = golden_chips(embedder.model)
    first = {name: embedder.embed(chip).vector for name, chip in chips.items()}
    for vector in first.values():
        fault = fault_in(vector, embedder.model.dimension)
        if fault is not None:
            return fault
    again = {name: embedder.embed(chip).vector for name, chip in chips.items()}
    if any(np.abs(first[name] - again[name]).max() > SAME for name in chips):
        return Fault.NOT_DETERMINISTIC
    return None if _sees(first) else Fault.BLIND


def fault_in(vector: Floats, dimension: int) -> Fault | None:
    """What is wrong with one vector: it must be (dimension,), finite, and of length one."""
    if vector.shape != (dimension,):
        return Fault.WRONG_LENGTH
    if not np.isfinite(vector).all():
        return Fault.NOT_FINITE
    return None if abs(float(np.linalg.norm(vector)) - 1.0) <= UNIT else Fault.NOT_UNIT


def speed_s(embedder: Embeds, clock: Clock) -> float:
    """Seconds for one face: the median of some runs."""
    chip = golden_chips(embedder.model)["face"]
    took = []
    for _ in range(RUNS):
        began = clock.monotonic()
        embedder.embed(chip)
        took.append(clock.monotonic() - began)
    return median(took)


def is_slow(took_s: float, before_s: float) -> bool:
    """Whether that is too long, where the model in use takes `before_s`."""
    return took_s > max(QUICK_S, SLOWER_MOST * before_s)


def golden_chips(model: EmbeddingModel) -> Mapping[str, Chip]:
    """A face; the same mirrored, and in other light; and what is none or not upright, all in the model's size."""
    left, top, side = _FACE
    drawn = drawn_visitor(1280, 720)
    face = drawn[top : top + side, left : left + side]
    lit = np.clip(face.astype(np.int16) * 11 // 10 + 6, 0, 255).astype(np.uint8)
    noise = np.random.default_rng(1).integers(0, 256, face.shape, dtype=np.uint8)
    pictures = {
        "face": face,
        "mirrored": face[:, ::-1],
        "lit": lit,
        "upside-down": face[::-1],
        "negative": 255 - face,
        "noise": noise,
        "room": drawn[:400, :400],
    }
    return {name: _chip(picture, model) for name, picture in pictures.items()}


def _chip(picture: Image, model: EmbeddingModel) -> Chip:
    width, height = model.input.width, model.input.height
    square = np.ascontiguousarray(picture)
    is_smaller = min(square.shape[:2]) < max(width, height)
    return Chip(frozen(resize(square, width, height, cv2.INTER_LINEAR if is_smaller else cv2.INTER_AREA)))


def _sees(vectors: Mapping[str, Floats]) -> bool:
    """Whether the face is nearer to itself, mirrored or in other light, than to everything that it is not."""
    face = vectors["face"]
    near = min(float(face @ vectors[name]) for name in ("mirrored", "lit"))
    others = (name for name in vectors if name not in ("face", "mirrored", "lit"))
    return near > max(float(face @ vectors[name]) for name in others) + SAME
