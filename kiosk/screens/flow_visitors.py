"""The visitor's screens: somebody comes, is looked at, gets an answer, and goes.

An answer is shown only because a recorded decision arrived; nothing here decides.
"""

from dataclasses import replace

from kiosk.domain.verdict import Advice, Decision, Observation, Reason
from kiosk.screens.events import Button, Decided, Event, PassRead, Pressed, Saw
from kiosk.screens.states import (
    GREETING_S,
    INSTRUCTION_S,
    LOOKING_S,
    PASS_GRACE_S,
    PASS_LONGEST_S,
    STAFF_S,
    WITHOUT_FACE_S,
    Attract,
    AwaitFace,
    Looking,
    Moment,
    PinEntry,
    Result,
    Screen,
    Sight,
    Visiting,
    Wanted,
    WithoutFace,
)

ADVICE_S = 1.0
LEAVING_S = 15.0
_PASS_MAY_HELP = frozenset({Reason.NOBODY_SIMILAR, Reason.NOT_SURE_ENOUGH, Reason.TOO_MANY_PEOPLE, Reason.TWO_ALIKE})


def answer(screen: Visiting, event: Event, now: Moment) -> Screen:
    """The next screen after that event."""
    match event:
        case Pressed():
            return _pressed(screen, event, now)
        case Saw(observation):
            return _seen(screen, observation, now)
        case Decided(decision, name):
            return _answered(screen, decision, name, now)
        case PassRead(until) if not _is_faceless(screen):
            latest = min(until, now.monotonic + PASS_LONGEST_S)
            return AwaitFace(_sight_of(screen), latest + PASS_GRACE_S)
        case _:
            return screen


def _pressed(screen: Visiting, pressed: Pressed, now: Moment) -> Screen:
    match pressed.button:
        case Button.STAFF:
            return PinEntry(until=now.monotonic + STAFF_S)
        case Button.WITHOUT_FACE if not isinstance(screen, WithoutFace):
            return WithoutFace(now.monotonic + WITHOUT_FACE_S)
        case Button.WITH_FACE if isinstance(screen, Attract):
            return Looking(Sight(), now.monotonic + INSTRUCTION_S)
        case Button.BACK if isinstance(screen, WithoutFace):
            return Attract()
        case _:
            return screen


def _answered(screen: Visiting, decision: Decision, name: str | None, now: Moment) -> Result:
    return Result(
        decision,
        name,
        until=now.monotonic + (GREETING_S if decision.admits else INSTRUCTION_S),
        track=_track_of(screen),
        faceless=_is_faceless(screen),
        again_at=now.monotonic + decision.wait_s,
        lamp=_sight_of(screen).lamp,
    )


def after(screen: Looking | Result | AwaitFace, now: Moment) -> Screen:
    """What follows when the screen's time is over: somebody still there may try with a pass."""
    if isinstance(screen, Result) and screen.faceless:
        return WithoutFace(now.monotonic + LEAVING_S)
    if isinstance(screen, Result) and screen.track is not None and asks_for_pass(screen):
        return Looking(Sight(screen.track, lamp=screen.lamp), now.monotonic + LOOKING_S, Wanted.PASS)
    return Attract(_track_of(screen))


def asks_for_pass(result: Result) -> bool:
    """True when the next step is to hold up a QR pass."""
    return result.decision.reason in _PASS_MAY_HELP


def steady(sight: Sight, seen: Observation, now: Moment) -> Sight:
    """The newest place of the face, with the advice changed only when the last one had time to be read."""
    fresh = seen.quality.advice if seen.quality is not None else None
    lamp = sight.lamp or fresh is Advice.TURN_UP_LIGHT
    if fresh is not sight.advice and sight.advice is not None and now.monotonic < sight.advice_until:
        return Sight(seen.track, seen.box, sight.advice, sight.advice_until, lamp)
    return Sight(seen.track, seen.box, fresh, now.monotonic + ADVICE_S, lamp)


def _seen(screen: Visiting, seen: Observation, now: Moment) -> Screen:
    match screen:
        case Attract(answered):
            if seen.track is None or seen.track == answered:
                return screen
            return Looking(steady(Sight(), seen, now), now.monotonic + LOOKING_S)
        case Looking(sight, _, wanted):
            if seen.track is None:
                return replace(screen, sight=replace(sight, box=None, advice=None))
            still = wanted if seen.track == sight.track else Wanted.FACE
            return Looking(steady(sight, seen, now), max(screen.until, now.monotonic + LOOKING_S), still)
        case Result():
            return screen if seen.track is None or screen.faceless else replace(screen, track=seen.track)
        case AwaitFace(sight):
            return replace(screen, sight=steady(sight, seen, now))
        case WithoutFace():
            return screen


def _is_faceless(screen: Visiting) -> bool:
    return isinstance(screen, WithoutFace) or (isinstance(screen, Result) and screen.faceless)


def _sight_of(screen: Visiting) -> Sight:
    """What was seen of this visitor, who may have had an answer already."""
    match screen:
        case Looking(sight) | AwaitFace(sight):
            return sight
        case Result(lamp=lamp):
            return Sight(lamp=lamp)
        case _:
            return Sight()


def _track_of(screen: Visiting) -> int | None:
    match screen:
        case Attract(answered):
            return answered
        case Result(track=track):
            return track
        case Looking(sight) | AwaitFace(sight):
            return sight.track
        case WithoutFace():
            return None
