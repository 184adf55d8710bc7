"""What the person being enrolled sees, step by step."""

from dataclasses import replace
from typing import assert_never

from kiosk.domain.site import PrivacyNotice
from kiosk.identity.enrolment import best_chip
from kiosk.screens import keyboard, words
from kiosk.screens.events import Button
from kiosk.screens.states import (
    AskConsent,
    Capture,
    Checking,
    Collected,
    DuplicateWarning,
    Enrolling,
    Moment,
    NameEntry,
    Review,
)
from kiosk.screens.states_reading import ReadNotice
from kiosk.screens.view import Page, Symbol, Tone, Touchable, View, turn_at

CANCEL = Touchable(Button.CANCEL, "Cancel")


def view_of(screen: Enrolling, now: Moment) -> View:
    """The view of an enrolment screen."""
    match screen:
        case ReadNotice():
            return _notice(screen)
        case AskConsent(_, notice):
            return _consent(notice, now)
        case NameEntry():
            return _name(screen)
        case Capture():
            return _capture(screen)
        case Checking():
            return View(Page.BUSY, title=words.CHECKING, buttons=(CANCEL,), turn=turn_at(now.monotonic))
        case DuplicateWarning():
            return _duplicate(screen)
        case Review(collected):
            return _review(collected, single_use=screen.single_use)
        case _:
            assert_never(screen)


def _notice(screen: ReadNotice) -> View:
    return View(
        Page.READING,
        title=words.NOTICE_TITLE,
        caption=words.NOTICE_HINT.format(version=screen.notice.version),
        entry=screen.notice.text,
        count=screen.page,
        buttons=(
            CANCEL,
            Touchable(Button.PREVIOUS_PAGE, "", symbol=Symbol.BACK),
            Touchable(Button.NEXT_PAGE, "", symbol=Symbol.NEXT),
            Touchable(Button.OK, "Continue"),
        ),
    )


def _consent(notice: PrivacyNotice | None, now: Moment) -> View:
    keeping = words.keeping(now)
    return View(
        Page.CONSENT,
        title=words.CONSENT_TITLE,
        buttons=(
            _way(Button.DECLINE, "No, thank you", words.DECLINING),
            _way(Button.KEEP_NOTHING, "Keep nothing", words.CARRYING),
            _way(Button.AGREE, "I agree", replace(keeping, version=notice.version) if notice else keeping),
        ),
    )


def _way(button: Button, label: str, way: words.Way) -> Touchable:
    version = words.CONSENT_HINT.format(version=way.version) if way.version else ""
    return Touchable(button, label, note=way.title, points=way.points, small_print=version)


def _name(screen: NameEntry) -> View:
    return View(
        Page.NAME,
        title=words.NAME_TITLE,
        buttons=(CANCEL, Touchable(Button.OK, "Next", enabled=bool(screen.name.strip()))),
        entry=screen.name,
        keys=keyboard.rows(screen.layer),
    )


def _capture(screen: Capture) -> View:
    sight, prompt = screen.sight, screen.enrolment.prompt
    asked = words.PROMPTS[prompt] if prompt is not None else words.CHECKING
    if sight.advice is not None:
        asked = words.ADVICE[sight.advice]
    return View(
        Page.LOOKING,
        text=asked,
        hint=words.CAPTURE_HINT,
        buttons=(CANCEL,),
        outline=sight.box,
        is_advice=sight.advice is not None,
        progress=screen.enrolment.progress,
        is_lamp=sight.lamp,
    )


def _duplicate(screen: DuplicateWarning) -> View:
    likeness = screen.likeness
    said = words.ALIKE[likeness.alike]
    return View(
        Page.ALIKE,
        title=said.title,
        text=said.text,
        hint=words.NEW_FACE,
        caption=likeness.person.name,
        tone=Tone.ASK,
        symbol=Symbol.PERSON,
        buttons=(CANCEL, Touchable(Button.SAVE_ANYWAY, "Save anyway")),
        chip=best_chip(screen.collected.samples) if screen.collected.samples else None,
        other=likeness.chip,
    )


def _review(collected: Collected, *, single_use: bool) -> View:
    carried = collected.draft.is_carried
    kept = words.REVIEW.hint if collected.draft.keeps_picture else words.REVIEW_NO_PICTURE
    again = Touchable(Button.RETAKE, "Retake", symbol=Symbol.AGAIN)
    once = Touchable(Button.SINGLE_USE, "Pass for one visit only", symbol=Symbol.TICK, is_chosen=single_use)
    return View(
        Page.REVIEW,
        title=words.REVIEW.title,
        text=words.REVIEW_CARRIED.text if carried else collected.draft.name,
        hint=words.REVIEW_CARRIED.hint if carried else kept,
        buttons=(CANCEL, again, Touchable(Button.SAVE, "Make my pass" if carried else "Save"), once),
        chip=best_chip(collected.samples) if collected.samples else None,
    )
