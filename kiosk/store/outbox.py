"""What this kiosk has to tell central: references that acts wrote, made into items when they are asked for."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from kiosk.domain.ids import new_id
from kiosk.store.authored import EVERYTHING, insert_rows, put_in_order, tell_again
from kiosk.store.bodies import Bodies, CannotTravel, Row
from kiosk.store.database import in_our_words, transaction
from kiosk.store.dates import from_text, to_text
from kiosk.store.erasing import hand_in_receipts
from kiosk.store.outgoing import is_paired
from kiosk.store.people import StoredPeople
from kiosk.store.secrets import Secrets
from kiosk.store.state import SETTLED, State
from kiosk.vault import Context, What
from kiosk.wire.agreed import DeadLetter, Waiting
from kiosk.wire.pushed import Answer, Answered, Item, Kind, ModelReport

REFILLED_AT_ONCE = 1000
_NOT_YOURS = "not-yours"
_ROW = "SELECT seq, id, kind, subject, body, made_utc FROM outbox"
_NEWEST = f"{_ROW} WHERE subject = ? AND kind = ? AND state = 'waiting' ORDER BY seq DESC LIMIT 1"
_COUNTS = "SELECT state, count(*) FROM outbox GROUP BY state"
_FIRST = "SELECT made_utc FROM outbox WHERE state = 'waiting' ORDER BY seq LIMIT 1"
_EVENTS = "SELECT seq, id, at_utc FROM events WHERE seq >= ? AND seq <= ? ORDER BY seq LIMIT ?"


@dataclass(frozen=True, slots=True)
class StoredOutbox:
    """The outbox of one store; one thread uses it."""

    people: StoredPeople
    secrets: Secrets
    state: State

    @property
    def _db(self) -> Database:
        return self.people.db

    def pending(self, most: int, *, receipts: bool = True, without: Collection[str] = ()) -> Sequence[Item]:
        """The oldest items, with bodies made from the store as it is now; an item whose subject is gone is dropped.

        Of several rows of one subject and kind only the newest is sent, in the place of the oldest: what it says holds
        for all of them. What can't be put into its message is kept as a dead letter. Without `receipts`, those wait; so
        do the items of the ids in `without`.
        """
        hand_in_receipts(self.people)
        self._move_on()
        found: list[Item] = []
        bodies, done = Bodies(self._db, self.people, self.secrets), set()
        for row in self._oldest():
            if (row.subject, row.kind) in done or (row.kind == Kind.RECEIPT and not receipts):
                continue
            done.add((row.subject, row.kind))
            item = self._item(bodies, row, without)
            if item is not None:
                found.append(item)
            if len(found) >= most:
                break
        return found

    def settle(self, answers: Sequence[Answered], at_utc: datetime) -> None:
        """Forget what central has; keep what it rejected as dead letters. One transaction, durable on return."""
        with transaction(self._db):
            for answered in answers:
                row = self._db.execute(f"{_ROW} WHERE id = ?", [answered.id]).fetchone()
                if row is not None:
                    self._settle(Row(*row), answered, at_utc)
            self.state.set(SETTLED, str(self._settled() + 1))

    def settled(self) -> int:
        """How often something was settled: whoever asks central for everything must know whether that went on."""
        with in_our_words():
            return self._settled()

    def _settled(self) -> int:
        return int(self.state.get(SETTLED) or 0)

    def waiting(self) -> Waiting:
        """How much there is."""
        with in_our_words():  # asked every second: of weeks without a network the index alone is counted
            counts = dict(self._db.execute(_COUNTS).fetchall())
            first = self._db.execute(_FIRST).fetchone()
        begin, end = self._refilling()
        return Waiting(
            counts.get("waiting", 0) + max(0, end - begin + 1),
            counts.get("dead", 0),
            None if first is None else from_text(first[0]),
        )

    def dead(self, most: int) -> Sequence[DeadLetter]:
        """The newest dead letters, newest first."""
        query = "SELECT id, kind, reason, settled_utc FROM outbox WHERE state = 'dead' ORDER BY seq DESC LIMIT ?"
        with in_our_words():
            rows = self._db.execute(query, [most]).fetchall()
        return tuple(DeadLetter(number, kind, reason, from_text(at)) for number, kind, reason, at in rows)

    def revive(self) -> int:
        """Dead letters wait again; how many."""
        with transaction(self._db):
            return self._revive()

    def refill(self) -> int:
        """Everything that this kiosk is the author of waits again, once each; how many. Nothing is lost by it."""
        with transaction(self._db):
            return self.refill_within()

    def refill_within(self) -> int:
        """The same inside the transaction that is open; 0 where the kiosk is not paired.

        A journal can be long: its rows are written a few at a time when items are asked for, so that nobody waits.
        """
        if not is_paired(self._db):
            return 0
        self._revive()
        now = self.people.journal.clock.utc()
        for key in reversed(self.secrets.pass_keys()):
            if not self.people.journal.outgoing.is_outstanding(Kind.PASS_KEY, key.id.hex()):
                self.people.journal.outgoing.tell(Kind.PASS_KEY, key.id.hex(), now)
        for number, dropped in self.secrets.dropped().items():
            if not self.people.journal.outgoing.is_outstanding(Kind.PASS_KEY, number):
                self.people.journal.outgoing.tell(Kind.PASS_KEY, number, now, dropped)
        tell_again(self._db, self.people.journal.clock, EVERYTHING)
        self._db.execute("DELETE FROM outbox WHERE kind = ?", [Kind.EVENT.value])
        put_in_order(self._db)
        (last,) = self._db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()
        self.state.set("events-from", "1")
        self.state.set("events-until", str(last))
        return self.waiting().waiting

    def tidy(self) -> None:
        """Write the file anew, where something may still stand in it of who was removed."""
        self.people.tidying.catch_up()

    def report(self, report: ModelReport) -> None:
        """Tell central what became of a model; durable on return. A later report of the same model replaces it."""
        body = {"state": report.state, "reason": report.reason, "missing": report.missing}
        with transaction(self._db):
            self.people.journal.outgoing.forget(report.tag, Kind.MODEL)
            self.people.journal.outgoing.tell(Kind.MODEL, report.tag, report.at_utc, body)

    def _oldest(self) -> Iterator[Row]:
        """Rows that wait, oldest first, a few at a time."""
        last = 0
        while True:
            query = f"{_ROW} WHERE state = 'waiting' AND seq > ? ORDER BY seq LIMIT 200"
            with in_our_words():
                rows = self._db.execute(query, [last]).fetchall()
            if not rows:
                return
            for row in rows:
                yield Row(*row)
            last = rows[-1][0]

    def _item(self, bodies: Bodies, oldest: Row, without: Collection[str]) -> Item | None:
        with in_our_words():
            found = self._db.execute(_NEWEST, [oldest.subject, oldest.kind]).fetchone()
        if found is None or found[1] in without:
            return None
        row = Row(*found)
        try:
            with in_our_words():
                body = bodies.of(row)
        except CannotTravel as error:
            self._bury(row, str(error))
            return None
        if body is None:
            self._drop(row)
            return None
        return Item(id=row.id, seq=row.seq, kind=row.kind, body=body.model_dump(exclude_none=True))

    def _drop(self, row: Row) -> None:
        with transaction(self._db):
            self._forget_until(row)

    def _bury(self, row: Row, reason: str) -> None:
        with transaction(self._db):
            self._reject(row, reason, self.people.journal.clock.utc())

    def _settle(self, row: Row, answered: Answered, at_utc: datetime) -> None:
        if answered.answer is Answer.REJECTED:
            self._reject(row, answered.reason, at_utc)
            if answered.reason == _NOT_YOURS:  # central has them, for others: whoever it does not name here goes
                self._confirm(row)
        else:
            self._forget_until(row)
            self._confirm(row)
        if row.kind == Kind.EDIT and (answered.answer is Answer.REJECTED or answered.reason):
            self._take_told_name(row.subject)
        elif row.kind == Kind.EDIT and not self.people.journal.outgoing.is_outstanding(Kind.EDIT, row.subject):
            self._db.execute("UPDATE people SET told_name = NULL WHERE id = ?", [row.subject])

    def _reject(self, row: Row, reason: str, at_utc: datetime) -> None:
        self._forget_until(Row(row.seq - 1, row.id, row.kind, row.subject, row.body, row.made_utc))
        query = "UPDATE outbox SET state = 'dead', reason = ?, settled_utc = ? WHERE id = ?"
        self._db.execute(query, [reason, to_text(at_utc), row.id])

    def _forget_until(self, row: Row) -> None:
        """That row and all older ones of its subject and kind: what was sent stands for them too."""
        query = "DELETE FROM outbox WHERE subject = ? AND kind = ? AND seq <= ?"
        self._db.execute(query, [row.subject, row.kind, row.seq])

    def _confirm(self, row: Row) -> None:
        if row.kind == Kind.PERSON:
            self._db.execute("UPDATE people SET confirmed = 1 WHERE id = ?", [row.subject])

    def _take_told_name(self, person: str) -> None:
        """Central did not take our name for somebody: the one it told stands, unless we renamed them again since."""
        query = "SELECT told_name FROM people WHERE id = ? AND told_name IS NOT NULL"
        found = self._db.execute(query, [person]).fetchone()
        again = "SELECT 1 FROM outbox WHERE subject = ? AND kind = ? AND state = 'waiting'"
        if found is None or self._db.execute(again, [person, Kind.EDIT.value]).fetchone():
            return
        name = self.people.vault.open(found[0], Context(What.TOLD_NAME, person))
        sealed = self.people.vault.seal(name, Context(What.NAME, person))
        self._db.execute("UPDATE people SET name = ?, told_name = NULL WHERE id = ?", [sealed, person])

    def _revive(self) -> int:
        query = "UPDATE outbox SET state = 'waiting', reason = '', settled_utc = NULL WHERE state = 'dead'"
        return self._db.execute(query).rowcount

    def _refilling(self) -> tuple[int, int]:
        """The first and the last event that is still to be written into the outbox again."""
        with in_our_words():
            return int(self.state.get("events-from") or 1), int(self.state.get("events-until") or 0)

    def _move_on(self) -> None:
        """Write the rows of some more events, where a refill is going on and few wait."""
        begin, end = self._refilling()
        if begin > end:
            return
        with transaction(self._db):
            (waiting,) = self._db.execute("SELECT count(*) FROM outbox WHERE state = 'waiting'").fetchone()
            if waiting >= REFILLED_AT_ONCE:
                return
            events: list[tuple[Any, ...]] = self._db.execute(_EVENTS, [begin, end, REFILLED_AT_ONCE]).fetchall()
            now = self.people.journal.clock.utc()
            insert_rows(self._db, [(new_id(now), Kind.EVENT.value, one, at) for _, one, at in events])
            self.state.set("events-from", str(events[-1][0] + 1 if events else end + 1))
