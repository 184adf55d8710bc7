"""The append-only record of decisions and staff's acts: ids and codes, never a name, a face or a token."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from kiosk.domain.errors import PassRefused, Refused
from kiosk.domain.ids import new_id
from kiosk.domain.ports import Clock
from kiosk.domain.trust import Traffic
from kiosk.domain.verdict import Aftermath, Decision, Event, Outcome, Reason
from kiosk.store.chain import Chain
from kiosk.store.database import in_our_words, transaction
from kiosk.store.dates import from_text, to_text
from kiosk.store.outgoing import Outgoing
from kiosk.store.seen import Seen
from kiosk.store.spending import Spending
from kiosk.store.tries import StoredTries
from kiosk.vault import Vault
from kiosk.wire.pushed import Kind

DECISION = "decision"

_NEWEST = """
SELECT id, seq, at_utc, kind, outcome, reason, person, similarity, threshold, latency_ms
FROM events WHERE at_utc >= ? ORDER BY seq DESC LIMIT ?
"""

_NEXT = """
SELECT id, seq, at_utc, kind, outcome, reason, person, similarity, threshold, latency_ms
FROM events WHERE seq > ? AND +at_utc >= ? ORDER BY seq LIMIT ?
"""
_BATCH = 1000

_UNNAMED = (Outcome.UNKNOWN.value, Outcome.UNSURE.value)
_CLAIMED = (Reason.FACE_MATCHES_PASS.value, Reason.FACE_NOT_OF_PASS.value)
_TRAFFIC = """
SELECT min(at_utc), coalesce(sum(outcome IN (?, ?)), 0), coalesce(sum(reason IN (?, ?)), 0)
FROM events WHERE at_utc >= ?
"""


@dataclass(frozen=True, slots=True)
class StoredJournal:
    """A `Journal` in the store; one thread uses it."""

    db: Database
    vault: Vault
    clock: Clock

    @property
    def chain(self) -> Chain:
        """The chain that every event is a link of."""
        return Chain(self.db, self.vault)

    @property
    def outgoing(self) -> Outgoing:
        """What central is to hear of; every event writes into it."""
        return Outgoing(self.db)

    @property
    def seen(self) -> Seen:
        """The time that the kiosk is sure of; every event moves it on."""
        return Seen(self.db, self.clock)

    def record(self, decision: Decision, at_utc: datetime, aftermath: Aftermath | None = None) -> None:
        """Write one decision and what follows from it in one transaction, durable on return.

        Raises PassRefused (PASS_USED) and writes nothing when the pass was spent before; StoreError; Refused if
        the decision is recorded already.
        """
        event: dict[str, object] = {
            "id": decision.id,
            "at_utc": to_text(at_utc),
            "kind": DECISION,
            "outcome": decision.outcome.value,
            "reason": decision.reason.value,
            "person": decision.person,
            "pass_id": decision.pass_id,
            "similarity": decision.similarity,
            "threshold": decision.threshold,
            "latency_ms": decision.latency_s * 1000,
        }
        try:
            with transaction(self.db):
                self._follow(aftermath or Aftermath())
                self._append(event)
        except sqlite3.IntegrityError as error:
            raise Refused("this event is in the journal already; events are never changed") from error

    def note(self, kind: str, at_utc: datetime, person: str | None = None) -> None:
        """Write a staff act or a change of state (`kind` is a short code, such as `enrolled`), durable on return."""
        with transaction(self.db):
            self.note_within(kind, at_utc, person)

    def note_within(self, kind: str, at_utc: datetime, person: str | None = None) -> None:
        """The same inside the transaction that is open: the act and its event are there together or not at all."""
        number = new_id(self.clock.utc())
        self._append({"id": number, "at_utc": to_text(at_utc), "kind": kind, "person": person})

    def trust_clock(self, at_utc: datetime) -> None:
        """A person says that the clock is right, though the kiosk doubted it; durable on return."""
        with transaction(self.db):
            self.seen.set(at_utc)
            self.note_within("clock-trusted", at_utc)

    def traffic(self, since_utc: datetime) -> Traffic:
        """What came since then: visits that named nobody, and passes held up with a face."""
        with in_our_words():
            first, unnamed, claims = self.db.execute(_TRAFFIC, [*_UNNAMED, *_CLAIMED, to_text(since_utc)]).fetchone()
        if first is None:
            return Traffic(0.0, 0, 0)
        begun = max(from_text(first), since_utc)
        return Traffic(max(0.0, (self.clock.utc() - begun).total_seconds() / 86_400), unnamed, claims)

    def events(self, since_utc: datetime | None = None, limit: int = 1000) -> Sequence[Event]:
        """The newest `limit` events since then, oldest first."""
        since = "" if since_utc is None else to_text(since_utc)
        with in_our_words():
            rows = self.db.execute(_NEWEST, [since, max(0, limit)]).fetchall()
        return tuple(_event(row) for row in reversed(rows))

    def every(self, since_utc: datetime | None = None) -> Iterator[Event]:
        """All events since then, oldest first, a few at a time: nobody waits, however slowly they are taken."""
        since, last = "" if since_utc is None else to_text(since_utc), 0
        while True:
            with in_our_words():
                rows = self.db.execute(_NEXT, [last, since, _BATCH]).fetchall()
            events = [_event(row) for row in rows]
            yield from events
            if len(events) < _BATCH:
                return
            last = events[-1].seq

    def _append(self, event: dict[str, object]) -> None:
        """Every event comes through here, inside the transaction that is open."""
        self.chain.append(event)
        self.outgoing.tell(Kind.EVENT, str(event["id"]), self.clock.utc())
        self.seen.notice()

    def _follow(self, aftermath: Aftermath) -> None:
        tries = StoredTries(self.db, self.vault, self.clock)
        if aftermath.failed is not None:
            tries.fail(aftermath.failed)
        if aftermath.cleared is not None:
            tries.clear(aftermath.cleared)
        if aftermath.spent is None or aftermath.spent_until_utc is None:
            return
        if not Spending(self.db, self.vault).spend(aftermath.spent, aftermath.spent_until_utc):
            raise PassRefused("this pass was for one visit and has been used; ask staff for another", Reason.PASS_USED)
        if self.db.execute("UPDATE passes SET used = 1 WHERE id = ?", [aftermath.spent]).rowcount:
            self.outgoing.tell(Kind.SPENT, aftermath.spent, self.clock.utc())


def _event(row: tuple[Any, ...]) -> Event:
    number, seq, at_utc, *rest = row
    return Event(number, seq, from_text(at_utc), *rest)
