"""What every camera promises, on the replay and on the real adapters with a stand-in for the hardware.

A new camera: one function that builds its rig, and one line in RIGS.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pictures

from kiosk.cameras.opencv import UsbCamera
from kiosk.cameras.options import Kind, Options
from kiosk.cameras.picamera import Picamera
from kiosk.cameras.replay import Replay
from kiosk.domain.errors import CameraLost
from kiosk.domain.ports import Camera
from tests.fakes.capture import FakeCapture
from tests.fakes.clock import FakeClock
from tests.fakes.picamera2 import Picamera2

OPTIONS = Options(width=512, height=384, lores_width=200)
RED, GREEN, BLUE, WHITE = (200, 30, 40), (30, 180, 60), (40, 50, 190), (220, 220, 220)


@dataclass(frozen=True)
class Rig:
    """A camera in front of the scene, its clock, and how to take its hardware away (None: a replay has none)."""

    camera: Camera
    clock: FakeClock
    unplug: Callable[[], None] | None


def a_scene(width: int = 512, height: int = 384) -> NDArray[np.uint8]:
    """Red and green above blue and white."""
    scene = np.empty((height, width, 3), dtype=np.uint8)
    half_w, half_h = width // 2, height // 2
    scene[:half_h, :half_w], scene[:half_h, half_w:] = RED, GREEN
    scene[half_h:, :half_w], scene[half_h:, half_w:] = BLUE, WHITE
    return scene


def a_picture(folder: Path) -> Rig:
    Pictures.fromarray(a_scene()).save(folder / "scene.png")
    return _replay(folder / "scene.png")


def a_folder(folder: Path) -> Rig:
    for name in ("b.png", "a.png"):
        Pictures.fromarray(a_scene()).save(folder / name)
    return _replay(folder)


def a_film(folder: Path) -> Rig:
    writer = cv2.VideoWriter(str(folder / "scene.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 20, (512, 384))
    for _ in range(8):
        writer.write(a_scene()[..., ::-1])
    writer.release()
    return _replay(folder / "scene.avi")


def a_usb_camera(_: Path) -> Rig:
    clock = FakeClock()
    capture = FakeCapture(a_scene(), clock)
    return Rig(UsbCamera(replace(OPTIONS, device=0), clock, open_capture=lambda *_: capture), clock, capture.unplug)


def a_pi_camera(_: Path) -> Rig:
    clock = FakeClock()
    device = Picamera2(a_scene(), clock)
    return Rig(Picamera(OPTIONS, clock, open_device=lambda _: device), clock, device.unplug)


def _replay(path: Path) -> Rig:
    clock = FakeClock()
    return Rig(Replay(replace(OPTIONS, kind=Kind.REPLAY, path=path), clock), clock, None)


RIGS = [a_picture, a_folder, a_film, a_usb_camera, a_pi_camera]


@pytest.fixture(params=RIGS, ids=lambda build: build.__name__)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Rig:
    built: Rig = request.param(tmp_path)
    return built


def quarters(picture: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
    """The mean colour in the middle of each quarter."""
    height, width = picture.shape[:2]
    places = [(1, 1), (1, 3), (3, 1), (3, 3)]
    return [
        picture[height * y // 4 - 9 : height * y // 4 + 9, width * x // 4 - 9 : width * x // 4 + 9].mean(axis=(0, 1))
        for y, x in places
    ]


def test_frames_are_rgb_in_both_sizes(rig: Rig) -> None:
    with rig.camera as camera:
        frame = camera.read()
    for picture in (frame.main, frame.lores):
        assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3
        for seen, meant in zip(quarters(picture), (RED, GREEN, BLUE, WHITE), strict=True):
            assert np.abs(seen - meant).max() < 12


def test_the_small_frame_shows_what_the_large_one_shows(rig: Rig) -> None:
    with rig.camera as camera:
        frame = camera.read()
    assert frame.main.shape == (384, 512, 3)
    assert frame.lores.shape == (150, 200, 3)
    again = cv2.resize(frame.main, (200, 150), interpolation=cv2.INTER_AREA)
    assert np.abs(again.astype(int) - frame.lores).mean() < 4


def test_frames_cannot_be_written_to(rig: Rig) -> None:
    with rig.camera as camera:
        frame = camera.read()
    assert not frame.main.flags.writeable
    assert not frame.lores.flags.writeable


def test_a_frame_stays_as_it_was_when_the_next_one_comes(rig: Rig) -> None:
    with rig.camera as camera:
        first = camera.read()
        copy = first.main.copy()
        camera.read()
    assert np.array_equal(first.main, copy)


def test_numbers_and_times_increase(rig: Rig) -> None:
    with rig.camera as camera:
        frames = [camera.read() for _ in range(4)]
    for before, after in zip(frames, frames[1:], strict=False):
        assert after.number == before.number + 1
        assert after.taken_at > before.taken_at
    assert frames[-1].taken_at <= rig.clock.monotonic()


def test_a_camera_that_stops_giving_frames_is_lost_within_three_seconds(rig: Rig) -> None:
    if rig.unplug is None:
        return  # a replay has nothing to unplug
    with rig.camera as camera:
        camera.read()
        rig.unplug()
        before = rig.clock.monotonic()
        with pytest.raises(CameraLost, match="cable"):
            camera.read()
    assert rig.clock.monotonic() - before < 3


def test_a_closed_camera_can_be_opened_again(rig: Rig) -> None:
    with rig.camera as camera:
        camera.read()
    with rig.camera as camera:
        assert camera.read().main.shape == (384, 512, 3)


def test_closing_after_a_failure_is_safe(rig: Rig) -> None:
    with pytest.raises(ZeroDivisionError), rig.camera as camera:
        camera.read()
        raise ZeroDivisionError
    with rig.camera as camera:
        assert camera.read().number >= 1
