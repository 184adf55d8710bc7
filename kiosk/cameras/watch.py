"""A watch on a real camera: pictures that are useless or impossible are never handed on, and soon are an error.

What is wrong for a moment is passed over (a flash, a frame sent twice); what is wrong for `BORNE_S` is said.
"""

from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from kiosk.domain.errors import CameraBlind, CameraFrozen, CameraLost
from kiosk.domain.ports import Camera, Clock
from kiosk.domain.sight import Frame, Image

BORNE_S = 0.6
# Every eighth pixel as the sensor gave it: averaged, as in the small frame, noise would be gone.
EVERY = 8
# In the dark a camera turns its gain up, and its noise is 2 levels and more; a picture with less noise than one level
# shows no room at all. 16 is the black of cameras that mix up the ranges of video; a dark wall is above it.
DARKEST, DARK_SPREAD = 20.0, 1.0
# Light that a sensor can't take is clipped: all pixels alike. A white wall is greyer at its edges.
BRIGHTEST, BRIGHT_SPREAD = 250.0, 2.0
# Rows of the large frame that are compared where the small one is the same to the bit.
ROWS = 5
# The small frame's height may be rounded to an even number, and no further.
RATIO_SLACK_PX = 2.0


class Flaw(Enum):
    """What is wrong with a picture: the error's class and its sentence."""

    SHAPE = (CameraLost, "The camera gives pictures of a wrong shape; check its settings, or start it again.")
    TIME = (CameraLost, "The camera's pictures are dated wrongly; unplug it and plug it in again.")
    BLACK = (CameraBlind, "The camera sees nothing but black; uncover its lens, or check its cable.")
    WHITE = (CameraBlind, "The camera sees nothing but white; turn the light away from its lens.")
    SAME = (CameraFrozen, "The camera gives the same picture again and again; unplug it and plug it in again.")

    @property
    def error(self) -> CameraLost:
        """The error to raise when this does not pass."""
        kind: type[CameraLost] = self.value[0]
        return kind(self.value[1])


@dataclass(slots=True)
class Watched:
    """A `Camera` around another one; owns no more than its last good frame."""

    camera: Camera
    clock: Clock
    _last: Frame | None = field(default=None, repr=False)

    def __enter__(self) -> Self:
        """Open the camera."""
        self._last = None
        self.camera.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the camera back."""
        self._last = None
        self.camera.__exit__(kind, error, trace)

    def read(self) -> Frame:
        """The next good frame. Raises CameraFrozen, CameraBlind, CameraLost when none comes for `BORNE_S`."""
        until = self.clock.monotonic() + BORNE_S
        while True:
            frame = self.camera.read()
            flaw = flaw_of(frame, self._last, self.clock.monotonic())
            if flaw is None:
                self._last = frame
                return frame
            if self.clock.monotonic() >= until:
                raise flaw.error


def flaw_of(frame: Frame, last: Frame | None, now: float) -> Flaw | None:
    """What is wrong `now` with that frame after `last`, the good one before it; None if nothing is."""
    if not (_is_picture(frame.main) and _is_picture(frame.lores) and _shows_the_same(frame)):
        return Flaw.SHAPE
    if frame.taken_at > now or (last is not None and frame.taken_at < last.taken_at):
        return Flaw.TIME
    blind = _blindness(frame.main)
    if blind is not None:
        return blind
    return Flaw.SAME if last is not None and _is_same(frame, last) else None


def _is_picture(image: Image) -> bool:
    """RGB bytes in rows without gaps, as everything after the camera reads them."""
    return bool(image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3 and image.flags.c_contiguous)


def _shows_the_same(frame: Frame) -> bool:
    """Whether one box can mean the same place in both sizes."""
    height, width = frame.main.shape[:2]
    lores_height, lores_width = frame.lores.shape[:2]
    if not (0 < lores_width <= width and 0 < lores_height <= height):
        return False
    return bool(abs(lores_height - lores_width * height / width) <= RATIO_SLACK_PX)


def _blindness(main: Image) -> Flaw | None:
    means, spreads = cv2.meanStdDev(np.ascontiguousarray(main[::EVERY, ::EVERY]))
    mean, spread = float(means.mean()), float(spreads.max())
    if mean <= DARKEST and spread < DARK_SPREAD:
        return Flaw.BLACK
    if mean >= BRIGHTEST and spread < BRIGHT_SPREAD:
        return Flaw.WHITE
    return None


def _is_same(frame: Frame, last: Frame) -> bool:
    """The same to the bit. The noise of a sensor alone makes every picture another one."""
    if not np.array_equal(frame.lores, last.lores):
        return False
    return bool(np.array_equal(frame.main[::ROWS], last.main[::ROWS]))
