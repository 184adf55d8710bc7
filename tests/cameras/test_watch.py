"""What a watched camera never hands on, what it bears for a moment, and what it says when that does not pass."""

from pathlib import Path

import numpy as np
import pytest

from kiosk.cameras import Kind, Options, open_camera
from kiosk.cameras.frames import make_frame
from kiosk.cameras.watch import BORNE_S, Watched
from kiosk.demo.stage import Stage
from kiosk.domain.errors import CameraBlind, CameraFrozen, CameraLost
from kiosk.domain.sight import Frame, Image
from tests.fakes.camera import Break, FakeCamera
from tests.fakes.clock import FakeClock

SAID_WITHIN_S = 0.75
ERRORS = {
    Break.FROZEN: (CameraFrozen, "same picture"),
    Break.BLACK: (CameraBlind, "black"),
    Break.WHITE: (CameraBlind, "white"),
    Break.GREY: (CameraLost, "wrong shape"),
    Break.FLOATS: (CameraLost, "wrong shape"),
    Break.STRIDE: (CameraLost, "wrong shape"),
    Break.RATIO: (CameraLost, "wrong shape"),
    Break.BACKWARDS: (CameraLost, "dated wrongly"),
    Break.AHEAD: (CameraLost, "dated wrongly"),
}


def a_watched_camera() -> tuple[Watched, FakeCamera, FakeClock]:
    clock = FakeClock()
    device = FakeCamera(Stage(clock))
    return Watched(device, clock), device, clock


def a_room_of(level: float, noise: float) -> Watched:
    """A camera in front of a plain wall of that level, with that much noise of the sensor in every pixel."""
    clock, chance = FakeClock(), np.random.default_rng(5)

    class Room(Stage):
        def read(self) -> Frame:
            clock.advance(0.05)
            grain = chance.normal(level, noise, (360, 640, 3))
            main: Image = np.clip(np.round(grain), 0, 255).astype(np.uint8)
            return make_frame(main, 320, clock.monotonic(), 1)

    return Watched(Room(clock), clock)


@pytest.mark.parametrize("fault", ERRORS, ids=lambda fault: fault.name.lower())
def test_a_broken_camera_is_said_to_be_so_within_three_quarters_of_a_second(fault: Break) -> None:
    kind, words = ERRORS[fault]
    watched, device, clock = a_watched_camera()
    with watched as camera:
        camera.read()
        device.break_by(fault)
        before = clock.monotonic()
        with pytest.raises(kind, match=words) as caught:
            camera.read()
    assert type(caught.value) is kind
    assert BORNE_S <= clock.monotonic() - before < SAID_WITHIN_S


@pytest.mark.parametrize("fault", ERRORS, ids=lambda fault: fault.name.lower())
def test_what_is_wrong_for_three_frames_is_passed_over_and_never_handed_on(fault: Break) -> None:
    watched, device, clock = a_watched_camera()

    class Brief(FakeCamera):
        def read(self) -> Frame:
            frame = super().read()
            if self.fault is not None and frame.number >= 4:
                self.mend()
            return frame

    watched.camera = brief = Brief(Stage(clock))
    with watched as camera:
        assert camera.read().number == 1
        brief.break_by(fault)
        assert camera.read().number == 5


@pytest.mark.parametrize("fault", ERRORS, ids=lambda fault: fault.name.lower())
def test_a_mended_camera_works_as_soon_as_it_is_opened_again(fault: Break) -> None:
    watched, device, _ = a_watched_camera()
    with watched as camera:
        camera.read()
        device.break_by(fault)
        with pytest.raises(CameraLost):
            camera.read()
    device.mend()
    with watched as camera:
        assert camera.read().main.shape == (720, 1280, 3)


@pytest.mark.parametrize("level", [0, 1, 3, 10, 30])
@pytest.mark.parametrize("noise", [2.0, 4.0])
def test_a_dark_room_with_the_noise_of_a_sensor_is_no_black_picture(level: float, noise: float) -> None:
    with a_room_of(level, noise) as camera:
        assert camera.read().main.mean() < 40


@pytest.mark.parametrize("level", [0, 8, 16])
def test_a_covered_lens_without_a_sensors_noise_is_black(level: float) -> None:
    with a_room_of(level, 0.3) as camera, pytest.raises(CameraBlind):
        camera.read()


def test_a_bright_wall_is_no_white_picture() -> None:
    with a_room_of(246, 3.0) as camera:
        assert camera.read().main.mean() > 240


def test_a_still_scene_is_not_frozen_as_long_as_its_noise_changes() -> None:
    with a_room_of(120, 1.0) as camera:
        for _ in range(40):
            camera.read()


def test_a_device_is_watched_and_a_replay_is_not(tmp_path: Path) -> None:
    clock = FakeClock()
    assert isinstance(open_camera(Options(kind=Kind.USB, device=0), clock), Watched)
    assert not isinstance(open_camera(Options(kind=Kind.REPLAY, path=tmp_path), clock), Watched)
