"""The camera part: opens the camera, hands on each frame, newest first, and nothing else."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.domain.ports import Camera, Clock, EndOfFrames
from kiosk.parts.post import Post
from kiosk.runtime.beats import Beats

CAMERA = "camera"
READY_S = 5.0
LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class CameraPart:
    """Owns the camera. `finished` is set when a replayed source has shown everything."""

    open_camera: Callable[[], Camera]
    post: Post
    beats: Beats
    finished: threading.Event
    clock: Clock
    name: str = CAMERA

    def run(self, stop: threading.Event, up: Callable[[], None]) -> None:
        """Read frames until told to stop. Raises CameraLost, MissingHardware."""
        with self.open_camera() as camera:
            self._wait_for_vision(stop)
            while not stop.is_set():
                try:
                    frame = camera.read()
                except EndOfFrames:
                    self.finished.set()
                    return
                self.beats.beat(CAMERA)
                self.post.frames.put(frame)
                self.post.preview.put(frame)
                up()

    def _wait_for_vision(self, stop: threading.Event) -> None:
        """What a replay shows before the models are loaded would be missed."""
        until = self.clock.monotonic() + READY_S
        while not stop.is_set() and self.clock.monotonic() < until:
            if self.clock.wait(self.post.ready, LOOK_EVERY_S):
                return
