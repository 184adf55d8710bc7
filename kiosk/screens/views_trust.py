"""What staff sees when it corrects the kiosk: recent visits, and how sure it must be."""

from collections.abc import Sequence
from typing import assert_never

from kiosk.domain.trust import Cost, Strictness
from kiosk.screens import words
from kiosk.screens.events import Button
from kiosk.screens.states_trust import (
    ConfirmDisown,
    ConfirmLooser,
    Corrected,
    LevelsPage,
    Trusting,
    VisitList,
    VisitPage,
)
from kiosk.screens.view import Page, Symbol, Tone, Touchable, View

BACK = Touchable(Button.BACK, "Back", symbol=Symbol.BACK)


def view_of(screen: Trusting) -> View:
    """The view of one of these screens."""
    match screen:
        case VisitList():
            return _visits(screen)
        case VisitPage() | ConfirmDisown() | Corrected():
            return _visit(screen)
        case LevelsPage():
            return _levels(screen)
        case ConfirmLooser(costs, levels):
            return View(
                Page.QUESTION,
                title=words.LOOSER.title,
                text=words.loosened(costs.chosen, levels),
                hint=words.LOOSER.hint,
                tone=Tone.ASK,
                symbol=Symbol.SHIELD,
                buttons=(Touchable(Button.CANCEL, "Leave as it is"), Touchable(Button.CONFIRM_LEVEL, "Yes, looser")),
            )
        case _:
            assert_never(screen)


def _visits(screen: VisitList) -> View:
    visits = tuple(
        Touchable(
            Button.VISIT,
            visit.person.name,
            visit.decision,
            symbol=Symbol.PERSON,
            note=f"{visit.at_utc.astimezone():%H:%M:%S}",
            chip=visit.chip,
        )
        for visit in screen.shown
    )
    turns = (
        Touchable(Button.PREVIOUS_PAGE, "", enabled=screen.page > 0, symbol=Symbol.BACK),
        Touchable(Button.NEXT_PAGE, "", enabled=screen.page < screen.pages - 1, symbol=Symbol.NEXT),
    )
    return View(
        Page.VISITS,
        title=words.VISITS.title,
        text="" if screen.visits else words.VISITS.text,
        hint=f"{screen.page + 1} / {screen.pages}" if screen.pages > 1 else "",
        buttons=(*visits, BACK, *(turns if screen.pages > 1 else ())),
    )


def _visit(screen: VisitPage | ConfirmDisown | Corrected) -> View:
    match screen:
        case VisitPage(visit):
            return View(
                Page.REVIEW,
                title=words.VISIT.title.format(name=visit.person.name),
                text=f"{visit.at_utc.astimezone():%H:%M:%S}",
                hint=words.VISIT.hint,
                buttons=(Touchable(Button.NOT_THEM, "Not this person"), Touchable(Button.BACK, "Yes, it was")),
                chip=visit.chip,
            )
        case ConfirmDisown(visit):
            return View(
                Page.QUESTION,
                title=words.DISOWN.title.format(name=visit.person.name),
                text=words.DISOWN.text,
                hint=words.DISOWN.hint,
                tone=Tone.ASK,
                symbol=Symbol.QUESTION,
                buttons=(Touchable(Button.CANCEL, "Go back"), Touchable(Button.CONFIRM_NOT_THEM, "It was not")),
            )
        case Corrected(person):
            return View(
                Page.NOTICE,
                title=words.CORRECTED.title,
                text=words.CORRECTED.text.format(name=person.name),
                tone=Tone.GOOD,
                symbol=Symbol.TICK,
                buttons=(Touchable(Button.UNDO, "Undo"), Touchable(Button.OK, "Done")),
            )


def _levels(screen: LevelsPage) -> View:
    costs = screen.costs
    return View(
        Page.LEVELS,
        title=words.LEVELS.title,
        text=words.LEVELS.text,
        hint=words.LEVELS.hint,
        caption=words.LEVELS_DECREED if costs.decreed else words.counted_from(costs),
        buttons=(
            BACK,
            *_choices(Button.SEARCH_LEVEL, costs.search, costs.chosen.search, enabled=not costs.decreed),
            *_choices(Button.CLAIM_LEVEL, costs.claim, costs.chosen.claim, enabled=not costs.decreed),
        ),
    )


def _choices(button: Button, costs: Sequence[Cost], chosen: Strictness, *, enabled: bool) -> tuple[Touchable, ...]:
    return tuple(
        Touchable(
            button,
            words.level(cost.strictness),
            cost.strictness.value,
            enabled,
            symbol=Symbol.TICK if cost.strictness is chosen else Symbol.NONE,
            points=words.cost_points(cost),
            is_chosen=cost.strictness is chosen,
        )
        for cost in costs
    )
