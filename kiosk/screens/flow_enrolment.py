"""Enrolment: notice, consent, name, guided capture, duplicate check, review; only then is anything asked to be kept.

Whatever leaves this path early leaves nothing behind: consent, name and samples live in its states alone.
"""

from dataclasses import replace
from typing import assert_never

from kiosk.domain.people import NAME_LONGEST, Consent
from kiosk.domain.site import PrivacyNotice
from kiosk.domain.verdict import Observation
from kiosk.identity.enrolment import Enrolment
from kiosk.screens import keyboard, words
from kiosk.screens.events import Button, Checked, Event, Failed, Pressed, Saw
from kiosk.screens.flow_visitors import steady
from kiosk.screens.intents import CarryPass, CheckDuplicate, Enrol
from kiosk.screens.moves import Move
from kiosk.screens.states import (
    ANSWER_S,
    CONSENT_S,
    STAFF_S,
    AskConsent,
    Capture,
    Checking,
    Collected,
    Draft,
    DuplicateWarning,
    Enrolling,
    Moment,
    NameEntry,
    Notice,
    Review,
    StaffMenu,
    Task,
    Told,
    Waiting,
)
from kiosk.screens.states_reading import ReadNotice

CHANNEL = "screen"


def answer(screen: Enrolling, event: Event, now: Moment) -> Move:
    """What that event does to a screen of the enrolment. Cancel leads to the menu from all of them."""
    match event:
        case Pressed(Button.CANCEL):
            return Move(StaffMenu(now.monotonic + STAFF_S))
        case Pressed(Button.DECLINE):
            return Move(Notice(Told.DECLINED, now.monotonic + STAFF_S))
        case Pressed():
            return _pressed(screen, event, now)
        case Saw(observation) if isinstance(screen, Capture):
            return _seen(screen, observation, now)
        case Checked() | Failed() if isinstance(screen, Checking):
            return Move(_checked(screen, event, now))
        case _:
            return Move(screen)


def _pressed(screen: Enrolling, pressed: Pressed, now: Moment) -> Move:
    later = now.monotonic + STAFF_S
    match screen:
        case ReadNotice():
            return Move(_read(screen, pressed, now))
        case AskConsent(_, notice) if pressed.button is Button.AGREE:
            return Move(NameEntry(_agreed(notice, now), later, keeps_picture=now.keeps_pictures))
        case AskConsent() if pressed.button is Button.KEEP_NOTHING:
            return Move(_capture(Draft(Consent(words.CARRIED_VERSION, words.LANGUAGE, now.utc, CHANNEL)), now))
        case NameEntry():
            return Move(_typed(replace(screen, until=later), pressed, now))
        case DuplicateWarning(collected) if pressed.button is Button.SAVE_ANYWAY:
            return Move(Review(collected, later))
        case Review(collected):
            return _reviewed(screen, collected, pressed, now)
        case AskConsent() | Capture() | Checking() | DuplicateWarning():
            return Move(screen)
        case _:
            assert_never(screen)


def _read(screen: ReadNotice, pressed: Pressed, now: Moment) -> ReadNotice | AskConsent:
    """Turning a page gives time for it. The last page is where the layout ends; no text has more than letters."""
    until = now.monotonic + CONSENT_S
    match pressed.button:
        case Button.NEXT_PAGE:
            return replace(screen, page=min(screen.page + 1, len(screen.notice.text)), until=until)
        case Button.PREVIOUS_PAGE:
            return replace(screen, page=max(screen.page - 1, 0), until=until)
        case Button.OK:
            return AskConsent(until, screen.notice)
        case _:
            return screen


def _agreed(notice: PrivacyNotice | None, now: Moment) -> Consent:
    """The consent to what was read: the site's notice where there is one, else the kiosk's own text."""
    if notice is not None:
        return Consent(notice.version, notice.language, now.utc, CHANNEL)
    return Consent(words.keeping(now).version, words.LANGUAGE, now.utc, CHANNEL)


def _typed(screen: NameEntry, pressed: Pressed, now: Moment) -> NameEntry | Capture:
    match pressed.button:
        case Button.KEY if len(pressed.text) == 1 and len(screen.name) < NAME_LONGEST:
            name = (screen.name + pressed.text).lstrip()
            return replace(screen, name=name, layer=keyboard.layer_for(name))
        case Button.DELETE:
            name = screen.name[:-1]
            return replace(screen, name=name, layer=keyboard.layer_for(name))
        case Button.SHIFT:
            return replace(screen, layer=keyboard.shifted(screen.layer))
        case Button.ACCENTS:
            return replace(screen, layer=keyboard.accented(screen.layer))
        case Button.OK if screen.name.strip():
            return _capture(Draft(screen.consent, screen.name.strip(), screen.keeps_picture), now)
        case _:
            return screen


def _capture(draft: Draft, now: Moment) -> Capture:
    return Capture(draft, Enrolment.begin(now.monotonic), now.monotonic + STAFF_S)


def _seen(screen: Capture, seen: Observation, now: Moment) -> Move:
    enrolment, until = screen.enrolment, screen.until
    if seen.sample is not None:
        enrolment = enrolment.add(seen.sample, now.monotonic)
        until = now.monotonic + STAFF_S
    sight = steady(screen.sight, seen, now)
    return _collected(Capture(screen.draft, enrolment.tick(now.monotonic), until, sight), now)


def _collected(screen: Capture, now: Moment) -> Move:
    """On to the duplicate check once there are enough samples; whoever is not kept can't be a duplicate."""
    if not screen.enrolment.is_complete:
        return Move(screen)
    collected = Collected(screen.draft, screen.enrolment.samples)
    if screen.draft.is_carried:
        return Move(Review(collected, now.monotonic + STAFF_S))
    return Move(Checking(collected, now.monotonic + ANSWER_S), (CheckDuplicate(collected.samples),))


def _checked(screen: Checking, event: Checked | Failed, now: Moment) -> Review | DuplicateWarning | Notice:
    later = now.monotonic + STAFF_S
    match event:
        case Checked(None):
            return Review(screen.collected, later)
        case Checked(likeness) if likeness is not None:
            return DuplicateWarning(screen.collected, likeness, later)
        case Failed(sentence):
            return Notice(Told.FAILED, later, sentence)
        case _:
            raise AssertionError("unreachable: Checked holds a person or None")


def _reviewed(screen: Review, collected: Collected, pressed: Pressed, now: Moment) -> Move:
    match pressed.button:
        case Button.RETAKE:
            return Move(_capture(collected.draft, now))
        case Button.SINGLE_USE:
            return Move(replace(screen, until=now.monotonic + STAFF_S, single_use=not screen.single_use))
        case Button.SAVE if collected.draft.is_carried:
            carry = CarryPass(collected.draft.consent, collected.samples, screen.single_use)
            return Move(Waiting(Task.PASS, now.monotonic + ANSWER_S, screen.single_use), (carry,))
        case Button.SAVE:
            draft = collected.draft
            intent = Enrol(draft.name, draft.consent, collected.samples, screen.single_use, draft.keeps_picture)
            return Move(Waiting(Task.SAVE, now.monotonic + ANSWER_S, screen.single_use), (intent,))
        case _:
            return Move(screen)
