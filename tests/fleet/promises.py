"""What was said to be done in a fleet, and what must be so once everybody has heard of everything."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from kiosk.runtime.clock import SystemClock
from kiosk.store import Opening, Store

PIECE = 32
Rows = list[tuple[Any, ...]]
_PEOPLE = "SELECT id, version FROM people ORDER BY id"
_TEMPLATES = "SELECT id, person FROM templates ORDER BY id"
_PASSES = "SELECT id, person, revoked_utc IS NOT NULL OR used FROM passes ORDER BY id"
_SEALED = (
    "SELECT id, name FROM people",
    "SELECT person, vector FROM templates",
)


@dataclass(frozen=True)
class Central:
    """Central's database as it is; `url` as SQLAlchemy has it."""

    url: str

    def rows(self, query: str, *values: Any) -> Rows:
        """What it says."""
        with psycopg.connect(self.url.replace("+psycopg", ""), connect_timeout=10) as connection:
            return connection.execute(query, values).fetchall()  # type: ignore[call-overload,no-any-return]

    @property
    def people(self) -> Rows:
        return self.rows(_PEOPLE)

    @property
    def templates(self) -> Rows:
        return self.rows(_TEMPLATES)

    @property
    def passes(self) -> Rows:
        return [(number, person, bool(over)) for number, person, over in self.rows(_PASSES)]

    @property
    def erased(self) -> set[str]:
        return {person for (person,) in self.rows("SELECT person FROM tombstones")}

    @property
    def unconfirmed(self) -> int:
        """How many receipts are still awaited."""
        return int(self.rows("SELECT count(*) FROM receipts WHERE confirmed_utc IS NULL")[0][0])

    def events_of(self, kiosk: str) -> list[str]:
        return [number for (number,) in self.rows("SELECT id FROM events WHERE kiosk = %s", kiosk)]


@dataclass(frozen=True)
class Card:
    """A kiosk's store as it lies on its card, whether the kiosk runs or not."""

    folder: Path

    def rows(self, query: str, *values: Any) -> Rows:
        """What the bare database says."""
        with closing(sqlite3.connect(self.folder / "kiosk.db", timeout=10)) as raw:
            return raw.execute(query, values).fetchall()

    @property
    def people(self) -> Rows:
        return self.rows(_PEOPLE)

    @property
    def templates(self) -> Rows:
        return self.rows(_TEMPLATES)

    @property
    def passes(self) -> Rows:
        return [(number, person, bool(over)) for number, person, over in self.rows(_PASSES)]

    @property
    def is_paired(self) -> bool:
        return bool(self.rows("SELECT 1 FROM sync WHERE name = 'url'"))

    @property
    def waiting(self) -> int:
        return int(self.rows("SELECT count(*) FROM outbox WHERE state = 'waiting'")[0][0])

    @property
    def dead(self) -> list[str]:
        return [
            f"{kind}: {reason}" for kind, reason in self.rows("SELECT kind, reason FROM outbox WHERE state = 'dead'")
        ]

    @property
    def events(self) -> list[str]:
        return [number for (number,) in self.rows("SELECT id FROM events")]

    def places(self, pieces: Iterable[bytes]) -> list[str]:
        """In which of the database's files any of those bytes stands."""
        files = {path.name: path.read_bytes() for path in sorted(self.folder.glob("kiosk.db*"))}
        return [name for piece in pieces for name, raw in files.items() if piece in raw]

    def sealed(self) -> dict[str, list[bytes]]:
        """What is kept of everybody, as it is sealed, in pieces that lie in one page of the file."""
        found: dict[str, list[bytes]] = {}
        for query in _SEALED:
            for person, blob in self.rows(query):
                found.setdefault(person, []).append(bytes(blob)[:PIECE])
        return found

    def names(self) -> dict[str, str]:
        with Store.open(self.folder, SystemClock(), Opening(10.0, every_page=False), environ={}) as store:
            return {person.id: person.name for person in store.people.everybody()}

    def faults(self) -> Iterator[str]:
        """What is wrong with the store itself."""
        with Store.open(self.folder, SystemClock(), Opening(10.0), environ={}) as store:
            report = store.doctor()
        if not report.sound:
            yield "a store is not sound"
        if not report.chain.holds:
            yield report.chain.sentence


@dataclass
class Promised:
    """What was acknowledged, by whomever; `perhaps`: an admin asked to erase them and heard no answer."""

    made: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    perhaps: set[str] = field(default_factory=set)
    events: dict[str, set[str]] = field(default_factory=dict)
    passes: dict[str, str] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    acts: int = 0

    def take(self, kiosk: str, told: Iterable[list[str]]) -> None:
        """What a kiosk said it did."""
        for kind, number, *more in told:
            self.acts += 1
            if kind == "enrol":
                self.made.add(number)
            elif kind == "erase":
                self.erased.add(number)
            elif kind == "event":
                self.events.setdefault(kiosk, set()).add(number)
            elif kind == "pass":
                self.passes[number] = more[0]
            elif kind == "revoked":
                self.ended.add(number)
            elif kind == "spent":
                self.ended.add(number)
                self.events.setdefault(kiosk, set()).add(more[0])

    def broken(self, central: Central, cards: dict[str, Card], kills: int) -> Iterator[str]:
        """What was promised, or must be so in a fleet where nobody has anything left to say, and is not so."""
        people = {person for person, _ in central.people}
        gone = central.erased
        yield from ("an enrolment was lost" for _ in self.made - people - gone)
        yield from ("an erased person is back" for _ in (self.erased | gone) & people)
        yield from ("an erasure was lost" for _ in self.erased - gone)
        # A process may die after it erased somebody and before it says so: at most one person a kill.
        if len(gone - self.erased - self.perhaps) > kills:
            yield "somebody was erased whom nobody erased"
        over = {number for number, _, is_over in central.passes if is_over}
        known = {number for number, _, _ in central.passes}
        yield from ("a pass was lost" for number, who in self.passes.items() if who in people and number not in known)
        yield from ("a pass that ended is good again" for _ in (self.ended & known) - over)
        for kiosk, card in cards.items():
            yield from self._unequal(central, kiosk, card)

    def _unequal(self, central: Central, kiosk: str, card: Card) -> Iterator[str]:
        yield from card.faults()
        ours, theirs = card.events, central.events_of(kiosk)
        yield from ("an event was lost on the kiosk" for _ in self.events.get(kiosk, set()) - set(ours))
        yield from ("an event is not at central" for _ in set(ours) - set(theirs))
        yield from ("central has an event that never was" for _ in set(theirs) - set(ours))
        if len(theirs) != len(set(theirs)):
            yield "an event is at central twice"
        for what in ("people", "templates", "passes"):
            if getattr(card, what) != getattr(central, what):
                yield f"{what} differ: {len(set(getattr(card, what)) ^ set(getattr(central, what)))} rows"
