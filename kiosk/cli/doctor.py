"""`kiosk doctor`: everything that the kiosk needs, tried out one after another."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import click

from kiosk.cameras import open_camera
from kiosk.cli.asking import confirmed
from kiosk.cli.finding import Finding, State
from kiosk.cli.machine_findings import about_clock, about_machine
from kiosk.cli.opening import open_eyes, opened_store, settings_of, store_folder
from kiosk.cli.output import answer
from kiosk.cli.shared import Command, Shared, with_shared
from kiosk.cli.sync_findings import about_sync
from kiosk.demo.faces import cached_faces
from kiosk.domain.errors import BadSettings, KioskError, ModelError, Refused, StoreDamaged, StoreError
from kiosk.domain.ports import Clock, EndOfFrames
from kiosk.domain.reckoning import Reckoning, reckon
from kiosk.identity.calibration import claim_level, open_level
from kiosk.passes.drawing import qr_picture
from kiosk.passes.reading import read_codes
from kiosk.runtime.clock import SystemClock
from kiosk.settings import Settings
from kiosk.store.opening import is_made
from kiosk.vision import Pipeline
from kiosk.vision.reading import load_image

SPACE_LEAST_MB = 200
GOLDEN_PAIR = ("obama", "obama2")
GOLDEN_COSINE, GOLDEN_WITHIN = 0.966, 0.01
ROOT = Path("/")
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")

EXAMPLES = """\b
Examples:
  kiosk doctor
  kiosk doctor --config config/kiosk.toml --json
  kiosk doctor --trust-clock
"""


@click.command("doctor", cls=Command, epilog=EXAMPLES)
@click.option("--trust-clock", is_flag=True, help="The clock is right, though the kiosk doubts it: believe it.")
@click.option("--yes", is_flag=True, help="Don't ask first.")
@with_shared
def command(shared: Shared, trust_clock: bool, yes: bool) -> int:
    """Check whether this kiosk can run.

    Settings, models, store, camera and more are tried out one after another. Exit code 0: it can run, warnings or not;
    else 2, 3 or 4 for what keeps it from running.
    """
    clock = SystemClock()
    if trust_clock:
        _trust(shared, clock, yes)
    findings = list(_examine(shared, clock))
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
    yield _checked("clock", lambda: about_clock(ROOT, _reckoned(settings, clock)))
    yield from about_machine(ROOT, store_folder(settings).absolute())


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
    yield _checked("face", lambda: _face(eyes))
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
        report, has_pin, sync = store.doctor(), store.staff.has_pin(), about_sync(store, clock.utc())
        if not report.sound:
            raise StoreDamaged("the store is damaged; restore it from a copy.")
    if not report.chain.holds:
        raise StoreDamaged(f"{report.chain.sentence} Find out who had access to the disk.")
    kept = f"{report.people:,} people, {report.templates:,} templates, {report.events:,} events in an unbroken chain"
    yield Finding("store", State.GOOD, f"It is sound: {kept}.")
    yield sync
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


def _face(eyes: Pipeline) -> Finding:
    """Two photographs of one person through detector, mesh and embedding, and how alike they are as it was measured."""
    faces = cached_faces()
    if not all(name in faces for name in GOLDEN_PAIR):
        sentence = "There is no photograph at hand to try the models on; scripts/demo fetches some."
        return Finding("face", State.WARNING, sentence)
    one, other = (eyes.embed_photo(load_image(faces[name]))[1] for name in GOLDEN_PAIR)
    cosine = one.similarity(other)
    if abs(cosine - GOLDEN_COSINE) > GOLDEN_WITHIN:
        raise ModelError("the models do not see a known face as they should; install the kiosk again.")
    return Finding("face", State.GOOD, "A known face goes through all models and comes out as it should.")


def _reckoned(settings: Settings, clock: Clock) -> Reckoning:
    """What the clock is held to be. A store that can't be opened has a line of its own; the clock is not to blame."""
    if is_made(store_folder(settings)):
        with suppress(StoreError), opened_store(settings, clock) as store:
            return store.seen.reckon()
    return reckon(clock.utc(), None)


def _trust(shared: Shared, clock: Clock, yes: bool) -> None:
    now = clock.utc()
    if not yes and not confirmed(f"Is it really {now:%Y-%m-%d %H:%M} UTC?"):
        raise Refused("the clock is doubted as before; set it first.")
    with opened_store(settings_of(shared), clock) as store:
        store.journal.trust_clock(now)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
