"""The demo's camera: whatever the story puts in front of it, at a steady rate, as a visitor's face would be seen."""

import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.cameras.frames import make_frame
from kiosk.domain.ports import Clock
from kiosk.domain.sight import Frame, Image, frozen
from kiosk.runtime.slot import Slot

WIDTH, HEIGHT = 1280, 720
RATE = 20.0
LORES_WIDTH = 320
WALL = (96, 104, 110)
NOISE = 3.0
FACE_SHARE = 0.36
FACE_AT = 0.45


@dataclass(slots=True)
class Stage:
    """A camera in front of which pictures are put. Fresh sensor noise makes every frame a new one."""

    clock: Clock
    _scene: Slot[Image] = field(default_factory=Slot)
    _next: float = 0.0
    _number: int = 0
    _chance: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))

    def __enter__(self) -> Self:
        self._next = self.clock.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to give back."""

    def put(self, scene: Image) -> None:
        """From the next frame on, the camera sees this (HEIGHT, WIDTH, 3) picture."""
        self._scene.put(scene)

    def read(self) -> Frame:
        """The scene as it is now, one frame period after the last."""
        self.clock.wait(threading.Event(), max(0.0, self._next - self.clock.monotonic()))
        self._next = max(self._next, self.clock.monotonic()) + 1 / RATE
        scene = self._scene.peek()
        self._number += 1
        main = frozen(self._noisy(empty() if scene is None else scene))
        return make_frame(main, LORES_WIDTH, self.clock.monotonic(), self._number)

    def _noisy(self, scene: Image) -> Image:
        noise = self._chance.normal(0, NOISE, (HEIGHT // 4, WIDTH // 4)).astype(np.float32)
        grain = np.repeat(np.repeat(noise, 4, axis=0), 4, axis=1).astype(np.int16)
        noisy: Image = np.clip(scene.astype(np.int16) + grain[..., None], 0, 255).astype(np.uint8)
        return noisy


def empty() -> Image:
    """Nobody: a plain wall."""
    return np.full((HEIGHT, WIDTH, 3), WALL, dtype=np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """A photograph (H, W, 3), and where its face is: centre and height in fractions of the photograph."""

    photo: Image
    centre: tuple[float, float]
    face: float


def shown(portrait: Portrait, size: float = 1.0, shift: float = 0.0) -> Image:
    """The portrait before the camera, its face `size` × a third of the frame's height, `shift` frame widths aside."""
    scale = size * FACE_SHARE * HEIGHT / (portrait.face * portrait.photo.shape[0])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    held = cv2.resize(portrait.photo, None, fx=scale, fy=scale, interpolation=way)
    left = WIDTH * (0.5 + shift) - portrait.centre[0] * held.shape[1]
    top = HEIGHT * FACE_AT - portrait.centre[1] * held.shape[0]
    scene = empty()
    matrix = np.array([[1, 0, left], [0, 1, top]], dtype=np.float32)
    cv2.warpAffine(held, matrix, (WIDTH, HEIGHT), dst=scene, borderMode=cv2.BORDER_TRANSPARENT)
    return scene


def mirrored(portrait: Portrait) -> Portrait:
    """The same, looking the other way: the nearest that one photograph comes to a turned head."""
    x, y = portrait.centre
    return Portrait(np.ascontiguousarray(portrait.photo[:, ::-1]), (1 - x, y), portrait.face)


def with_pass(scene: Image, modules: NDArray[np.bool_], side: int = 300) -> Image:
    """The same scene with a phone held up in the lower left corner, its screen showing the QR code."""
    dark = np.where(modules, 0, 255).astype(np.uint8)
    code = cv2.resize(dark, (side, side), interpolation=cv2.INTER_NEAREST)
    phone = cv2.GaussianBlur(cv2.copyMakeBorder(code, 24, 24, 24, 24, cv2.BORDER_CONSTANT, value=(255,)), (3, 3), 0)
    held = scene.copy()
    size = phone.shape[0]
    held[HEIGHT - size - 20 : HEIGHT - 20, 20 : 20 + size] = phone[..., None]
    return held
