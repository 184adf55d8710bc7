"""What each state looks like: `view_of(state, now)` is pure; a PIN's digits never become part of a View."""

from typing import assert_never

from kiosk.screens import views_central, views_enrolment, views_office, views_pin, views_trust, views_visitors
from kiosk.screens.states import (
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
    ShowPass,
    StaffMenu,
    State,
    Waiting,
    WithoutFace,
)
from kiosk.screens.states_central import CentralPage
from kiosk.screens.states_reading import ReadNotice
from kiosk.screens.states_trust import ConfirmDisown, ConfirmLooser, Corrected, LevelsPage, VisitList, VisitPage
from kiosk.screens.view import View

__all__ = ["View", "view_of"]


def view_of(state: State, now: Moment) -> View:
    """What to draw for that state at that moment."""
    screen = state.screen
    match screen:
        case Attract() | Looking() | Result() | AwaitFace() | WithoutFace() | OutOfOrder():
            return views_visitors.view_of(screen, now)
        case PinSetup() | PinEntry():
            return views_pin.view_of(screen, now)
        case ReadNotice() | AskConsent() | NameEntry() | Capture() | Checking() | DuplicateWarning() | Review():
            return views_enrolment.view_of(screen, now)
        case StaffMenu() | Waiting() | ShowPass() | PeopleList() | PersonPage() | ConfirmRemove() | Notice():
            return views_office.view_of(screen, now)
        case VisitList() | VisitPage() | ConfirmDisown() | Corrected() | LevelsPage() | ConfirmLooser():
            return views_trust.view_of(screen)
        case CentralPage():
            return views_central.view_of(screen, now)
        case _:
            assert_never(screen)
