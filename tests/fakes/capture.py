"""A stand-in for an opened cv2.VideoCapture of a USB camera."""

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.fakes.clock import FakeClock


class FakeCapture:
    """Shows `scene` (H, W, 3 RGB) as a camera would: BGR, one new array a read, 50 ms apart on the clock."""

    def __init__(self, scene: NDArray[np.uint8], clock: FakeClock, *, there: bool = True) -> None:
        self.scene = scene
        self.clock = clock
        self.there = there
        self.released = 0
        self.failures = 0
        self.error: cv2.error | None = None

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return self.there

    def read(self) -> tuple[bool, NDArray[np.uint8] | None]:
        if self.error is not None:
            raise self.error
        if not self.there:
            return False, None
        if self.failures:
            self.failures -= 1
            return False, None
        self.clock.advance(0.05)
        return True, np.ascontiguousarray(self.scene[..., ::-1])

    def release(self) -> None:
        self.released += 1

    def unplug(self) -> None:
        """Every read fails from now on, as V4L2 does when the device is gone."""
        self.there = False
