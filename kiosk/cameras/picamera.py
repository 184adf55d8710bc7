"""The Raspberry Pi's camera, by picamera2 (0.3.25 or later): the ISP makes both the large and the small frame.

The two protocols below are all that is used of picamera2; a test compares them with the real package's source.
"""

import importlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Protocol, Self, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.cameras.frames import rgb
from kiosk.cameras.options import Options
from kiosk.domain.errors import CameraLost, MissingHardware
from kiosk.domain.ports import Clock
from kiosk.domain.sight import Frame, Image, frozen

BUFFERS = 4
SLOWEST_RATE = 12.0
CONTINUOUS_FOCUS = 2
NEWEST_S = 1.0

# picamera2's names are those of libcamera, which spells the bytes backwards: RGB888 lies in memory as B, G, R.
MAIN_FORMAT = "RGB888"
LORES_FORMAT = "YUV420"


class Request(Protocol):
    """picamera2.request.CompletedRequest: one captured moment, borrowed until `release`."""

    def make_array(self, name: str) -> NDArray[np.uint8]:
        """A copy of the stream's pixels; for YUV420 the three planes, (h * 3 / 2, stride)."""
        ...

    def get_metadata(self) -> dict[str, Any]:
        """What the sensor says of this moment."""
        ...

    def release(self) -> None:
        """Give the buffers back to the camera."""
        ...


class Device(Protocol):
    """picamera2.Picamera2: the opened camera."""

    @property
    def camera_controls(self) -> dict[str, Any]:
        """The controls that this camera has."""
        ...

    def create_video_configuration(  # noqa: PLR0913 - picamera2's own
        self,
        main: dict[str, Any],
        lores: dict[str, Any],
        raw: dict[str, Any] | None,
        buffer_count: int,
        controls: dict[str, Any],
        display: str | None,
        encode: str | None,
        queue: bool,
    ) -> dict[str, Any]:
        """A description of the streams."""
        ...

    def configure(self, camera_config: dict[str, Any]) -> None:
        """Set the streams up; sizes may be adjusted."""
        ...

    def camera_configuration(self) -> dict[str, Any]:
        """The streams as they are."""
        ...

    def start(self) -> None:
        """Begin to capture."""
        ...

    def capture_request(self, wait: float) -> Request:
        """The newest moment, or the next one. Raises TimeoutError after `wait` seconds."""
        ...

    def cancel_all_and_flush(self) -> None:
        """Drop whatever the camera still waits for, so that it can be closed."""
        ...

    def close(self) -> None:
        """Stop and give the device back."""
        ...


class Picamera:
    """A `Camera`; owns the device between `with` and its end. `open_device` is given the camera's number."""

    def __init__(self, options: Options, clock: Clock, *, open_device: Callable[[int], Device] | None = None) -> None:
        self._options = options
        self._clock = clock
        self._open_device = open_picamera if open_device is None else open_device
        self._device: Device | None = None
        self._number = 0

    def __enter__(self) -> Self:
        """Open, configure and start. Raises MissingHardware if there is no such camera, CameraLost if it fails."""
        device = self._open_device(max(self._options.device, 0))
        try:
            device.configure(self._wishes(device))
            device.start()
        except (RuntimeError, OSError, ValueError) as error:
            _give_back(device)
            raise CameraLost("The Pi camera does not start; check its cable.") from error
        self._device = device
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop and give the device back, also when it no longer answers."""
        device, self._device = self._device, None
        if device is None:
            return
        _give_back(device)

    def read(self) -> Frame:
        """The newest frame. Raises CameraLost after `lost_after_s` without one."""
        if self._device is None:
            raise CameraLost("The Pi camera is not open.")
        try:
            request = self._device.capture_request(wait=self._options.lost_after_s)
        except (TimeoutError, RuntimeError, OSError) as error:
            raise CameraLost("The Pi camera gives no pictures any more; check its cable.") from error
        try:
            main, lores = request.make_array("main"), request.make_array("lores")
            taken_at = self._taken_at(request.get_metadata())
        except (RuntimeError, OSError) as error:
            raise CameraLost("The Pi camera gave a picture that can't be read.") from error
        finally:
            request.release()
        self._number += 1
        streams = self._device.camera_configuration()
        return Frame(
            frozen(_main_rgb(main, streams["main"])),
            frozen(_lores_rgb(lores, streams["lores"])),
            taken_at,
            self._number,
        )

    def _wishes(self, device: Device) -> dict[str, Any]:
        width, height = self._options.width, self._options.height
        lores_width = min(self._options.lores_width, width)
        lores_size = (lores_width, _even(lores_width * height / width))
        return device.create_video_configuration(
            main={"size": (width, height), "format": MAIN_FORMAT},
            lores={"size": lores_size, "format": LORES_FORMAT},
            raw=None,
            buffer_count=BUFFERS,
            controls=self._controls(device.camera_controls),
            display=None,
            encode=None,
            queue=True,
        )

    def _controls(self, known: Mapping[str, object]) -> dict[str, Any]:
        """The rate, slower in dim light, and continuous focus where the lens can move."""
        rate = self._options.rate
        shortest, longest = (round(1e6 / r) for r in (rate, min(rate, SLOWEST_RATE)))
        wanted = {"FrameDurationLimits": (shortest, longest), "AfMode": CONTINUOUS_FOCUS}
        return {name: value for name, value in wanted.items() if name in known}

    def _taken_at(self, metadata: Mapping[str, Any]) -> float:
        """When the sensor began the frame, where it says so on the clock that we use; else now."""
        now = self._clock.monotonic()
        stamp_ns = metadata.get("SensorTimestamp")
        if isinstance(stamp_ns, int) and 0 <= now - stamp_ns / 1e9 <= NEWEST_S:
            return stamp_ns / 1e9
        return now


def pi_cameras() -> int:
    """How many cameras are on the Pi's own ports; 0 on a machine that is no Pi."""
    try:
        found = importlib.import_module("picamera2").Picamera2.global_camera_info()
    except (ImportError, RuntimeError, OSError):
        return 0
    return sum("/usb" not in str(camera.get("Id", "")) for camera in found)


def open_picamera(number: int) -> Device:
    """The Pi camera of that number, acquired. Raises MissingHardware."""
    try:
        module = importlib.import_module("picamera2")
    except (ImportError, RuntimeError, OSError) as error:
        raise MissingHardware("picamera2 is not on this machine; on a Pi: apt install python3-picamera2.") from error
    try:
        return cast(Device, module.Picamera2(number))
    except (RuntimeError, IndexError, OSError) as error:
        raise MissingHardware(
            f"There is no free Pi camera {number}; check its cable, or close what uses it."
        ) from error


def _give_back(device: Device) -> None:
    """Close the device. One that fails even at that can only be tried again, and then says so itself."""
    with suppress(RuntimeError, OSError):
        device.cancel_all_and_flush()
        device.close()


def _main_rgb(pixels: NDArray[np.uint8], stream: Mapping[str, Any]) -> Image:
    """The large frame, whichever of the two byte orders the camera settled on."""
    match stream["format"]:
        case "RGB888":
            return rgb(pixels)
        case "BGR888":
            return np.ascontiguousarray(pixels)
        case other:
            raise CameraLost(f"The Pi camera gives {other} pictures, which are not understood.")


def _lores_rgb(planes: NDArray[np.uint8], stream: Mapping[str, Any]) -> Image:
    """The small frame out of its Y, U and V planes; rows are `stride` bytes long, of which `width` are picture."""
    if stream["format"] != LORES_FORMAT:
        raise CameraLost(f"The Pi camera gives {stream['format']} pictures, which are not understood.")
    width, height = stream["size"]
    whole = np.asarray(cv2.cvtColor(planes, cv2.COLOR_YUV2RGB_I420), dtype=np.uint8)
    return np.ascontiguousarray(whole[:height, :width])


def _even(value: float) -> int:
    return max(2, 2 * round(value / 2))
