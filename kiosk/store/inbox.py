"""What central told this kiosk: each page is applied whole, in one transaction with the cursor after it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlite_utils import Database

from kiosk.store.database import in_our_words, transaction
from kiosk.store.erasing import hand_in_receipts
from kiosk.store.outgoing import is_paired
from kiosk.store.people import StoredPeople
from kiosk.store.secrets import Secrets
from kiosk.store.state import State
from kiosk.store.told import keep_told, told_model, told_notices, told_policy
from kiosk.store.told_passes import ToldPasses
from kiosk.store.told_people import ToldPeople
from kiosk.wire.agreed import Applied
from kiosk.wire.pulled import Change, DueModel, Notice, Page, SitePolicy


@dataclass(slots=True)
class _Tally:
    """What a page changed so far."""

    gallery: bool = False
    rules: bool = False
    gone: list[str] = field(default_factory=list)
    model: DueModel | None = None
    leaves: bool = False


@dataclass(frozen=True, slots=True)
class StoredInbox:
    """The inbox of one store; one thread uses it."""

    people: StoredPeople
    secrets: Secrets
    state: State

    @property
    def _db(self) -> Database:
        return self.people.db

    def cursor(self) -> str:
        """Where the feed is to go on; "" for the beginning."""
        with in_our_words():
            return self.state.get("cursor") or ""

    def apply(self, page: Page, after: str, at_utc: datetime) -> Applied:
        """The whole page and its cursor in one transaction, durable on return; `after` is what was asked for.

        What was erased is gone from the database's file and log before this returns, or its receipt is not yet in the
        outbox. A page for a cursor that is not ours any more, or for a kiosk that left, changes nothing.
        """
        tally = _Tally()
        with transaction(self._db):
            if (self.state.get("cursor") or "") != after or not is_paired(self._db):
                return Applied(stale=True)
            self._take(page, after, at_utc, tally)
        if tally.leaves:
            hand_in_receipts(self.people)
        elif tally.gone:
            self.people.tidy()
        return Applied(tally.gallery, tally.rules, tuple(tally.gone), tally.model)

    def policy(self) -> SitePolicy | None:
        """What central says the kiosk keeps to; None where it said nothing. Raises StoreDamaged."""
        return told_policy(self._db)

    def due_model(self) -> DueModel | None:
        """The model that is to run; None where central named none. Raises StoreDamaged."""
        return told_model(self._db)

    def notices(self) -> Mapping[str, Notice]:
        """The privacy notices by language. Raises StoreDamaged."""
        return told_notices(self._db)

    def _take(self, page: Page, after: str, at_utc: datetime, tally: _Tally) -> None:
        generation = int(self.state.get("generation") or 0)
        if page.reset and not self._goes_on(page, after):
            generation += 1
            self.state.set("generation", str(generation))
            self.state.set("resetting", "1")
        people = ToldPeople(self.people, generation)
        passes = ToldPasses(self.people, self.secrets, generation)
        for change in page.changes:
            self._change(change, (people, passes), at_utc, tally)
        if not page.more and self.state.get("resetting"):
            self._end_reset((people, passes), at_utc, tally)
        self.state.set("cursor", page.cursor)
        self.state.set("site", page.site)
        self.state.set("epoch", page.epoch)

    def _goes_on(self, page: Page, after: str) -> bool:
        """Whether this is another page of the reset that is going on, should a server say so of each of its pages."""
        return self.state.get("resetting") is not None and _scope(after) == _scope(page.cursor)

    def _change(self, change: Change, told: tuple[ToldPeople, ToldPasses], at_utc: datetime, tally: _Tally) -> None:
        people, passes = told
        if change.person is not None:
            taken = people.know(change.person)
            tally.gallery, tally.rules = tally.gallery or taken, tally.rules or taken
        if change.gone is not None:
            if people.remove(change.gone, at_utc):
                tally.gone.append(change.gone.id)
                tally.gallery = True
            tally.leaves = tally.leaves or change.gone.erased
        if change.pass_ is not None:
            passes.know(change.pass_)
        if change.pass_gone is not None:
            passes.remove(change.pass_gone)
        if change.key is not None:
            passes.trust(change.key, at_utc)
        self._tell(change, people.generation, tally)

    def _tell(self, change: Change, generation: int, tally: _Tally) -> None:
        for message in (change.policy, change.model, change.notice):
            if message is not None:
                keep_told(self._db, message, generation)
        tally.model = change.model or tally.model
        news = (change.pass_, change.pass_gone, change.key, change.policy, change.notice)
        tally.rules = tally.rules or any(one is not None for one in news)

    def _end_reset(self, told: tuple[ToldPeople, ToldPasses], at_utc: datetime, tally: _Tally) -> None:
        people, passes = told
        gone = people.remove_unnamed(at_utc)
        passes.remove_unnamed()
        self._db.execute("DELETE FROM told WHERE generation <> ?", [people.generation])
        self.state.clear("resetting")
        tally.gone += gone
        tally.gallery, tally.rules = tally.gallery or bool(gone), True


def _scope(cursor: str) -> tuple[str, str]:
    """A cursor without its position: the epoch of central's database, and what this kiosk may see of it."""
    first, _, rest = cursor.partition(".")
    return first, rest.rpartition(".")[2]
