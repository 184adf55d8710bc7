"""A camera that breaks in every way that a real one does, and is whole again when told."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from types import TracebackType
from typing import Self

import numpy as np

from kiosk.domain.errors import CameraLost
from kiosk.domain.ports import Camera
from kiosk.domain.sight import Frame, Image, frozen

STALL_LONGEST_S = 60.0


class Break(Enum):
    """A way in which a camera breaks."""

    UNPLUGGED = auto()
    STALLED = auto()
    FROZEN = auto()
    BLACK = auto()
    WHITE = auto()
    GREY = auto()
    FLOATS = auto()
    STRIDE = auto()
    RATIO = auto()
    BACKWARDS = auto()
    AHEAD = auto()
    CRASHING = auto()


@dataclass
class FakeCamera:
    """A `Camera` around a whole one. `fault` may be set from any thread; None: nothing is wrong."""

    whole: Camera
    fault: Break | None = None
    opened: int = 0
    _held: Frame | None = None
    _mended: threading.Event = field(default_factory=threading.Event)

    def break_by(self, fault: Break) -> None:
        """From the next frame on."""
        self._mended.clear()
        self.fault = fault

    def mend(self) -> None:
        """From the next frame on, nothing is wrong any more."""
        self.fault = None
        self._mended.set()

    def __enter__(self) -> Self:
        if self.fault is Break.UNPLUGGED:
            raise CameraLost("there is no camera; plug one in")
        self.whole.__enter__()
        self.opened += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.whole.__exit__(kind, error, trace)

    def read(self) -> Frame:
        if self.fault is Break.UNPLUGGED:
            raise CameraLost("the camera gives no frames; check its cable")
        if self.fault is Break.STALLED:
            self._mended.wait(STALL_LONGEST_S)
        if self.fault is Break.CRASHING:
            raise ValueError("a mistake of ours")
        frame = self.whole.read()
        if self.fault is not Break.FROZEN:
            self._held = frame
        broken = _BROKEN.get(self.fault)
        if self.fault is Break.FROZEN and self._held is not None:
            return replace(self._held, taken_at=frame.taken_at, number=frame.number)
        return frame if broken is None else broken(frame)


def _flat(level: int) -> Callable[[Frame], Frame]:
    def flat(frame: Frame) -> Frame:
        main, lores = np.full_like(frame.main, level), np.full_like(frame.lores, level)
        main[frame.number % 100, :50] ^= 1  # no two frames are the same to the bit
        return replace(frame, main=frozen(main), lores=frozen(lores))

    return flat


def _grey(frame: Frame) -> Frame:
    main: Image = np.ascontiguousarray(frame.main[..., 0])
    return replace(frame, main=frozen(main))


def _floats(frame: Frame) -> Frame:
    return replace(frame, main=frame.main.astype(np.float32))


def _stride(frame: Frame) -> Frame:
    """Rows padded to a longer stride and cut out of it, as an adapter does that forgets to copy."""
    height, width = frame.main.shape[:2]
    padded = np.zeros((height, width + 16, 3), dtype=np.uint8)
    padded[:, :width] = frame.main
    return replace(frame, main=frozen(padded)[:, :width])


def _ratio(frame: Frame) -> Frame:
    return replace(frame, lores=frozen(np.ascontiguousarray(frame.lores[: frame.lores.shape[0] * 3 // 4])))


_BROKEN: dict[Break | None, Callable[[Frame], Frame]] = {
    Break.BLACK: _flat(0),
    Break.WHITE: _flat(255),
    Break.GREY: _grey,
    Break.FLOATS: _floats,
    Break.STRIDE: _stride,
    Break.RATIO: _ratio,
    Break.BACKWARDS: lambda frame: replace(frame, taken_at=-float(frame.number)),
    Break.AHEAD: lambda frame: replace(frame, taken_at=frame.taken_at + 3600),
}
