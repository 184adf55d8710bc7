"""Where frames come from: the Pi camera, a USB camera, or a replay of files. RGB only leaves this room.

A new camera: one file with a class that is a `Camera` (`kiosk.domain.ports`), one `Kind` in options.py, one line
in `KINDS` here, one line in tests/contracts/test_cameras.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from kiosk.cameras.opencv import UsbCamera, usb_cameras
from kiosk.cameras.options import FIRST_FOUND, Kind, Options
from kiosk.cameras.picamera import Picamera, pi_cameras
from kiosk.cameras.replay import Replay
from kiosk.cameras.watch import Watched
from kiosk.domain.errors import BadSettings, MissingHardware
from kiosk.domain.ports import Camera, Clock
from kiosk.vision.reading import load_image, load_image_bytes

__all__ = ["KINDS", "Kind", "Options", "load_image", "load_image_bytes", "open_camera", "parse_source"]

KINDS: Mapping[Kind, Callable[[Options, Clock], Camera]] = MappingProxyType(
    {
        Kind.PI: Picamera,
        Kind.USB: UsbCamera,
        Kind.REPLAY: Replay,
    }
)


def open_camera(options: Options, clock: Clock) -> Camera:
    """The camera of those options, to be used by `with`. Raises MissingHardware when none is found.

    What a device gives is watched; a replay may show the same picture for as long as it likes.
    """
    kind = kind_found() if options.kind is Kind.AUTO else options.kind
    camera = KINDS[kind](options, clock)
    return camera if kind is Kind.REPLAY else Watched(camera, clock)


def kind_found() -> Kind:
    """The kind that this machine has: the Pi camera first, then USB. Raises MissingHardware."""
    if pi_cameras():
        return Kind.PI
    if usb_cameras():
        return Kind.USB
    raise MissingHardware("No camera was found; plug one in, or replay files with --source replay:PATH.")


def parse_source(source: str, options: Options | None = None) -> Options:
    """`auto`, `pi[:N]`, `usb[:N]` or `replay:PATH`, otherwise as in `options`. Raises BadSettings."""
    given = Options() if options is None else options
    name, _, rest = source.partition(":")
    try:
        kind = Kind(name)
    except ValueError as error:
        raise _bad_source(source) from error
    if kind is Kind.REPLAY:
        if not rest:
            raise _bad_source(source)
        return replace(given, kind=kind, path=Path(rest))
    if not rest and ":" not in source:
        return replace(given, kind=kind, device=FIRST_FOUND)
    if kind is Kind.AUTO or not (rest.isascii() and rest.isdigit() and len(rest) < 3):
        raise _bad_source(source)
    return replace(given, kind=kind, device=int(rest))


def _bad_source(source: str) -> BadSettings:
    return BadSettings(f"source {source!r} is not known; use auto, pi, usb, usb:N or replay:PATH.")
