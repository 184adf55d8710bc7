"""The changes of one page, taken in one after another inside its transaction, and what became different by them."""

from dataclasses import dataclass, field
from datetime import datetime

from kiosk.store.told import drop_told, keep_told
from kiosk.store.told_passes import ToldPasses
from kiosk.store.told_people import Sealed, ToldPeople
from kiosk.wire.agreed import Applied
from kiosk.wire.pulled import Change, DueModel


@dataclass(slots=True)
class Taking:
    """Takes the changes of one page."""

    people: ToldPeople
    passes: ToldPasses
    at_utc: datetime
    gallery: bool = False
    rules: bool = False
    gone: list[str] = field(default_factory=list)
    model: DueModel | None = None

    def take(self, change: Change, sealed: Sealed | None) -> None:
        """One change; `sealed` is the person that it tells of, if it does."""
        self._people(change, sealed)
        self._passes(change)
        for message in (change.policy, change.model, change.notice):
            if message is not None:
                keep_told(self.people.people.db, message, self.people.generation)
        self.model = change.model or self.model
        self.rules = self.rules or change.policy is not None or change.notice is not None

    def end_reset(self) -> None:
        """What the whole reset did not name is not there any more."""
        self.gone += self.people.remove_unnamed(self.at_utc)
        self.passes.remove_unnamed()
        drop_told(self.people.people.db, self.people.generation)
        self.gallery, self.rules = self.gallery or bool(self.gone), True

    @property
    def applied(self) -> Applied:
        """What became different."""
        return Applied(self.gallery, self.rules, tuple(self.gone), self.model)

    def _people(self, change: Change, sealed: Sealed | None) -> None:
        if sealed is not None and self.people.know(sealed):
            self.gallery = self.rules = True
        if change.gone is not None:
            was_there = self.people.remove(change.gone, self.at_utc)
            self.gallery, self.rules = self.gallery or was_there, self.rules or was_there
            if was_there or change.gone.erased:  # whom a command erased may still be in the memory of a running kiosk
                self.gone.append(change.gone.id)

    def _passes(self, change: Change) -> None:
        """The gate looks at the store with each pass: nobody has to be told."""
        if change.pass_ is not None:
            self.passes.know(change.pass_)
        if change.pass_gone is not None:
            self.passes.remove(change.pass_gone)
        if change.key is not None:
            self.passes.trust(change.key, self.at_utc)
