"""The rows of the outbox as acts write them: in the act's own transaction, and only while the kiosk is paired."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from kiosk.domain.ids import new_id
from kiosk.store.dates import to_text
from kiosk.wire.pushed import Kind

PAIRED = "url"

_TELL = """
INSERT INTO outbox (id, kind, subject, body, made_utc) SELECT ?, ?, ?, ?, ?
WHERE EXISTS (SELECT 1 FROM sync WHERE name = ?)
"""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Writes rows inside the transaction that is open."""

    db: Database

    def tell(self, kind: Kind, subject: str, at_utc: datetime, body: Mapping[str, object] | None = None) -> None:
        """Central is to hear of that subject. `body`: what stands nowhere else in the store, never a name."""
        row = [new_id(at_utc), kind.value, subject, json.dumps(body or {}), to_text(at_utc), PAIRED]
        self.db.execute(_TELL, row)

    def forget(self, subject: str, *kinds: Kind) -> None:
        """Rows of that subject, waiting or dead, are of no use any more."""
        for kind in kinds:
            self.db.execute("DELETE FROM outbox WHERE subject = ? AND kind = ?", [subject, kind.value])

    def forget_passes_of(self, person: str, kinds: Sequence[Kind]) -> None:
        """Rows about passes of somebody who goes."""
        query = "DELETE FROM outbox WHERE kind = ? AND subject IN (SELECT id FROM passes WHERE person = ?)"
        for kind in kinds:
            self.db.execute(query, [kind.value, person])

    def is_outstanding(self, kind: Kind, subject: str) -> bool:
        """Whether central has not taken that subject as it is now."""
        query = "SELECT EXISTS (SELECT 1 FROM outbox WHERE subject = ? AND kind = ?)"
        return bool(self.db.execute(query, [subject, kind.value]).fetchone()[0])

    def is_waiting(self, kind: Kind, subject: str) -> bool:
        """Whether central has not been asked, or has not answered yet."""
        query = "SELECT EXISTS (SELECT 1 FROM outbox WHERE subject = ? AND kind = ? AND state = 'waiting')"
        return bool(self.db.execute(query, [subject, kind.value]).fetchone()[0])


def is_paired(db: Database) -> bool:
    """Whether this kiosk is one of a fleet."""
    return bool(db.execute("SELECT EXISTS (SELECT 1 FROM sync WHERE name = ?)", [PAIRED]).fetchone()[0])


def bury(db: Database, person: str, at_utc: datetime, *, merged: bool = False) -> None:
    """Keep the id and the time of somebody erased, inside the transaction that is open. `merged`: by nobody, they live
    on as somebody else; whoever was erased here stays erased.
    """
    query = """INSERT INTO tombstones (person, erased_utc, merged) VALUES (?, ?, ?)
        ON CONFLICT (person) DO UPDATE SET merged = min(merged, excluded.merged)"""
    db.execute(query, [person, to_text(at_utc), int(merged)])


def is_buried(db: Database, person: str) -> bool:
    """Whether somebody of that id was erased."""
    query = "SELECT EXISTS (SELECT 1 FROM tombstones WHERE person = ? AND NOT merged)"
    return bool(db.execute(query, [person]).fetchone()[0])


def part_again(db: Database, person: str) -> None:
    """That they are somebody else is not so any more: central was restored from a copy of before."""
    db.execute("DELETE FROM tombstones WHERE person = ? AND merged", [person])
