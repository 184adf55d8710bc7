"""The chain of events: every event carries a keyed hash over itself and all before it, and the end is sealed.

Somebody without the store's key can't edit, remove, reorder, add or cut off an event unnoticed, triggers or not.
"""

import hmac
import sqlite3
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from numbers import Real
from typing import Any

from sqlite_utils import Database

from kiosk.domain.errors import StoreDamaged
from kiosk.store.database import in_our_words
from kiosk.vault import Context, Vault, What

MARK_BYTES = 32
REPORTED_EVERY = 10_000

_PURPOSE = "chain of events"
_CONTEXT = Context(What.CHAIN)
_HEAD = struct.Struct(f">QQ{MARK_BYTES}s")
_REAL = struct.Struct(">d")
_LENGTH = struct.Struct(">I")
_ALL = "SELECT * FROM events ORDER BY seq"


class Break(StrEnum):
    """What was done to the journal."""

    CHANGED = "changed"
    MISSING = "missing"
    CUT = "cut"
    ADDED = "added"
    END_LOST = "end-lost"


@dataclass(frozen=True, slots=True)
class ChainReport:
    """Whether the journal is as it was written: `found` is the first thing wrong, at the event `seq`; None if nothing.

    `end` is the first 16 digits of the last event's hash: noted elsewhere, it shows later that no older journal was
    put in this one's place.
    """

    events: int
    end: str
    found: Break | None = None
    seq: int | None = None

    @property
    def holds(self) -> bool:
        """True when every event is as it was written and none is missing."""
        return self.found is None

    @property
    def sentence(self) -> str:
        """What is wrong and where, for people."""
        return {
            None: f"The journal is whole: {self.events:,} events.",
            Break.CHANGED: f"Event {self.seq} of the journal was changed, moved, or not written by this kiosk.",
            Break.MISSING: f"Events of the journal are missing before event {self.seq}.",
            Break.CUT: f"The journal's end was cut off: events from {self.seq} on are missing.",
            Break.ADDED: f"The journal goes on at event {self.seq} after its sealed end: that end is an old one.",
            Break.END_LOST: "The journal's sealed end was changed or removed.",
        }[self.found]


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: how many events, the last one's number and its mark."""

    count: int = 0
    seq: int = 0
    mark: bytes = bytes(MARK_BYTES)


class Chain:
    """The chain of one store; used by the thread that owns the connection."""

    def __init__(self, db: Database, vault: Vault) -> None:
        self._db = db
        self._vault = vault
        self._key = vault.derive(_PURPOSE)

    def append(self, event: Mapping[str, object]) -> int:
        """Write an event at the end, inside the transaction that is open; returns its number.

        Raises StoreDamaged where the sealed end is lost: nothing is recorded after it as if all were well.
        """
        head = self._head()
        seq = head.seq + 1
        row = {name: _as_stored(value) for name, value in event.items()} | {"seq": seq}
        mark = self._mark(head.mark, row.items())
        names = ", ".join([*row, "mark"])
        holes = ", ".join("?" * (len(row) + 1))
        self._db.execute(f"INSERT INTO events ({names}) VALUES ({holes})", [*row.values(), mark])
        self._keep(Head(head.count + 1, seq, mark))
        return seq

    def verify(self, progress: Callable[[int, int], None] | None = None) -> ChainReport:
        """Look at every event, one after another; the kiosk may go on writing. Raises StoreBusy, StoreFailing."""
        with _one_moment(self._db):
            return self.look(progress)

    def look(self, progress: Callable[[int, int], None] | None = None) -> ChainReport:
        """The same inside a transaction that is open."""
        try:
            head = self._head()
        except StoreDamaged:
            return ChainReport(self._count(), "", Break.END_LOST)
        return self._walk(head, progress)

    def begin(self) -> None:
        """Chain the events that are there, inside the transaction that makes the chain's table."""
        head = Head()
        while batch := self._batch(head.seq):
            marks = []
            for fields in batch:
                mark = self._mark(head.mark, fields.items())
                head = Head(head.count + 1, int(fields["seq"]), mark)
                marks.append((mark, head.seq))
            for pair in marks:
                self._db.execute("UPDATE events SET mark = ? WHERE seq = ?", pair)
        self._db.execute("INSERT INTO chain (id, head) VALUES (1, ?)", [self._sealed(head)])

    def _batch(self, after: int) -> list[dict[str, Any]]:
        """Some events that have no mark yet; rows are changed only when nobody reads them any more."""
        names, rows = self._rows("SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT 1000", after)
        found = [dict(zip(names, row, strict=True)) for row in rows]
        return [{name: value for name, value in fields.items() if name != "mark"} for fields in found]

    def _walk(self, head: Head, progress: Callable[[int, int], None] | None) -> ChainReport:
        done = Head()
        try:
            names, rows = self._rows(_ALL)
            at_seq, at_mark = names.index("seq"), names.index("mark")
            hashed = [(place, name) for place, name in enumerate(names) if name != "mark"]
            for row in rows:
                seq, mark = row[at_seq], row[at_mark]
                if mark != self._mark(done.mark, ((name, row[place]) for place, name in hashed)):
                    found = Break.CHANGED if seq == done.seq + 1 else Break.MISSING
                    return ChainReport(self._count(), head.mark.hex()[:16], found, seq)
                done = Head(done.count + 1, seq, mark)
                if progress and done.count % REPORTED_EVERY == 0:
                    progress(done.count, max(head.count, done.count))
        except (sqlite3.OperationalError, UnicodeDecodeError, ValueError):
            return ChainReport(done.count, head.mark.hex()[:16], Break.CHANGED, done.seq + 1)
        return _compared(done, head)

    def _rows(self, query: str, *values: object) -> tuple[list[str], Iterator[Sequence[Any]]]:
        cursor = self._db.execute(query, values)
        return [column[0] for column in cursor.description], cursor

    def _mark(self, before: bytes, fields: Iterable[tuple[str, object]]) -> bytes:
        return hmac.digest(self._key, before + encoded(fields), "sha256")

    def _head(self) -> Head:
        row = self._db.execute("SELECT head FROM chain WHERE id = 1").fetchone()
        if row is None or not isinstance(row[0], bytes):
            raise StoreDamaged(
                "the journal's sealed end is gone; run kiosk doctor, and restore the store from a backup"
            )
        return Head(*_HEAD.unpack(self._vault.open(row[0], _CONTEXT)))

    def _keep(self, head: Head) -> None:
        self._db.execute("UPDATE chain SET head = ? WHERE id = 1", [self._sealed(head)])

    def _sealed(self, head: Head) -> bytes:
        return self._vault.seal(_HEAD.pack(head.count, head.seq, head.mark), _CONTEXT)

    def _count(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM events").fetchone()[0])


def encoded(fields: Iterable[tuple[str, object]]) -> bytes:
    """One event as bytes, so that no two events give the same: each field's name, kind and length before its value.

    Sorted by name, without the empty fields: a column that is added later changes no event of before.
    """
    parts: list[bytes] = []
    for name, value in sorted(fields):
        if value is not None:
            kind, content = _content(value)
            label = name.encode()
            parts += (_LENGTH.pack(len(label)), label, kind, _LENGTH.pack(len(content)), content)
    return b"".join(parts)


def _content(value: object) -> tuple[bytes, bytes]:
    if isinstance(value, str):
        return b"t", value.encode()
    if isinstance(value, float):
        return b"r", _REAL.pack(value)
    if isinstance(value, int):
        return b"i", str(value).encode()
    if isinstance(value, bytes):
        return b"b", value
    raise ValueError(f"an event holds texts and numbers, not {type(value).__name__}")


def _as_stored(value: object) -> object:
    """The value as SQLite gives it back: all numbers of an event but its `seq` are REAL, where NaN becomes NULL."""
    if not isinstance(value, Real):
        return value
    number = float(value)
    return None if number != number else number


def _compared(done: Head, head: Head) -> ChainReport:
    """What the sealed end says of a chain in which every mark is right."""
    end = head.mark.hex()[:16]
    if done == head:
        return ChainReport(done.count, end)
    if done.seq < head.seq:
        return ChainReport(done.count, end, Break.CUT, done.seq + 1)
    return ChainReport(done.count, end, Break.ADDED, head.seq + 1)


@contextmanager
def _one_moment(db: Database) -> Iterator[None]:
    """All that is read in the block is of one moment, whatever others write meanwhile."""
    with in_our_words():
        db.execute("BEGIN")
        try:
            yield
        finally:
            db.rollback()
