"""How a camera is named and found."""

from pathlib import Path

import pytest

from kiosk.cameras import KINDS, Kind, Options, kind_found, open_camera, parse_source
from kiosk.cameras.opencv import UsbCamera
from kiosk.cameras.picamera import Picamera
from kiosk.cameras.replay import Replay
from kiosk.cameras.watch import Watched
from kiosk.domain.errors import BadSettings, MissingHardware
from tests.fakes.clock import FakeClock


@pytest.mark.parametrize(
    ("source", "kind", "device", "path"),
    [
        ("auto", Kind.AUTO, -1, None),
        ("pi", Kind.PI, -1, None),
        ("pi:1", Kind.PI, 1, None),
        ("usb", Kind.USB, -1, None),
        ("usb:0", Kind.USB, 0, None),
        ("usb:12", Kind.USB, 12, None),
        ("replay:a/b.mp4", Kind.REPLAY, -1, Path("a/b.mp4")),
        ("replay:C:odd name", Kind.REPLAY, -1, Path("C:odd name")),
    ],
)
def test_a_source_names_a_camera(source: str, kind: Kind, device: int, path: Path | None) -> None:
    parsed = parse_source(source)
    assert (parsed.kind, parsed.device, parsed.path) == (kind, device, path)


@pytest.mark.parametrize(
    "source", ["", "webcam", "USB", "usb:", "usb:x", "usb:-1", "usb:1000", "usb:²", "replay:", "auto:1"]
)
def test_a_source_that_is_not_known_is_refused_with_those_that_are(source: str) -> None:
    with pytest.raises(BadSettings, match="auto, pi, usb, usb:N or replay:PATH"):
        parse_source(source)


def test_a_source_keeps_the_other_settings() -> None:
    assert parse_source("usb", Options(width=640, device=3)) == Options(kind=Kind.USB, width=640, device=-1)


def test_every_kind_but_auto_has_its_camera() -> None:
    assert set(KINDS) == set(Kind) - {Kind.AUTO}
    for source, camera in (("pi", Picamera), ("usb:5", UsbCamera), ("replay:x", Replay)):
        opened = open_camera(parse_source(source), FakeClock())
        assert isinstance(opened.camera if isinstance(opened, Watched) else opened, camera)


def test_a_machine_without_any_camera_says_so() -> None:
    try:
        kind = kind_found()
    except MissingHardware as error:
        assert "plug one in" in str(error)
    else:
        assert kind in (Kind.PI, Kind.USB)
