"""What visitors see."""

import math
from typing import assert_never

from kiosk.domain.verdict import Outcome, Reason
from kiosk.screens import words, words_faults
from kiosk.screens.events import Button, PartName
from kiosk.screens.states import (
    GREETING_S,
    INSTRUCTION_S,
    Attract,
    AwaitFace,
    Capture,
    Looking,
    Moment,
    OutOfOrder,
    Result,
    Sight,
    Visiting,
    Wanted,
    WithoutFace,
)
from kiosk.screens.view import Page, Symbol, Tone, Touchable, View, turn_at

STAFF = Touchable(Button.STAFF, "Staff", symbol=Symbol.LOCK)
NO_FACE = Touchable(Button.WITHOUT_FACE, "Without my face", symbol=Symbol.CODE)
WAYS = (
    Touchable(Button.WITH_FACE, "With my face", symbol=Symbol.FACE, note="Look at the camera"),
    Touchable(Button.WITHOUT_FACE, "Without my face", symbol=Symbol.CODE, note="QR pass, or ask staff"),
)

_TONES = {
    Outcome.RECOGNISED: Tone.GOOD,
    Outcome.VERIFIED: Tone.GOOD,
    Outcome.UNKNOWN: Tone.CALM,
    Outcome.UNSURE: Tone.ASK,
    Outcome.REFUSED: Tone.STOP,
}
_SYMBOLS = {
    Outcome.RECOGNISED: Symbol.TICK,
    Outcome.VERIFIED: Symbol.TICK,
    Outcome.UNKNOWN: Symbol.HELLO,
    Outcome.UNSURE: Symbol.CODE,
    Outcome.REFUSED: Symbol.CROSS,
}
# Somebody known who may not come now has done nothing wrong: no red cross for everybody around to see.
_GENTLE = {
    Reason.OUTSIDE_HOURS: Symbol.CLOCK,
    Reason.NOT_YET_VALID: Symbol.CLOCK,
    Reason.NO_LONGER_VALID: Symbol.PERSON,
    Reason.DISABLED: Symbol.PERSON,
    Reason.CLOCK_UNSURE: Symbol.CLOCK,
}


def view_of(screen: Visiting | OutOfOrder, now: Moment) -> View:
    """The view of a visitor's screen."""
    match screen:
        case Attract():
            return _attract(now)
        case Looking(sight, _, wanted):
            return _camera(sight, words.LOOKING if wanted is Wanted.FACE else words.PASS_WANTED)
        case AwaitFace(sight):
            return _camera(sight, words.PASS_ACCEPTED, Tone.GOOD)
        case Result():
            return _result(screen, now)
        case WithoutFace():
            return View(
                Page.WITHOUT_FACE,
                title=words.WITHOUT_FACE.title,
                text=words.WITHOUT_FACE.text,
                hint=words.WITHOUT_FACE.hint,
                symbol=Symbol.CODE,
                buttons=(Touchable(Button.BACK, "Back", symbol=Symbol.BACK), STAFF),
            )
        case OutOfOrder():
            return _out_of_order(screen, now)
        case _:
            assert_never(screen)


def _attract(now: Moment) -> View:
    local = now.utc.astimezone()
    return View(
        Page.ATTRACT,
        title=words.ATTRACT.title,
        text=words.ATTRACT.text,
        hint=words.ATTRACT.hint,
        symbol=Symbol.FACE,
        buttons=(STAFF, *WAYS),
        clock=f"{local:%H:%M}",
        date=f"{local:%A} {local.day} {local:%B}",
    )


def _camera(sight: Sight, said: words.Invitation, tone: Tone = Tone.CALM) -> View:
    return View(
        Page.LOOKING,
        title=said.title,
        text=said.text if sight.advice is None else words.ADVICE[sight.advice],
        hint=said.hint if sight.advice is None else "",
        tone=tone,
        symbol=Symbol.TICK if tone is Tone.GOOD else Symbol.NONE,
        buttons=(STAFF, NO_FACE),
        outline=sight.box,
        is_advice=sight.advice is not None,
        is_lamp=sight.lamp,
    )


def _result(screen: Result, now: Moment) -> View:
    decision, name = screen.decision, screen.name
    answer = words.ANSWERS[decision.reason]
    lasts_s = GREETING_S if decision.admits else INSTRUCTION_S
    wait_s = math.ceil(max(0.0, screen.again_at - now.monotonic))
    welcomed = decision.admits and decision.reason is Reason.PASS_ALONE
    title = words.WELCOME if welcomed else answer.title
    return View(
        Page.RESULT,
        title=title.format(name=name) if name else title.replace(", {name}", ""),
        text=words.wait_again(wait_s) if wait_s else answer.cause,
        hint=words.COME_IN if welcomed else answer.step,
        tone=Tone.ASK if decision.reason in _GENTLE else _TONES[decision.outcome],
        symbol=_GENTLE.get(decision.reason, _SYMBOLS[decision.outcome]),
        buttons=(STAFF,),
        progress=max(0.0, min(1.0, (screen.until - now.monotonic) / lasts_s)),
    )


def _out_of_order(screen: OutOfOrder, now: Moment) -> View:
    trouble = screen.worst
    outage = words_faults.outage(trouble.part, trouble.fault)
    has_store = all(other.part is not PartName.STORE for other in screen.troubles)
    may_enter = has_store and not isinstance(screen.resume, Capture)
    return View(
        Page.OUT_OF_ORDER,
        title=outage.title,
        text=outage.lasting if trouble.lasting else outage.trying,
        hint=outage.staff,
        tone=Tone.ASK,
        symbol=Symbol.CAMERA_OFF if trouble.part is PartName.CAMERA else Symbol.WARNING,
        buttons=(STAFF,) if may_enter else (),
        turn=0.0 if trouble.lasting else turn_at(now.monotonic),
        is_trying=not trouble.lasting,
    )
