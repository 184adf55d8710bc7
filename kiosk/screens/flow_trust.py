"""Staff corrects the kiosk: 'not this person' about a recent visit, and how sure it must be."""

from dataclasses import replace
from typing import assert_never

from kiosk.domain.trust import Levels, Strictness
from kiosk.screens.events import Button, Event, Pressed
from kiosk.screens.intents import ChooseLevels, Disown, ListVisits, Readmit
from kiosk.screens.moves import Move
from kiosk.screens.states import ANSWER_S, STAFF_S, Moment, StaffMenu, Task, Waiting
from kiosk.screens.states_trust import (
    ConfirmDisown,
    ConfirmLooser,
    Corrected,
    LevelsPage,
    Trusting,
    VisitList,
    VisitPage,
)

_ORDER = tuple(Strictness)


def answer(screen: Trusting, event: Event, now: Moment) -> Move:
    """What that event does to one of these screens."""
    if not isinstance(event, Pressed):
        return Move(screen)
    match screen:
        case VisitList():
            return _visits(screen, event, now)
        case VisitPage() | ConfirmDisown() | Corrected():
            return _visit(screen, event, now)
        case LevelsPage() | ConfirmLooser():
            return _levels(screen, event, now)
        case _:
            assert_never(screen)


def list_visits(now: Moment) -> Move:
    """Ask for the recent visits."""
    return Move(Waiting(Task.VISITS, now.monotonic + ANSWER_S), (ListVisits(),))


def _menu(now: Moment) -> Move:
    return Move(StaffMenu(now.monotonic + STAFF_S))


def _visits(screen: VisitList, pressed: Pressed, now: Moment) -> Move:
    later = now.monotonic + STAFF_S
    match pressed.button:
        case Button.VISIT:
            found = next((visit for visit in screen.visits if visit.decision == pressed.text), None)
            return Move(screen if found is None else VisitPage(found, later))
        case Button.NEXT_PAGE:
            return Move(replace(screen, page=min(screen.page + 1, screen.pages - 1), until=later))
        case Button.PREVIOUS_PAGE:
            return Move(replace(screen, page=max(screen.page - 1, 0), until=later))
        case Button.BACK:
            return _menu(now)
        case _:
            return Move(screen)


def _visit(screen: VisitPage | ConfirmDisown | Corrected, pressed: Pressed, now: Moment) -> Move:
    later, patience = now.monotonic + STAFF_S, now.monotonic + ANSWER_S
    match screen, pressed.button:
        case VisitPage(visit), Button.NOT_THEM:
            return Move(ConfirmDisown(visit, later))
        case VisitPage(), Button.BACK:
            return list_visits(now)
        case ConfirmDisown(visit), Button.CONFIRM_NOT_THEM:
            return Move(Waiting(Task.CORRECT, patience), (Disown(visit.decision),))
        case ConfirmDisown(visit), Button.CANCEL:
            return Move(VisitPage(visit, later))
        case Corrected(_, negative), Button.UNDO:
            return Move(Waiting(Task.UNDO, patience), (Readmit(negative),))
        case Corrected(), Button.OK:
            return _menu(now)
        case _:
            return Move(screen)


def _levels(screen: LevelsPage | ConfirmLooser, pressed: Pressed, now: Moment) -> Move:
    match screen, pressed.button:
        case LevelsPage(), Button.BACK:
            return _menu(now)
        case LevelsPage(costs), Button.SEARCH_LEVEL | Button.CLAIM_LEVEL if not costs.decreed:
            return _chosen(screen, pressed, now)
        case ConfirmLooser(_, levels), Button.CONFIRM_LEVEL:
            return _choose(levels, now)
        case ConfirmLooser(costs), Button.CANCEL:
            return Move(LevelsPage(costs, now.monotonic + STAFF_S))
        case _:
            return Move(screen)


def _chosen(screen: LevelsPage, pressed: Pressed, now: Moment) -> Move:
    wanted = next((level for level in _ORDER if level.value == pressed.text), None)
    if wanted is None:
        return Move(screen)
    of_search = pressed.button is Button.SEARCH_LEVEL
    present = screen.costs.chosen
    levels = replace(present, search=wanted) if of_search else replace(present, claim=wanted)
    was = present.search if of_search else present.claim
    if wanted is was:
        return Move(replace(screen, until=now.monotonic + STAFF_S))
    if _ORDER.index(wanted) < _ORDER.index(was):
        return Move(ConfirmLooser(screen.costs, levels, now.monotonic + STAFF_S))
    return _choose(levels, now)


def _choose(levels: Levels, now: Moment) -> Move:
    return Move(Waiting(Task.LEVELS, now.monotonic + ANSWER_S), (ChooseLevels(levels),))
