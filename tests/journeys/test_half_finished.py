"""What was under way when something broke: nothing that was promised is lost, nothing that is over comes back."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kiosk.app import open_desk
from kiosk.demo.stage import empty, shown, with_pass
from kiosk.domain.people import Consent
from kiosk.domain.sight import Chip
from kiosk.domain.verdict import Outcome, Quality, Sample
from kiosk.passes.drawing import qr_modules
from kiosk.screens.events import Button, Fault, PartName
from kiosk.screens.intents import CheckPin, Enrol
from kiosk.screens.states import (
    AskConsent,
    Attract,
    AwaitFace,
    Capture,
    NameEntry,
    OutOfOrder,
    PinEntry,
    PinSetup,
    StaffMenu,
)
from kiosk.settings import models_folder
from kiosk.vision import open_vision
from tests.fakes.camera import Break
from tests.journeys.ordeals import ORDEALS, Ordeal, Place
from tests.journeys.rig import Bystander, Hall

PIN = "2468"
LOCK = next(ordeal for ordeal in ORDEALS if ordeal.fault is Fault.BUSY)
UNPLUG = next(ordeal for ordeal in ORDEALS if ordeal.fault is Fault.GONE)


def with_pin(hall: Hall) -> Hall:
    with open_desk(hall.settings, hall.clock) as desk:
        desk.set_pin(PIN)
    return hall


def people(hall: Hall) -> int:
    with open_desk(hall.settings, hall.clock) as desk:
        return len(desk.everybody())


def let_staff_in(bystander: Bystander) -> None:
    bystander.tap(Button.STAFF)
    bystander.sees(PinEntry)
    for digit in PIN:
        bystander.tap(Button.DIGIT, digit)
    bystander.tap(Button.OK)
    bystander.sees(StaffMenu)


def collected(bystander: Bystander) -> int:
    screen = bystander.screen
    capture = screen.resume if isinstance(screen, OutOfOrder) else screen
    assert isinstance(capture, Capture)
    return len(capture.enrolment.samples)


def test_a_start_with_a_sound_store_and_camera_shows_no_fault_for_a_moment(hall: Hall) -> None:
    hall.enrol()
    bystander = hall.open()
    bystander.show(shown(hall.cast.comes_back))
    seen: list[object] = []

    def decided() -> bool:
        seen.append(bystander.faults or type(bystander.screen) is OutOfOrder)
        return bool(bystander.decided)

    bystander.until(decided, "a decision")
    assert not any(seen)


def test_an_enrolment_goes_on_with_its_pictures_when_the_camera_is_back(hall: Hall) -> None:
    bystander = with_pin(hall).open()
    let_staff_in(bystander)
    bystander.tap(Button.ENROL)
    bystander.sees(AskConsent)
    bystander.tap(Button.AGREE)
    bystander.sees(NameEntry)
    bystander.tap(Button.KEY, "A")
    bystander.tap(Button.OK)
    bystander.sees(Capture)
    bystander.show(shown(hall.cast.enrolled))
    bystander.until(lambda: collected(bystander) > 0, "the first picture")
    bystander.device.break_by(Break.FROZEN)
    bystander.sees(OutOfOrder)
    before = collected(bystander)
    bystander.device.mend()
    bystander.sees(Capture)
    assert collected(bystander) >= before


def test_nobody_is_enrolled_behind_the_back_of_staff_who_were_told_that_it_failed(hall: Hall) -> None:
    hall.enrol()
    bystander = with_pin(hall).open()
    bystander.sees(Attract)
    eyes = open_vision(models_folder(hall.settings), hall.settings.vision)
    _, embedding = eyes.embed_photo(hall.cast.other.photo)
    chip = Chip(np.zeros((150, 150, 3), dtype=np.uint8))
    sample = Sample(embedding, Quality(120.0, 300.0, 0.5, 0.2, 0.0, 0.0, 0.0, 0.0, None), chip)
    with LOCK.cause(Place(None, hall.store, bystander)):
        bystander.sees(OutOfOrder)
        consent = Consent("2025-01", "en", hall.clock.utc(), "screen")
        bystander.kiosk.loop.post.intents.post(Enrol("Somebody Else", consent, (sample,)))
        bystander.stays(0.8)
    bystander.until(lambda: bystander.serves, "the kiosk to serve again")
    bystander.stays(0.5)
    assert people(hall) == 1


def test_the_staff_menu_does_not_open_by_a_pin_that_was_entered_before_the_fault(hall: Hall) -> None:
    bystander = with_pin(hall).open()
    bystander.sees(Attract)
    bystander.tap(Button.STAFF)
    bystander.sees(PinEntry)
    with LOCK.cause(Place(None, hall.store, bystander)):
        bystander.sees(OutOfOrder)
        bystander.kiosk.loop.post.intents.post(CheckPin(PIN))
        bystander.stays(0.5)
    bystander.until(lambda: bystander.serves, "the kiosk to serve again")
    bystander.stays(0.5)
    assert isinstance(bystander.screen, Attract)


@pytest.mark.parametrize(("ordeal", "lasts_s"), [(LOCK, 0.3), (UNPLUG, 2.2)], ids=["store-locked", "camera-unplugged"])
def test_a_pass_held_up_before_the_fault_is_not_waited_for_afterwards(
    ordeal: Ordeal, lasts_s: float, hall: Hall
) -> None:
    person = hall.enrol()
    (text,) = hall.passes(person, 1)
    bystander = hall.open()
    bystander.show(with_pass(empty(), qr_modules(text)))
    bystander.sees(AwaitFace)
    with ordeal.cause(Place(None, hall.store, bystander)):
        bystander.sees(OutOfOrder)
        bystander.show(empty())
        bystander.stays(lasts_s)
    bystander.until(lambda: bystander.serves, "the kiosk to serve again")
    bystander.show(shown(hall.cast.stranger))
    assert bystander.decision().decision.outcome is Outcome.UNKNOWN


def test_with_nobody_enrolled_a_visitor_is_unknown_and_nothing_is_kept(hall: Hall) -> None:
    bystander = hall.open()
    bystander.show(shown(hall.cast.other))
    decided = bystander.decision()
    assert decided.decision.outcome is Outcome.UNKNOWN
    assert decided.name is None
    assert people(hall) == 0


def test_a_kiosk_without_models_says_so_instead_of_guessing_and_sees_when_they_are_there(
    hall: Hall, tmp_path: Path
) -> None:
    models = models_folder(hall.settings)
    folder = tmp_path / "models"
    folder.mkdir()
    bystander = hall.open(replace(hall.settings, kiosk=replace(hall.settings.kiosk, models=folder)))
    bystander.until(lambda: bystander.is_out_of_order(PartName.VISION, Fault.DAMAGED), "words about the models")
    for file in models.iterdir():
        if file.is_file():
            (folder / file.name).symlink_to(file)
    bystander.show(shown(hall.cast.other))
    assert bystander.decision().decision.outcome is Outcome.UNKNOWN


def test_an_attended_kiosk_without_its_key_says_so_and_asks_for_a_pin_only_when_it_knows_that_there_is_none(
    hall: Hall,
) -> None:
    hall.enrol()
    key, kept = hall.store / "key", hall.store.parent / "kept"
    key.rename(kept)
    bystander = hall.open(attended=True)
    bystander.until(lambda: bystander.is_out_of_order(PartName.STORE, Fault.WRONG_KEY), "words about the key")
    kept.rename(key)
    bystander.sees(PinSetup)
    assert not bystander.faults
