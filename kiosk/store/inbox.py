"""What central told this kiosk: each page is applied whole, in one transaction with the cursor after it."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from kiosk.domain.errors import StoreError
from kiosk.store.authored import OF_PASSES, put_in_order, tell_again
from kiosk.store.database import in_our_words, transaction
from kiosk.store.erasing import hand_in_receipts
from kiosk.store.outgoing import is_paired
from kiosk.store.people import StoredPeople
from kiosk.store.secrets import Secrets
from kiosk.store.state import SETTLED, State
from kiosk.store.taking import Taking
from kiosk.store.told import told_model, told_notices, told_policy
from kiosk.store.told_passes import ToldPasses
from kiosk.store.told_people import ToldPeople, seal
from kiosk.wire.agreed import Applied, Unread
from kiosk.wire.pulled import DueModel, Notice, Page, SitePolicy


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

    def apply(self, page: Page, after: str, at_utc: datetime, settled: int | None = None) -> Applied:
        """The whole page and its cursor in one transaction, durable on return; `after` is what was asked for, and
        `settled` how often anything was settled by then: whom somebody else told central of since, the end of a reset
        does not name, and they would go.

        What was erased is gone from the database's file and log before this returns, or its receipt is not yet in the
        outbox. A page for a cursor that is not ours any more, or for a kiosk that left, changes nothing.
        """
        sealed = [None if one.person is None else seal(self.people.vault, one.person) for one in page.changes]
        with transaction(self._db):
            if (self.state.get("cursor") or "") != after or not is_paired(self._db):
                return Applied(stale=True)
            if self._ends_reset(page) and settled not in (None, int(self.state.get(SETTLED) or 0)):
                return Applied(stale=True)
            taking = self._begun(page, at_utc)
            for change, person in zip(page.changes, sealed, strict=True):
                taking.take(change, person)
            self._end(page, taking)
            self.secrets.sign_for_within(page.site, self.state, at_utc)
        with suppress(StoreError):  # the page is applied, and who is gone has to be known; receipts are written later
            hand_in_receipts(self.people)
        return taking.applied

    def unread(self) -> Unread:
        """What of the feed could not be read so far. Raises StoreError."""
        with in_our_words():
            kept = self.state.get("unread")
        count, ours, theirs = json.loads(kept) if kept else (0, "", "")
        return Unread(int(count), str(ours), str(theirs))

    def keep_unread(self, unread: Unread) -> None:
        """Remember it; durable on return. Raises StoreError."""
        with transaction(self._db):
            self.state.set("unread", json.dumps([unread.count, unread.ours, unread.theirs]))

    def policy(self) -> SitePolicy | None:
        """What central says the kiosk keeps to; None where it said nothing. Raises StoreDamaged."""
        return told_policy(self._db)

    def due_model(self) -> DueModel | None:
        """The model that is to run; None where central named none. Raises StoreDamaged."""
        return told_model(self._db)

    def notices(self) -> Mapping[str, Notice]:
        """The privacy notices by language. Raises StoreDamaged."""
        return told_notices(self._db)

    def _begun(self, page: Page, at_utc: datetime) -> Taking:
        """A page that begins a reset begins a generation; the pages after it name people of the same one."""
        generation = int(self.state.get("generation") or 0)
        if page.reset:
            generation += 1
            self.state.set("generation", str(generation))
            self.state.set("resetting", "1")
        people = ToldPeople(self.people, generation)
        return Taking(people, ToldPasses(self.people, self.secrets, generation), at_utc)

    def _ends_reset(self, page: Page) -> bool:
        return not page.more and (page.reset or self.state.get("resetting") is not None)

    def _end(self, page: Page, taking: Taking) -> None:
        if self._ends_reset(page):
            taking.end_reset()
            self.state.clear("resetting")
        before = self.state.get("site")
        for name, value in (("cursor", page.cursor), ("site", page.site), ("epoch", page.epoch)):
            self.state.set(name, value)
        if before not in (None, page.site):
            self._tell_passes_again()

    def _tell_passes_again(self) -> None:
        """Those of the site where the kiosk is now: when it is told everything anew may have been before it came back,
        and only passes of its own site are taken from it.
        """
        tell_again(self._db, self.people.journal.clock, OF_PASSES)
        put_in_order(self._db)
