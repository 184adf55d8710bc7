"""A stand-in for picamera2 0.3.25 … 0.3.38, after its source: formats, strides, borrowed requests, time-outs."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.fakes.clock import FakeClock

STRIDE_BYTES = 64


class CompletedRequest:
    """One captured moment; holds a buffer of the camera until it is released."""

    def __init__(self, camera: "Picamera2", metadata: dict[str, Any]) -> None:
        self._camera = camera
        self._metadata = metadata
        self._config = camera.camera_configuration()
        self._ref_count = 1

    def make_array(self, name: str) -> NDArray[np.uint8]:
        if self._ref_count < 1:
            raise RuntimeError("the request was released")
        stream = self._config.get(name)
        if stream is None:
            raise RuntimeError(f"Stream {name!r} is not defined")
        width, height = stream["size"]
        scene = cv2.resize(self._camera.scene, (width, height), interpolation=cv2.INTER_AREA)
        if stream["format"] == "RGB888":
            return np.ascontiguousarray(scene[..., ::-1])
        if stream["format"] == "BGR888":
            return np.ascontiguousarray(scene)
        if stream["format"] == "YUV420":
            return _yuv420(np.asarray(scene, dtype=np.uint8), stream["stride"])
        raise RuntimeError("Format " + stream["format"] + " not supported")

    def get_metadata(self) -> dict[str, Any]:
        return dict(self._metadata)

    def release(self) -> None:
        self._ref_count -= 1
        if self._ref_count < 0:
            raise RuntimeError("CompletedRequest: lock now has negative ref_count")
        self._camera.buffers_free += 1


class Picamera2:
    """The camera: `scene` is (H, W, 3) RGB. `unplug()` and `broken_start` make it fail as the real one does."""

    def __init__(self, scene: NDArray[np.uint8], clock: FakeClock) -> None:
        self.scene = scene
        self.clock = clock
        self.camera_controls: dict[str, Any] = {"FrameDurationLimits": (100, 1_000_000, 33_333), "AwbEnable": ()}
        self.adjusted_format: str | None = None
        self.metadata: dict[str, Any] = {}
        self.broken_start = False
        self.broken_close = False
        self.buffers_free = 0
        self.closed = 0
        self.flushed = 0
        self.started = False
        self.config: dict[str, Any] = {}
        self._plugged = True

    def create_video_configuration(  # noqa: PLR0913 - picamera2's own
        self,
        main: dict[str, Any] | None = None,
        lores: dict[str, Any] | None = None,
        raw: dict[str, Any] | None = None,
        transform: object = None,
        colour_space: object = None,
        buffer_count: int = 6,
        controls: dict[str, Any] | None = None,
        display: str | None = "main",
        encode: str | None = "main",
        queue: bool = True,
        sensor: dict[str, Any] | None = None,
        use_case: str = "video",
    ) -> dict[str, Any]:
        streams = {
            "main": {"format": "XBGR8888", "size": (1280, 720)} | (main or {}),
            "lores": None if lores is None else {"format": "YUV420"} | lores,
        }
        unknown = set(controls or {}) - set(self.camera_controls)
        if unknown:
            raise RuntimeError(f"Control {unknown} is not advertised by libcamera")
        return streams | {
            "raw": raw, "buffer_count": buffer_count, "controls": controls, "display": display, "encode": encode,
            "queue": queue,
        }  # fmt: skip

    def configure(self, camera_config: dict[str, Any]) -> None:
        if self.started:
            raise RuntimeError("Camera must be stopped before configuring")
        for name in ("main", "lores"):
            width, height = camera_config[name]["size"]
            if width % 2 or height % 2:
                raise RuntimeError("width and height should be even")
        main, lores = dict(camera_config["main"]), dict(camera_config["lores"])
        if lores["size"][0] > main["size"][0] or lores["size"][1] > main["size"][1]:
            raise RuntimeError("lores stream dimensions may not exceed main stream")
        main["format"] = self.adjusted_format or main["format"]
        main["stride"] = _aligned(3 * main["size"][0])
        lores["stride"] = _aligned(lores["size"][0])
        self.config = camera_config | {"main": main, "lores": lores}

    def camera_configuration(self) -> dict[str, Any]:
        return self.config

    def start(self, config: object = None, show_preview: bool = False) -> None:
        if self.broken_start:
            raise RuntimeError("Failed to start camera")
        self.started = True
        self.buffers_free = self.config["buffer_count"]

    def capture_request(
        self, wait: float | bool | None = None, signal_function: object = None, flush: object = None
    ) -> CompletedRequest:
        if not self.started:
            raise RuntimeError("Camera must be started")
        if not self._plugged or not self.buffers_free:
            assert isinstance(wait, float), "without a time-out this would wait forever"
            self.clock.advance(wait)
            raise TimeoutError
        self.clock.advance(1 / 30)
        self.buffers_free -= 1
        return CompletedRequest(self, self.metadata)

    def cancel_all_and_flush(self) -> None:
        self.flushed += 1

    def close(self) -> None:
        if self.broken_close:
            raise RuntimeError("Unable to stop preview.")
        assert self._plugged or self.flushed, "closing a stalled camera with a job pending waits forever"
        self.started = False
        self.closed += 1

    def unplug(self) -> None:
        """No frame comes any more, as when the ribbon cable works loose."""
        self._plugged = False


def _aligned(width: int) -> int:
    return -(-width // STRIDE_BYTES) * STRIDE_BYTES


def _yuv420(scene: NDArray[np.uint8], stride: int) -> NDArray[np.uint8]:
    """Planes Y, U, V one after another, rows padded with rubbish to `stride` (chroma rows to half of it)."""
    height, width = scene.shape[:2]
    planes = np.asarray(cv2.cvtColor(scene, cv2.COLOR_RGB2YUV_I420), dtype=np.uint8).reshape(-1)
    y_end, chroma = width * height, width * height // 4
    rows = (
        planes[:y_end].reshape(height, width),
        planes[y_end : y_end + chroma].reshape(height // 2, width // 2),
        planes[y_end + chroma :].reshape(height // 2, width // 2),
    )
    padded = [
        np.pad(rows[0], ((0, 0), (0, stride - width)), constant_values=77),
        np.pad(rows[1], ((0, 0), (0, (stride - width) // 2)), constant_values=77),
        np.pad(rows[2], ((0, 0), (0, (stride - width) // 2)), constant_values=77),
    ]
    return np.concatenate([plane.reshape(-1) for plane in padded]).reshape(height * 3 // 2, stride)
