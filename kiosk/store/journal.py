"""The append-only record of decisions and staff's acts: ids and codes, never a name, a face or a token."""

import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from kiosk.domain.errors import Refused
from kiosk.domain.verdict import Decision, Event
from kiosk.store.chain import Chain
from kiosk.store.database import in_our_words, transaction
from kiosk.store.dates import from_text, to_text
from kiosk.store.vault import Vault

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


@dataclass(frozen=True, slots=True)
class StoredJournal:
    """A `Journal` in the store; one thread uses it."""

    db: Database
    vault: Vault

    @property
    def chain(self) -> Chain:
        """The chain that every event is a link of."""
        return Chain(self.db, self.vault)

    def record(self, decision: Decision, at_utc: datetime) -> None:
        """Write one decision, durable on return. Raises StoreError, Refused if it is recorded already."""
        self._append(
            {
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
        )

    def note(self, kind: str, at_utc: datetime, person: str | None = None) -> None:
        """Write a staff act or a change of state (`kind` is a short code, such as `enrolled`), durable on return."""
        self._append({"id": uuid.uuid4().hex, "at_utc": to_text(at_utc), "kind": kind, "person": person})

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
        try:
            with transaction(self.db):
                self.chain.append(event)
        except sqlite3.IntegrityError as error:
            raise Refused("this event is in the journal already; events are never changed") from error


def _event(row: tuple[Any, ...]) -> Event:
    number, seq, at_utc, *rest = row
    return Event(number, seq, from_text(at_utc), *rest)
