"""The states in which staff corrects the kiosk: recent visits, 'not this person', and how sure it must be."""

from dataclasses import dataclass

from kiosk.domain.people import Person
from kiosk.domain.trust import LevelCosts, Levels
from kiosk.screens.events import RecentVisit

VISITS_PER_PAGE = 6


@dataclass(frozen=True, slots=True, eq=False)
class VisitList:
    """Who was let in by their face a short while ago, newest first; `page` counts from 0."""

    visits: tuple[RecentVisit, ...]
    until: float
    page: int = 0

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-len(self.visits) // VISITS_PER_PAGE))

    @property
    def shown(self) -> tuple[RecentVisit, ...]:
        """The visits on the present page."""
        first = self.page * VISITS_PER_PAGE
        return self.visits[first : first + VISITS_PER_PAGE]


@dataclass(frozen=True, slots=True, eq=False)
class VisitPage:
    """One visit: was it this person?"""

    visit: RecentVisit
    until: float


@dataclass(frozen=True, slots=True, eq=False)
class ConfirmDisown:
    """It was not, staff says; asked once more, since the person may be turned away by it."""

    visit: RecentVisit
    until: float


@dataclass(frozen=True, slots=True)
class Corrected:
    """That face will not match that person again; it can be undone here."""

    person: Person
    negative: str
    until: float


@dataclass(frozen=True, slots=True)
class LevelsPage:
    """The levels to choose from, with what each costs."""

    costs: LevelCosts
    until: float


@dataclass(frozen=True, slots=True)
class ConfirmLooser:
    """A looser level lets more strangers in, so it is asked for twice."""

    costs: LevelCosts
    levels: Levels
    until: float


Trusting = VisitList | VisitPage | ConfirmDisown | Corrected | LevelsPage | ConfirmLooser
