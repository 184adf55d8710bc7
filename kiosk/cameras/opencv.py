"""A USB camera, by OpenCV and Video4Linux."""

import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import cv2
import numpy as np

from kiosk.cameras.foreign import hushed
from kiosk.cameras.frames import make_frame, rgb
from kiosk.cameras.options import FIRST_FOUND, Options
from kiosk.domain.errors import CameraLost, MissingHardware
from kiosk.domain.ports import Clock
from kiosk.domain.sight import Frame, Image

DEVICES = Path("/sys/class/video4linux")
RETRY_S = 0.05


class Capture(Protocol):
    """What is used of an opened cv2.VideoCapture."""

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        """Whether there is such a camera and it is ours."""
        ...

    def read(self) -> "tuple[bool, np.ndarray | None]":
        """Whether there was a frame, and the frame: (H, W, 3) uint8 BGR."""
        ...

    def release(self) -> None:
        """Give the device back."""
        ...


class UsbCamera:
    """A `Camera`; owns the capture between `with` and its end. `open_capture` is given the device's number."""

    def __init__(
        self, options: Options, clock: Clock, *, open_capture: Callable[[int, Options], Capture] | None = None
    ) -> None:
        self._options = options
        self._clock = clock
        self._open_capture = open_video if open_capture is None else open_capture
        self._capture: Capture | None = None
        self._number = 0
        self._never = threading.Event()

    def __enter__(self) -> Self:
        """Open the device. Raises MissingHardware if it is not there or in use."""
        device = first_found() if self._options.device == FIRST_FOUND else self._options.device
        capture = self._open_capture(device, self._options)
        if not capture.isOpened():
            capture.release()
            raise MissingHardware(f"There is no free USB camera {device}; plug one in, or close what uses it.")
        self._capture = capture
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the device back."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def read(self) -> Frame:
        """The next frame. Raises CameraLost after `lost_after_s` without one: a single damaged frame is no loss."""
        until = self._clock.monotonic() + self._options.lost_after_s
        picture = self._grab()
        while picture is None:
            if self._clock.monotonic() >= until:
                raise CameraLost("The USB camera gives no pictures any more; check its cable.")
            self._clock.wait(self._never, RETRY_S)
            picture = self._grab()
        self._number += 1
        return make_frame(picture, self._options.lores_width, self._clock.monotonic(), self._number)

    def _grab(self) -> Image | None:
        if self._capture is None:
            raise CameraLost("The USB camera is not open.")
        try:
            there, bgr = self._capture.read()
        except cv2.error as error:
            raise CameraLost("The USB camera failed; check its cable.") from error
        if not there or bgr is None or bgr.size == 0:
            return None
        return rgb(np.asarray(bgr, dtype=np.uint8))


def usb_cameras(devices: Path = DEVICES) -> tuple[int, ...]:
    """The numbers of the USB cameras that Linux knows, lowest first (other video devices are the Pi's own)."""
    if not devices.is_dir():
        return ()
    return tuple(sorted(_number(entry) for entry in devices.glob("video*") if _is_usb_camera(entry)))


def first_found(devices: Path = DEVICES) -> int:
    """The first USB camera. Raises MissingHardware when there is none."""
    found = usb_cameras(devices)
    if not found:
        raise MissingHardware("No USB camera was found; plug one in.")
    return found[0]


def open_video(device: int, options: Options) -> Capture:
    """Device number `device`, asked for these sizes as MJPEG (raw 720p does not fit through USB 2) and one buffer."""
    hushed()
    wishes = (
        (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")),
        (cv2.CAP_PROP_FRAME_WIDTH, options.width),
        (cv2.CAP_PROP_FRAME_HEIGHT, options.height),
        (cv2.CAP_PROP_FPS, options.rate),
        (cv2.CAP_PROP_BUFFERSIZE, 1),
    )
    capture = cv2.VideoCapture(device, cv2.CAP_V4L2)
    for name, value in wishes:
        capture.set(name, value)
    return capture


def _number(entry: Path) -> int:
    digits = entry.name.removeprefix("video")
    return int(digits) if digits.isdigit() else 0


def _is_usb_camera(entry: Path) -> bool:
    """True for the picture device (index 0; others carry metadata) of something plugged into USB."""
    try:
        return "/usb" in str((entry / "device").resolve()) and (entry / "index").read_text().strip() == "0"
    except OSError:
        return False
