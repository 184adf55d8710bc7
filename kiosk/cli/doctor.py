"""`kiosk doctor`: everything that the kiosk needs, tried out one after another."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import click

from kiosk.cameras import open_camera
from kiosk.cli.opening import open_eyes, opened_store, settings_of, store_folder
from kiosk.cli.output import answer
from kiosk.cli.shared import Command, Shared, with_shared
from kiosk.domain.errors import BadSettings, KioskError, StoreDamaged, StoreError
from kiosk.domain.ports import Clock, EndOfFrames
from kiosk.identity.calibration import claim_level, open_level
from kiosk.passes.drawing import qr_picture
from kiosk.passes.reading import read_codes
from kiosk.runtime.clock import SystemClock
from kiosk.settings import Settings
from kiosk.store.opening import is_made
from kiosk.vision import Pipeline

SPACE_LEAST_MB = 200
OLDEST_YEAR = 2024
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")

EXAMPLES = """\b
Examples:
  kiosk doctor
  kiosk doctor --config config/kiosk.toml --json
"""


class State(StrEnum):
    """How one thing is. `WARNING` does not keep the kiosk from running."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one check, in a sentence; `exit_code` is that of the trouble, 0 without."""

    name: str
    state: State
    sentence: str
    exit_code: int = 0


@click.command("doctor", cls=Command, epilog=EXAMPLES)
@with_shared
def command(shared: Shared) -> int:
    """Check whether this kiosk can run.

    Settings, models, store, camera and more are tried out one after another. Exit code 0: it can run, warnings or not;
    else 2, 3 or 4 for what keeps it from running.
    """
    findings = list(_examine(shared, SystemClock()))
    exit_code = max(finding.exit_code for finding in findings)
    fields = {
        "ok": exit_code == 0,
        "checks": [{"name": one.name, "state": one.state.value, "sentence": one.sentence} for one in findings],
    }
    answer(shared, fields, "\n".join(f"{one.state.value:<8} {one.name:<9} {one.sentence}" for one in findings))
    return exit_code


def _examine(shared: Shared, clock: Clock) -> Iterator[Finding]:
    try:
        settings = settings_of(shared)
    except KioskError as error:
        yield _bad("settings", error)
        return
    yield Finding("settings", State.GOOD, "They are understood.")
    yield from _models_and_store(settings, clock)
    yield _checked("camera", lambda: _camera(settings, clock))
    yield _checked("codes", lambda: _codes(settings))
    yield _screen()
    yield _space(store_folder(settings))
    yield _clock(clock)


def _checked(name: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except KioskError as error:
        return _bad(name, error)


def _bad(name: str, error: KioskError) -> Finding:
    return Finding(name, State.BAD, str(error), error.exit_code)


def _models_and_store(settings: Settings, clock: Clock) -> Iterator[Finding]:
    try:
        eyes = open_eyes(settings)
        claim_level(eyes.model.gallery_table, settings.identity)
    except KioskError as error:
        yield _bad("models", error)
        return
    yield Finding("models", State.GOOD, f"All are as the manifest says; faces are compared by {eyes.model.name}.")
    try:
        yield from _store(settings, eyes, clock)
    except KioskError as error:
        yield _bad("store", error)


def _store(settings: Settings, eyes: Pipeline, clock: Clock) -> Iterator[Finding]:
    folder = store_folder(settings)
    place = _existing(folder)
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        raise StoreError(f"{folder} can't be used as the store's folder; choose one that this user may write.")
    if not is_made(folder):
        yield Finding("store", State.WARNING, f"There is none in {folder} yet; it is made when it is first used.")
        return
    with opened_store(settings, clock) as store:
        report, has_pin = store.doctor(), store.staff.has_pin()
        if not report.sound:
            raise StoreDamaged("the store is damaged; restore it from a copy.")
    if not report.chain.holds:
        raise StoreDamaged(f"{report.chain.sentence} Find out who had access to the disk.")
    kept = f"{report.people:,} people, {report.templates:,} templates, {report.events:,} events in an unbroken chain"
    yield Finding("store", State.GOOD, f"It is sound: {kept}.")
    if not has_pin:
        yield Finding("pin", State.WARNING, "No staff PIN is set yet; the kiosk asks for one on its screen.")
    if open_level(eyes.model.gallery_table, report.templates, settings.identity) is None:
        sentence = "So many are enrolled that a face alone is not enough at this level: the kiosk asks for the QR pass."
        yield Finding("gallery", State.WARNING, sentence)


def _camera(settings: Settings, clock: Clock) -> Finding:
    with open_camera(settings.camera, clock) as camera:
        try:
            frame = camera.read()
        except EndOfFrames as error:
            raise BadSettings("camera.path holds nothing to replay.") from error
    height, width = frame.main.shape[:2]
    return Finding("camera", State.GOOD, f"It gives frames of {width} x {height}.")


def _codes(settings: Settings) -> Finding:
    text = "FK1:TEST"
    if read_codes(qr_picture(text), settings.codes) != (text,):
        raise BadSettings(f"codes.reader = {settings.codes.reader.value!r} does not read QR codes here; try the other.")
    return Finding("codes", State.GOOD, f"QR codes are read by {settings.codes.reader.value}.")


def _screen() -> Finding:
    found = any(os.environ.get(name) for name in SCREENS) or any(Path("/dev/dri").glob("card*"))
    if found:
        return Finding("screen", State.GOOD, "There is a display.")
    return Finding("screen", State.WARNING, "No display was found; without one, use kiosk run --headless.")


def _space(folder: Path) -> Finding:
    free_mb = shutil.disk_usage(_existing(folder)).free // 1_000_000
    if free_mb < SPACE_LEAST_MB:
        return Finding("space", State.WARNING, f"Only {free_mb} MB are free where the store is; free some.")
    return Finding("space", State.GOOD, f"{free_mb:,} MB are free where the store is.")


def _clock(clock: Clock) -> Finding:
    now = clock.utc()
    if now.year < OLDEST_YEAR:
        return Finding("clock", State.WARNING, f"It says {now:%Y-%m-%d}; passes can't be judged until it is set.")
    return Finding("clock", State.GOOD, f"It says {now:%Y-%m-%d %H:%M} UTC.")


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
