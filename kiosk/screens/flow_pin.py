"""The staff PIN: chosen by entering it twice at first start, asked for ever after.

A reply counts only while it is waited for, and there is no way back meanwhile: an acceptance
can't open a screen that somebody else has come to since.
"""

from dataclasses import replace

from kiosk.screens.events import Button, Event, Failed, PinAccepted, PinWrong, Pressed
from kiosk.screens.intents import ChangePin, CheckPin, SetPin
from kiosk.screens.moves import Move
from kiosk.screens.states import (
    PIN_LONGEST,
    PIN_SHORTEST,
    STAFF_S,
    Attract,
    Moment,
    Notice,
    Pin,
    PinEntry,
    PinProblem,
    PinSetup,
    StaffMenu,
    Told,
)


def answer(screen: Pin, event: Event, now: Moment) -> Move:
    """What that event does to a PIN screen."""
    later = now.monotonic + STAFF_S
    match event:
        case PinAccepted() if screen.waiting:
            changed = isinstance(screen, PinSetup) and screen.changing
            return Move(Notice(Told.PIN_CHANGED, later) if changed else StaffMenu(later))
        case PinWrong(wait_s) if screen.waiting and isinstance(screen, PinEntry):
            return Move(PinEntry(later, problem=PinProblem.WRONG, locked_until=now.monotonic + wait_s))
        case Failed(sentence) if screen.waiting:
            return Move(_failed(screen, sentence, later))
        case Pressed() if not screen.waiting:
            return _pressed(screen, event, now)
        case _:
            return Move(screen)


def _failed(screen: Pin, sentence: str, later: float) -> PinSetup | Notice:
    if isinstance(screen, PinSetup):
        return PinSetup(later, sentence=sentence, changing=screen.changing)
    return Notice(Told.FAILED, later, sentence)


def _pressed(screen: Pin, pressed: Pressed, now: Moment) -> Move:
    later = now.monotonic + STAFF_S
    match pressed.button:
        case Button.DIGIT if _takes_digits(screen, now) and pressed.text.isdecimal():
            return Move(replace(screen, digits=screen.digits + pressed.text, problem=None, until=later))
        case Button.DELETE:
            return Move(replace(screen, digits=screen.digits[:-1], until=later))
        case Button.BACK:
            return Move(_back(screen, later))
        case Button.OK if isinstance(screen, PinSetup):
            return _chosen(screen, later)
        case Button.OK if isinstance(screen, PinEntry) and screen.digits:
            return Move(PinEntry(later, waiting=True), (CheckPin(screen.digits),))
        case _:
            return Move(screen)


def _back(screen: Pin, later: float) -> PinSetup | StaffMenu | Attract:
    if isinstance(screen, PinEntry):
        return Attract()
    return StaffMenu(later) if screen.changing else PinSetup()


def _takes_digits(screen: Pin, now: Moment) -> bool:
    locked = isinstance(screen, PinEntry) and now.monotonic < screen.locked_until
    return not locked and len(screen.digits) < PIN_LONGEST


def _chosen(screen: PinSetup, later: float) -> Move:
    empty = PinSetup(later, changing=screen.changing)
    if len(screen.digits) < PIN_SHORTEST:
        return Move(replace(empty, chosen=screen.chosen, problem=PinProblem.TOO_SHORT))
    if not screen.chosen:
        return Move(replace(empty, chosen=screen.digits))
    if screen.digits != screen.chosen:
        return Move(replace(empty, problem=PinProblem.DIFFERENT))
    intent = ChangePin(screen.digits) if screen.changing else SetPin(screen.digits)
    return Move(replace(empty, waiting=True), (intent,))
