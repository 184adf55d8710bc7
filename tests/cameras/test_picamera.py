"""The Pi camera's adapter, on a stand-in for picamera2."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from kiosk.cameras.options import Options
from kiosk.cameras.picamera import Device, Picamera, open_picamera
from kiosk.domain.errors import CameraLost, MissingHardware
from tests.contracts.test_cameras import a_scene, quarters
from tests.fakes.clock import FakeClock
from tests.fakes.picamera2 import Picamera2

OPTIONS = Options(width=640, height=480, lores_width=200)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def device(clock: FakeClock) -> Picamera2:
    return Picamera2(a_scene(640, 480), clock)


def always(device: Picamera2) -> Callable[[int], Device]:
    return lambda _: device


def test_every_buffer_is_given_back_so_that_the_camera_never_starves(device: Picamera2, clock: FakeClock) -> None:
    with Picamera(OPTIONS, clock, open_device=always(device)) as camera:
        for _ in range(50):
            camera.read()
    assert device.buffers_free == 4


def test_a_buffer_is_given_back_even_when_its_picture_is_unreadable(device: Picamera2, clock: FakeClock) -> None:
    with Picamera(OPTIONS, clock, open_device=always(device)) as camera:
        device.config["lores"]["format"] = "NV12"
        with pytest.raises(CameraLost):
            camera.read()
        assert device.buffers_free == 4


def test_padding_at_the_end_of_rows_is_no_part_of_the_picture(device: Picamera2, clock: FakeClock) -> None:
    with Picamera(OPTIONS, clock, open_device=always(device)) as camera:
        assert device.config["lores"]["stride"] == 256
        lores = camera.read().lores
    assert lores.shape == (150, 200, 3)
    assert np.abs(lores[140, 190].astype(int) - (220, 220, 220)).max() < 12


@pytest.mark.parametrize("height", [360, 361, 372, 480])
def test_odd_sizes_become_even_ones(height: int, device: Picamera2, clock: FakeClock) -> None:
    options = replace(OPTIONS, height=height - height % 2, lores_width=198)
    with Picamera(options, clock, open_device=always(device)) as camera:
        assert all(side % 2 == 0 for side in camera.read().lores.shape[:2])


def test_colours_are_right_in_either_byte_order(device: Picamera2, clock: FakeClock) -> None:
    device.adjusted_format = "BGR888"
    with Picamera(OPTIONS, clock, open_device=always(device)) as camera:
        first = quarters(camera.read().main)[0]
    assert np.abs(first - (200, 30, 40)).max() < 4


def test_a_format_that_is_not_understood_is_said_so(device: Picamera2, clock: FakeClock) -> None:
    device.adjusted_format = "XBGR8888"
    with Picamera(OPTIONS, clock, open_device=always(device)) as camera, pytest.raises(CameraLost):
        camera.read()


def test_the_sensor_says_when_a_frame_was_taken(device: Picamera2, clock: FakeClock) -> None:
    device.metadata = {"SensorTimestamp": int(999.99 * 1e9)}
    with Picamera(OPTIONS, clock, open_device=always(device)) as camera:
        assert camera.read().taken_at == pytest.approx(999.99)


@pytest.mark.parametrize("stamp", [None, 0, int(5e12), "soon"])
def test_a_time_on_another_clock_is_not_believed(stamp: object, device: Picamera2, clock: FakeClock) -> None:
    device.metadata = {} if stamp is None else {"SensorTimestamp": stamp}
    with Picamera(OPTIONS, clock, open_device=always(device)) as camera:
        assert camera.read().taken_at == clock.monotonic()


def test_the_rate_may_fall_in_dim_light_and_a_movable_lens_keeps_focus(device: Picamera2, clock: FakeClock) -> None:
    device.camera_controls["AfMode"] = (0, 2, 0)
    with Picamera(replace(OPTIONS, rate=25), clock, open_device=always(device)):
        assert device.config["controls"] == {"FrameDurationLimits": (40000, 83333), "AfMode": 2}


def test_a_camera_that_does_not_start_is_closed_again(device: Picamera2, clock: FakeClock) -> None:
    device.broken_start = True
    with pytest.raises(CameraLost, match="does not start"), Picamera(OPTIONS, clock, open_device=always(device)):
        pass
    assert device.closed == 1


def test_a_stalled_camera_can_be_closed_and_comes_back(device: Picamera2, clock: FakeClock) -> None:
    with pytest.raises(CameraLost), Picamera(OPTIONS, clock, open_device=always(device)) as camera:
        device.unplug()
        camera.read()
    assert device.closed == 1
    plugged = Picamera2(a_scene(640, 480), clock)
    with Picamera(OPTIONS, clock, open_device=always(plugged)) as camera:
        assert camera.read().number == 1


def test_a_camera_that_cannot_even_be_closed_does_not_hide_why_it_was_lost(device: Picamera2, clock: FakeClock) -> None:
    device.broken_close = True
    with pytest.raises(CameraLost, match="no pictures"), Picamera(OPTIONS, clock, open_device=always(device)) as camera:
        device.unplug()
        camera.read()


def test_reading_before_opening_is_refused(device: Picamera2, clock: FakeClock) -> None:
    with pytest.raises(CameraLost, match="not open"):
        Picamera(OPTIONS, clock, open_device=always(device)).read()


def test_the_camera_is_chosen_by_number(device: Picamera2, clock: FakeClock) -> None:
    asked: list[int] = []

    def opened(number: int) -> Device:
        asked.append(number)
        return device

    for number in (-1, 0, 1):
        with Picamera(replace(OPTIONS, device=number), clock, open_device=opened):
            pass
    assert asked == [0, 0, 1]


def test_a_pi_camera_that_is_not_there_is_missing_hardware() -> None:
    with pytest.raises(MissingHardware):
        open_picamera(63)
