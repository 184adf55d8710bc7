"""The staff's office: the menu, who is enrolled, passes, removal, and waiting for what was asked for."""

from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from kiosk.screens.events import (
    Button,
    Disowned,
    Enrolled,
    Erased,
    Event,
    Failed,
    LevelsListed,
    PassCarried,
    PassIssued,
    PeopleListed,
    Pressed,
    Readmitted,
    StandingSeen,
    VisitsListed,
)
from kiosk.screens.flow_trust import list_visits
from kiosk.screens.intents import Erase, IssuePass, ListLevels, ListPeople, LookAtCentral
from kiosk.screens.moves import Move
from kiosk.screens.states import (
    ANSWER_S,
    CONSENT_S,
    SHOW_PASS_S,
    STAFF_S,
    AskConsent,
    Attract,
    ConfirmRemove,
    Moment,
    Notice,
    Office,
    PeopleList,
    PersonPage,
    PinSetup,
    Screen,
    ShowPass,
    StaffMenu,
    Task,
    Told,
    Waiting,
)
from kiosk.screens.states_central import CentralPage
from kiosk.screens.states_reading import ReadNotice
from kiosk.screens.states_trust import Corrected, LevelsPage, VisitList


def answer(screen: Office, event: Event, now: Moment) -> Move:
    """What that event does to a screen of the office."""
    match event:
        case Pressed():
            return _pressed(screen, event, now)
        case _ if isinstance(screen, Waiting):
            return Move(_replied(screen, event, now))
        case _:
            return Move(screen)


def _replied(screen: Waiting, event: Event, now: Moment) -> Screen:
    later = now.monotonic + STAFF_S
    match screen.task, event:
        case Task.SAVE, Enrolled() as made:
            return _shown(screen, made, now)
        case Task.PASS, (PassIssued() | PassCarried()) as made:
            return _shown(screen, made, now)
        case Task.LIST, PeopleListed(people):
            return PeopleList(people, later)
        case _, VisitsListed() | Disowned() | Readmitted() | LevelsListed() | StandingSeen():
            return _corrected(screen, event, later)
        case Task.ERASE, Erased():
            return Notice(Told.REMOVED, later)
        case _, Failed(sentence):
            return Notice(Told.FAILED, later, sentence)
        case _:
            return screen


def _shown(screen: Waiting, event: Enrolled | PassIssued | PassCarried, now: Moment) -> ShowPass:
    return ShowPass(
        None if isinstance(event, PassCarried) else event.person,
        event.pass_text,
        expires_utc=now.utc + timedelta(hours=event.valid_hours),
        until=now.monotonic + SHOW_PASS_S,
        enrolled=isinstance(event, Enrolled),
        single_use=screen.single_use,
    )


def _corrected(screen: Waiting, event: Event, later: float) -> Screen:
    match screen.task, event:
        case Task.VISITS, VisitsListed(visits):
            return VisitList(visits, later)
        case Task.CORRECT, Disowned(person, negative):
            return Corrected(person, negative, later)
        case Task.UNDO, Readmitted():
            return Notice(Told.RESTORED, later)
        case Task.LEVELS, LevelsListed(costs):
            return LevelsPage(costs, later)
        case Task.CENTRAL, StandingSeen(standing):
            return CentralPage(standing, later)
        case _:
            return screen


def _pressed(screen: Office, pressed: Pressed, now: Moment) -> Move:
    match screen:
        case StaffMenu():
            return _menu(screen, pressed, now)
        case PeopleList():
            return Move(_people(screen, pressed, now))
        case PersonPage():
            return _person(screen, pressed, now)
        case ConfirmRemove():
            return _confirm(screen, pressed, now)
        case ShowPass() | Notice():
            closed = pressed.button is Button.OK
            return Move(StaffMenu(now.monotonic + STAFF_S) if closed else screen)
        case Waiting():
            return Move(screen)
        case _:
            assert_never(screen)


def _menu(screen: StaffMenu, pressed: Pressed, now: Moment) -> Move:
    match pressed.button:
        case Button.ENROL:
            until = now.monotonic + CONSENT_S
            return Move(AskConsent(until) if now.notice is None else ReadNotice(now.notice, until))
        case Button.PEOPLE:
            return _list(now)
        case Button.RECENT:
            return list_visits(now)
        case Button.STRICTNESS:
            return Move(Waiting(Task.LEVELS, now.monotonic + ANSWER_S), (ListLevels(),))
        case Button.CENTRAL:
            return Move(Waiting(Task.CENTRAL, now.monotonic + ANSWER_S), (LookAtCentral(),))
        case Button.CHANGE_PIN:
            return Move(PinSetup(now.monotonic + STAFF_S, changing=True))
        case Button.LEAVE:
            return Move(Attract())
        case _:
            return Move(screen)


def _list(now: Moment) -> Move:
    return Move(Waiting(Task.LIST, now.monotonic + ANSWER_S), (ListPeople(),))


def _people(screen: PeopleList, pressed: Pressed, now: Moment) -> Screen:
    later = now.monotonic + STAFF_S
    match pressed.button:
        case Button.PERSON:
            found = next((person for person in screen.people if person.id == pressed.text), None)
            return screen if found is None else PersonPage(found, later)
        case Button.NEXT_PAGE:
            return replace(screen, page=min(screen.page + 1, screen.pages - 1), until=later)
        case Button.PREVIOUS_PAGE:
            return replace(screen, page=max(screen.page - 1, 0), until=later)
        case Button.BACK:
            return StaffMenu(later)
        case _:
            return screen


def _person(screen: PersonPage, pressed: Pressed, now: Moment) -> Move:
    match pressed.button:
        case Button.NEW_PASS | Button.SINGLE_USE:
            once = pressed.button is Button.SINGLE_USE
            return Move(Waiting(Task.PASS, now.monotonic + ANSWER_S, once), (IssuePass(screen.person.id, once),))
        case Button.REMOVE:
            return Move(ConfirmRemove(screen.person, now.monotonic + STAFF_S))
        case Button.BACK:
            return _list(now)
        case _:
            return Move(screen)


def _confirm(screen: ConfirmRemove, pressed: Pressed, now: Moment) -> Move:
    match pressed.button:
        case Button.CONFIRM_REMOVE:
            return Move(Waiting(Task.ERASE, now.monotonic + ANSWER_S), (Erase(screen.person.id),))
        case Button.CANCEL:
            return Move(PersonPage(screen.person, now.monotonic + STAFF_S))
        case _:
            return Move(screen)
