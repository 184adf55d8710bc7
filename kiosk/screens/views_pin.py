"""What the PIN pad looks like: dots for digits, a countdown where another try has to wait."""

import math

from kiosk.screens import words
from kiosk.screens.events import Button
from kiosk.screens.states import PIN_SHORTEST, Moment, Pin, PinEntry, PinSetup
from kiosk.screens.view import Page, Symbol, Tone, Touchable, View, turn_at


def view_of(screen: Pin, now: Moment) -> View:
    """The view of a PIN screen."""
    return _setup(screen, now) if isinstance(screen, PinSetup) else _entry(screen, now)


def _setup(screen: PinSetup, now: Moment) -> View:
    first = words.PIN_CHANGE if screen.changing else words.PIN_CHOOSE
    said = words.PIN_AGAIN if screen.chosen else first
    return View(
        Page.PIN,
        title=said.title,
        text=words.PIN_BUSY if screen.waiting else said.text,
        hint=_problem(screen),
        tone=Tone.STOP if _problem(screen) else Tone.CALM,
        symbol=Symbol.LOCK,
        buttons=_pad(
            not screen.waiting,
            bool(screen.digits),
            leave=bool(screen.chosen) or (screen.changing and not screen.waiting),
        ),
        count=len(screen.digits),
        turn=turn_at(now.monotonic) if screen.waiting else 0.0,
    )


def _entry(screen: PinEntry, now: Moment) -> View:
    wait_s = math.ceil(max(0.0, screen.locked_until - now.monotonic))
    return View(
        Page.PIN,
        title=words.PIN_ENTER.title,
        text=words.PIN_BUSY if screen.waiting else words.PIN_ENTER.text,
        hint=words.pin_wait(wait_s) if wait_s else _problem(screen),
        tone=Tone.STOP if wait_s or screen.problem else Tone.CALM,
        symbol=Symbol.LOCK,
        buttons=_pad(not screen.waiting and not wait_s, bool(screen.digits), leave=not screen.waiting),
        count=len(screen.digits),
        turn=turn_at(now.monotonic) if screen.waiting else 0.0,
    )


def _problem(screen: Pin) -> str:
    if isinstance(screen, PinSetup) and screen.sentence:
        return screen.sentence
    return words.PIN_PROBLEMS[screen.problem].format(shortest=PIN_SHORTEST) if screen.problem else ""


def _pad(open_: bool, typed: bool, *, leave: bool) -> tuple[Touchable, ...]:
    digits = tuple(Touchable(Button.DIGIT, digit, digit, enabled=open_) for digit in "1234567890")
    delete = Touchable(Button.DELETE, "", enabled=open_ and typed, symbol=Symbol.DELETE)
    done = Touchable(Button.OK, "OK", enabled=open_ and typed)
    back = (Touchable(Button.BACK, "Back", symbol=Symbol.BACK),) if leave else ()
    return (*digits, delete, done, *back)
