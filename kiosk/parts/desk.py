"""The staff desk: what staff may do to one store, from the screens or from the command line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from kiosk.domain.access import Doors
from kiosk.domain.errors import NotFound, Refused
from kiosk.domain.people import Consent, NewPerson, Pass, PassClaims, Person
from kiosk.domain.ports import Clock
from kiosk.domain.sight import Embedding
from kiosk.domain.site import SiteRules
from kiosk.domain.trust import LevelCosts, Levels
from kiosk.domain.verdict import Sample
from kiosk.identity.calibration import Options as IdentityOptions
from kiosk.identity.calibration import levels_of, with_levels
from kiosk.identity.costs import Tables, level_costs
from kiosk.identity.enrolment import best_chip, fuse, likeness
from kiosk.identity.gallery import Gallery
from kiosk.parts.decrees import site_rules
from kiosk.parts.recents import Recent
from kiosk.passes import token
from kiosk.screens.events import Alike, Disowned, Likeness, PinAccepted, PinWrong, RecentVisit
from kiosk.store import Store
from kiosk.vision.manifest import EmbeddingModel

MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the desk goes by: the embedding model, the identity settings, the site, how long passes last and for how
    many visits, and whether the small picture of somebody enrolled is kept.
    """

    model: EmbeddingModel
    identity: IdentityOptions
    site: str
    valid_hours: int
    single_use: bool = False
    keep_pictures: bool = True

    @property
    def tables(self) -> Tables:
        """What was measured of the model, for a picture against a template."""
        return Tables(self.model.gallery_table, self.model.miss_table)


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

    def adopt(self, model: EmbeddingModel) -> None:
        """Go by that embedding model from now on."""
        self.rules = replace(self.rules, model=model)

    @property
    def valid_hours(self) -> int:
        """For how long a pass issued here is valid."""
        return self.rules.valid_hours

    def set_pin(self, pin: str) -> PinAccepted:
        """Keep the first staff PIN. Raises Refused when there is one already, or it is too short."""
        self.store.staff.set_pin(pin)
        return PinAccepted()

    def change_pin(self, pin: str) -> PinAccepted:
        """Keep another staff PIN from now on; for somebody who has entered the old one. Raises Refused."""
        self.store.staff.change_pin(pin)
        return PinAccepted()

    def check_pin(self, pin: str) -> PinAccepted | PinWrong:
        """Whether that is the staff PIN, and how long to wait after a wrong one."""
        wait_s = self.store.staff.try_pin(pin)
        return PinAccepted() if wait_s is None else PinWrong(wait_s)

    def gallery(self) -> Gallery:
        """A new snapshot of everybody's templates, and of the faces that staff said are not them."""
        people, model = self.store.people, self.rules.model
        templates = people.templates(model.name, model.dimension)
        return Gallery.from_templates(templates, model.name, people.negatives(model.name))

    def doors(self) -> Doors:
        """Who may come when, as central decided for this site."""
        policy = self.store.inbox.policy()
        return Doors(self.store.people.access(), windows_apply=policy is None or policy.windows_apply)

    def levels(self) -> Levels:
        """How sure the kiosk must be: as central decided, else as staff chose on the screen, else as set."""
        return self.site().levels or self.store.policy.levels() or levels_of(self.rules.identity)

    def site(self) -> SiteRules:
        """What central decided for this site."""
        return site_rules(self.store.inbox.policy(), self.store.inbox.notices())

    def choose(self, levels: Levels) -> None:
        """From now on, be this sure. Raises Refused where central decides that."""
        if self.site().levels is not None:
            raise Refused("central decides for the whole site how sure to be; ask for a change there")
        self.store.policy.choose(levels, self.clock.utc())

    def level_costs(self) -> LevelCosts:
        """What each level costs with this gallery and the traffic of the last month."""
        traffic = self.store.journal.traffic(self.clock.utc() - MONTH)
        costs = level_costs(self.rules.tables, self._identity(), self.gallery().size, traffic)
        return replace(costs, decreed=self.site().levels is not None)

    def fused(self, samples: Sequence[Sample]) -> Embedding:
        """One template from several good frames. Raises Refused when they are not of one face, or of another model."""
        if any(sample.embedding.model != self.rules.model.name for sample in samples):
            raise Refused("the kiosk got another model meanwhile; nothing was stored, please take the pictures again")
        return fuse(samples, self.rules.model.score_table, self.rules.identity)

    def likeness(self, samples: Sequence[Sample]) -> Likeness | None:
        """Whom of the people enrolled these samples look like, if anybody, with their picture where one is kept."""
        found = likeness(self.gallery(), self.fused(samples), self.rules.model.gallery_table, self._identity())
        if found is None:
            return None
        people = self.store.people
        alike = Alike.DUPLICATE if found.is_duplicate else Alike.LOOKALIKE
        return Likeness(people.find(found.person), alike, people.chip_of(found.person))

    def enrol_from(
        self, name: str, consent: Consent, samples: Sequence[Sample], *, keep_picture: bool = True
    ) -> Person:
        """Store somebody new from the frames that were captured. Raises Refused, BadInput.

        A picture is kept where settings, site and the person all agree.
        """
        keeps = keep_picture and self.rules.keep_pictures and self.site().keep_pictures
        chip = best_chip(samples) if keeps else None
        return self.enrol(NewPerson(name, consent, (self.fused(samples),), len(samples), chip))

    def enrol(self, new: NewPerson) -> Person:
        """Store somebody new, with their consent."""
        if not new.name.strip():
            raise Refused("a name is needed to enrol somebody; enter one")
        return self.store.people.enrol(new, self.clock.utc())

    def issue(self, person: Person, hours: float | None = None, *, single_use: bool = False) -> str:
        """The text of a new pass for that person, remembered before it is shown."""
        now = self.clock.utc()
        claims = self._claims(person.id, now, hours, single_use)
        self.store.passes.keep(
            Pass(claims.pass_id, person.id, claims.site, now, claims.expires_utc, single_use=claims.single_use)
        )
        return token.issue(claims, self.store.secrets.pass_key())

    def carry(
        self, consent: Consent, template: Embedding, hours: float | None = None, *, single_use: bool = False
    ) -> str:
        """The text of a pass that carries that template. Nothing of its bearer is kept."""
        now = self.clock.utc()
        claims = replace(self._claims("", now, hours, single_use), template=template, consent=consent)
        text = token.issue(claims, self.store.secrets.pass_key())
        self.store.journal.note("pass-carried", now)
        return text

    def visits(self, recents: Sequence[Recent]) -> tuple[RecentVisit, ...]:
        """Those recent visits whose people are still enrolled."""
        found = {person.id: person for person in self.everybody()}
        return tuple(
            RecentVisit(recent.decision, found[recent.person], recent.at_utc, recent.probe.chip)
            for recent in recents
            if recent.person in found
        )

    def disown(self, decision: str, recents: Sequence[Recent]) -> Disowned:
        """The face of that recent visit never matches its person again. Raises NotFound when it is too long ago."""
        recent = next((one for one in recents if one.decision == decision), None)
        if recent is None:
            raise NotFound("that visit is too long ago: its face was forgotten; nothing was changed")
        negative = self.store.people.disown(recent.person, recent.probe.embedding, self.clock.utc())
        return Disowned(self.person(recent.person), negative.id)

    def readmit(self, negative: str) -> None:
        """Take `disown` back. Raises NotFound."""
        self.store.people.readmit(negative, self.clock.utc())

    def person(self, who: str) -> Person:
        """The person of that id. Raises NotFound."""
        return self.store.people.find(who)

    def everybody(self) -> tuple[Person, ...]:
        """All people, in order of enrolment."""
        return tuple(self.store.people.everybody())

    def erase(self, who: str) -> None:
        """Remove a person with name, templates, picture and passes. Raises NotFound."""
        self.store.people.erase(who, self.clock.utc())

    def _identity(self) -> IdentityOptions:
        return with_levels(self.rules.identity, self.levels())

    def _claims(self, person: str, now: datetime, hours: float | None, single_use: bool) -> PassClaims:
        until = now + timedelta(hours=self.rules.valid_hours if hours is None else hours)
        once = single_use or self.rules.single_use
        return PassClaims(self.new_id(), person, self._site(), now, until, once)

    def _site(self) -> str:
        """The site that passes name: the one of the fleet's that this kiosk is at, else the one that is set."""
        return next(iter(self.store.membership.sites()), self.rules.site)
