"""The USB camera, on a stand-in for OpenCV's capture and a tree like Linux's /sys."""

from dataclasses import replace
from pathlib import Path

import cv2
import pytest

from kiosk.cameras.opencv import UsbCamera, first_found, open_video, usb_cameras
from kiosk.cameras.options import Options
from kiosk.domain.errors import CameraLost, MissingHardware
from tests.contracts.test_cameras import a_scene
from tests.fakes.capture import FakeCapture
from tests.fakes.clock import FakeClock

OPTIONS = Options(device=0)


def a_camera(capture: FakeCapture) -> UsbCamera:
    return UsbCamera(OPTIONS, capture.clock, open_capture=lambda *_: capture)


def test_a_camera_that_is_not_there_is_missing_and_its_capture_is_closed() -> None:
    capture = FakeCapture(a_scene(), FakeClock(), there=False)
    with pytest.raises(MissingHardware, match="USB camera 0"), a_camera(capture):
        pass
    assert capture.released == 1


def test_a_single_damaged_frame_is_passed_over() -> None:
    capture = FakeCapture(a_scene(), FakeClock())
    with a_camera(capture) as camera:
        capture.failures = 3
        assert camera.read().number == 1


def test_an_error_inside_opencv_means_the_camera_is_lost() -> None:
    capture = FakeCapture(a_scene(), FakeClock())
    with a_camera(capture) as camera:
        capture.error = cv2.error("ioctl")
        with pytest.raises(CameraLost):
            camera.read()


def test_the_device_is_given_back_at_the_end() -> None:
    capture = FakeCapture(a_scene(), FakeClock())
    with a_camera(capture) as camera:
        camera.read()
    assert capture.released == 1
    with pytest.raises(CameraLost, match="not open"):
        camera.read()


def a_video_device(devices: Path, name: str, bus: str, index: int) -> None:
    (devices / bus / name).mkdir(parents=True)
    entry = devices / "class" / name
    entry.mkdir(parents=True)
    (entry / "device").symlink_to(devices / bus / name)
    (entry / "index").write_text(f"{index}\n")


def test_only_the_picture_devices_of_usb_cameras_count(tmp_path: Path) -> None:
    a_video_device(tmp_path, "video0", "platform/isp", 0)
    a_video_device(tmp_path, "video10", "pci0/usb1/1-2", 0)
    a_video_device(tmp_path, "video11", "pci0/usb1/1-3", 1)
    a_video_device(tmp_path, "video8", "pci0/usb1/1-4", 0)
    (tmp_path / "class" / "video99").mkdir()
    assert usb_cameras(tmp_path / "class") == (8, 10)
    assert first_found(tmp_path / "class") == 8


def test_a_machine_without_video_devices_has_no_usb_camera(tmp_path: Path) -> None:
    assert usb_cameras(tmp_path / "nowhere") == ()
    with pytest.raises(MissingHardware, match="plug one in"):
        first_found(tmp_path)


def test_opencv_itself_finds_no_camera_under_an_unused_number(capfd: pytest.CaptureFixture[str]) -> None:
    capture = open_video(63, OPTIONS)
    assert not capture.isOpened()
    capture.release()
    assert capfd.readouterr().err == ""


def test_a_recording_read_by_opencv_looks_like_a_camera_until_it_ends(tmp_path: Path) -> None:
    recording = str(tmp_path / "scene.avi")
    writer = cv2.VideoWriter(recording, cv2.VideoWriter.fourcc(*"MJPG"), 20, (512, 384))
    for _ in range(3):
        writer.write(a_scene()[..., ::-1])
    writer.release()
    clock = FakeClock()
    options = replace(OPTIONS, lores_width=128)
    with UsbCamera(options, clock, open_capture=lambda *_: cv2.VideoCapture(recording)) as camera:
        frames = [camera.read() for _ in range(3)]
        with pytest.raises(CameraLost):
            camera.read()
    assert frames[0].main.shape == (384, 512, 3)
    assert frames[0].lores.shape == (96, 128, 3)
