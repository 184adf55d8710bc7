"""The one pure function that the screens are: `advance(state, event, now)` gives the next state and the intents.

Visitors, the PIN, the staff's office and enrolment each answer for their own screens in flow_*.py;
deadlines and the failsafe are dealt with here, for all of them.
"""

from dataclasses import dataclass, replace
from typing import assert_never

from kiosk.screens import flow_central, flow_enrolment, flow_office, flow_pin, flow_trust, flow_visitors
from kiosk.screens.events import Button, Decided, Event, PartDown, PartName, PartUp, Pressed, Tick
from kiosk.screens.intents import Attention, Intent
from kiosk.screens.moves import Move
from kiosk.screens.states import (
    PASSING,
    STAFF_S,
    AskConsent,
    Attract,
    AwaitFace,
    Capture,
    Checking,
    ConfirmRemove,
    DuplicateWarning,
    Looking,
    Moment,
    NameEntry,
    Notice,
    OutOfOrder,
    PeopleList,
    PersonPage,
    PinEntry,
    PinSetup,
    Result,
    Review,
    Screen,
    ShowPass,
    StaffMenu,
    State,
    Told,
    Trouble,
    Waiting,
    WithoutFace,
)
from kiosk.screens.states_central import CentralPage
from kiosk.screens.states_reading import ReadNotice
from kiosk.screens.states_trust import ConfirmDisown, ConfirmLooser, Corrected, LevelsPage, VisitList, VisitPage

__all__ = ["Moment", "State", "Step", "advance", "attention_of", "first_state"]


@dataclass(frozen=True, slots=True)
class Step:
    """The next state, and what the screens ask for; each intent is given once."""

    state: State
    intents: tuple[Intent, ...] = ()


def first_state(has_pin: bool) -> State:
    """Where the screens start: without a staff PIN, by having one chosen."""
    return State(Attract() if has_pin else PinSetup())


def advance(state: State, event: Event, now: Moment) -> Step:
    """The next state after that event. Events that a screen has no use for change nothing."""
    troubles = _troubles(state.troubles, event)
    move = _moved(state.screen, event, now)
    return Step(State(_guarded(move.screen, troubles), troubles), move.intents)


def attention_of(state: State) -> Attention:
    """What vision should do meanwhile."""
    match state.screen:
        case WithoutFace() | Result(faceless=True):
            return Attention.CODES
        case Attract() | Looking() | Result() | AwaitFace():
            return Attention.VISITORS
        case Capture():
            return Attention.ENROLMENT
        case OutOfOrder(troubles) if any(trouble.part is PartName.STORE for trouble in troubles):
            return Attention.REST  # a decision that can be recorded all the same would never be shown
        case OutOfOrder(resume=resume):
            return attention_of(State(resume))
        case _:
            return Attention.REST


def _moved(screen: Screen, event: Event, now: Moment) -> Move:
    match event:
        case Tick():
            return _expired(screen, now)
        case PartDown() | PartUp():
            return Move(screen)
        case _:
            return _answered(screen, event, now)


def _answered(screen: Screen, event: Event, now: Moment) -> Move:
    match screen:
        case Attract() | Looking() | Result() | AwaitFace() | WithoutFace():
            return Move(flow_visitors.answer(screen, event, now))
        case PinSetup() | PinEntry():
            return flow_pin.answer(screen, event, now)
        case ReadNotice() | AskConsent() | NameEntry() | Capture() | Checking() | DuplicateWarning() | Review():
            return flow_enrolment.answer(screen, event, now)
        case StaffMenu() | Waiting() | ShowPass() | PeopleList() | PersonPage() | ConfirmRemove() | Notice():
            return flow_office.answer(screen, event, now)
        case VisitList() | VisitPage() | ConfirmDisown() | Corrected() | LevelsPage() | ConfirmLooser():
            return flow_trust.answer(screen, event, now)
        case CentralPage():
            return flow_central.answer(screen, event, now)
        case OutOfOrder():
            return Move(_out_of_order(screen, event, now))
        case _:
            assert_never(screen)


def _expired(screen: Screen, now: Moment) -> Move:
    """Home, when the screen's deadline has passed."""
    match screen:
        case Attract():
            return Move(screen)
        case OutOfOrder(resume=Capture(until=until) | WithoutFace(until=until)):
            return Move(replace(screen, resume=Attract()) if now.monotonic >= until else screen)
        case OutOfOrder():
            return Move(screen)
        case _ if now.monotonic < screen.until:
            return Move(screen)
        case PinSetup(changing=False):
            return Move(PinSetup())
        case Looking() | Result() | AwaitFace():
            return Move(flow_visitors.after(screen, now))
        case Waiting() | Checking():
            return Move(Notice(Told.NO_ANSWER, now.monotonic + STAFF_S))
        case _:
            return Move(Attract())


def _troubles(troubles: tuple[Trouble, ...], event: Event) -> tuple[Trouble, ...]:
    match event:
        case PartDown(part, lasting, fault):
            return (*(t for t in troubles if t.part is not part), Trouble(part, lasting, fault))
        case Decided():
            # A decision was recorded: whatever made vision and store slow is over, and the visitor must see it.
            return tuple(t for t in troubles if t.part is PartName.CAMERA or t.fault not in PASSING)
        case PartUp(part):
            return tuple(t for t in troubles if t.part is not part)
        case _:
            return troubles


def _guarded(screen: Screen, troubles: tuple[Trouble, ...]) -> Screen:
    """The screen itself, or the failsafe in its place when a part is missing that it can't do without."""
    wanted = screen.resume if isinstance(screen, OutOfOrder) else screen
    blocking = tuple(trouble for trouble in troubles if _needs(wanted, trouble.part))
    if not blocking:
        return wanted
    match wanted:
        case PinSetup(changing=False):
            return OutOfOrder(blocking, PinSetup())
        case Capture() | WithoutFace():
            return OutOfOrder(blocking, wanted)
        case Result(faceless=True, until=until):
            return OutOfOrder(blocking, WithoutFace(until))
        case _:
            return OutOfOrder(blocking, Attract())


def _needs(screen: Screen, part: PartName) -> bool:
    """Nothing goes without the store; what looks at people needs camera and vision too."""
    looks = Attract | Looking | Result | AwaitFace | WithoutFace | Capture
    return part is PartName.STORE or isinstance(screen, looks)


def _out_of_order(screen: OutOfOrder, event: Event, now: Moment) -> Screen:
    """Staff gets in as long as there is a store to check the PIN against."""
    has_store = all(trouble.part is not PartName.STORE for trouble in screen.troubles)
    if isinstance(event, Decided) and isinstance(screen.resume, Attract | WithoutFace):
        return flow_visitors.answer(screen.resume, event, now)
    if event == Pressed(Button.STAFF) and has_store:
        return PinEntry(until=now.monotonic + STAFF_S)
    return screen
