"""The staff desk: what staff may do to one store, from the screens or from the command line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Self

from kiosk.domain.errors import Refused
from kiosk.domain.people import NewPerson, Pass, PassClaims, Person
from kiosk.domain.ports import Clock
from kiosk.domain.scores import ScoreTable
from kiosk.domain.sight import Embedding
from kiosk.domain.verdict import Sample
from kiosk.identity.calibration import Options as IdentityOptions
from kiosk.identity.enrolment import fuse, lookalike
from kiosk.identity.gallery import Gallery
from kiosk.passes import token
from kiosk.screens.events import PinAccepted, PinWrong
from kiosk.store import Store


@dataclass(frozen=True, slots=True)
class Rules:
    """What the desk goes by: the embedding model and its two score tables, the site, and how long passes last."""

    model: str
    pictures: ScoreTable
    gallery: ScoreTable
    identity: IdentityOptions
    site: str
    valid_hours: int


@dataclass(slots=True)
class Desk:
    """Opens the store by `with` and uses it on one thread. Every act is durable before it returns."""

    store: Store
    rules: Rules
    clock: Clock
    new_id: Callable[[], str]

    def __enter__(self) -> Self:
        self.store.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.store.__exit__(kind, error, trace)

    @property
    def valid_hours(self) -> int:
        """For how long a pass issued here is valid."""
        return self.rules.valid_hours

    def set_pin(self, pin: str) -> PinAccepted:
        """Keep the first staff PIN. Raises Refused when there is one already, or it is too short."""
        self.store.staff.set_pin(pin)
        self.store.journal.note("pin-set", self.clock.utc())
        return PinAccepted()

    def check_pin(self, pin: str) -> PinAccepted | PinWrong:
        """Whether that is the staff PIN, and how long to wait after a wrong one."""
        wait_s = self.store.staff.try_pin(pin)
        return PinAccepted() if wait_s is None else PinWrong(wait_s)

    def gallery(self) -> Gallery:
        """A new snapshot of everybody's templates."""
        return Gallery.from_templates(self.store.people.templates(self.rules.model), self.rules.model)

    def fused(self, samples: Sequence[Sample]) -> Embedding:
        """One template from several good frames. Raises Refused when they are not of one face."""
        return fuse(samples, self.rules.pictures, self.rules.identity)

    def lookalike(self, samples: Sequence[Sample]) -> Person | None:
        """Whom of the people enrolled these samples look like, if anybody."""
        match = lookalike(self.gallery(), self.fused(samples), self.rules.gallery, self.rules.identity)
        return None if match is None else self.store.people.find(match.person)

    def enrol(self, new: NewPerson) -> Person:
        """Store somebody new, with their consent."""
        if not new.name.strip():
            raise Refused("a name is needed to enrol somebody; enter one")
        now = self.clock.utc()
        person = self.store.people.enrol(new, now)
        self.store.journal.note("enrolled", now, person.id)
        return person

    def issue(self, person: Person, hours: float | None = None) -> str:
        """The text of a new pass for that person, remembered before it is shown."""
        now = self.clock.utc()
        until = now + timedelta(hours=self.rules.valid_hours if hours is None else hours)
        issued = Pass(self.new_id(), person.id, self.rules.site, now, until)
        self.store.passes.keep(issued)
        self.store.journal.note("pass-issued", now, person.id)
        claims = PassClaims(issued.id, issued.person, issued.site, now, until)
        return token.issue(claims, self.store.secrets.pass_key())

    def person(self, who: str) -> Person:
        """The person of that id. Raises NotFound."""
        return self.store.people.find(who)

    def everybody(self) -> tuple[Person, ...]:
        """All people, in order of enrolment."""
        return tuple(self.store.people.everybody())

    def erase(self, who: str) -> None:
        """Remove a person with name, templates and passes. Raises NotFound."""
        now = self.clock.utc()
        self.store.people.erase(who, now)
        self.store.journal.note("erased", now, who)
