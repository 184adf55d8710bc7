"""Kiosks and centrals that are wrong on purpose, so that it is known what the laws of the sync torture find out.

python -m tests.torture.sync_mutants [NAME…]: plays histories with each until one goes wrong, and says which law broke.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

from kiosk.central.kiosks import gate
from kiosk.central.sync import changes, receipts, taken_passes, taken_people
from kiosk.store import bodies, inbox, membership, opening, outbox, tidying, told_passes, told_people
from kiosk.sync.engine import Engine
from kiosk.sync.lanes import Turns
from kiosk.wire.pushed import Answer, Answered
from tests.torture.sync import play, workshop
from tests.torture.sync_plan import drawn, written
from tests.torture.sync_server import server_in

MOST = 60


def _nothing(*_args: Any, **_more: Any) -> None:
    return None


async def _nothing_soon(*_args: Any, **_more: Any) -> None:
    return None


@contextmanager
def _told_before_it_is_kept() -> Iterator[None]:
    """The outbox forgets what it hands out, before central has it."""
    whole = outbox.StoredOutbox.pending

    def pending(self: Any, most: int, **more: Any) -> Any:
        items = whole(self, most, **more)
        self.settle([Answered(id=one.id, answer=Answer.ACCEPTED) for one in items], self.people.journal.clock.utc())
        return items

    with patch.object(outbox.StoredOutbox, "pending", pending):
        yield


@contextmanager
def _pages_lose_their_last_change() -> Iterator[None]:
    whole = inbox.StoredInbox.apply

    def apply(self: Any, page: Any, after: str, at_utc: Any, settled: Any) -> Any:
        short = page.model_copy(update={"changes": page.changes[: max(1, len(page.changes) - 1)]})
        return whole(self, short, after, at_utc, settled)

    with patch.object(inbox.StoredInbox, "apply", apply):
        yield


@contextmanager
def _cursor_moves_before_the_page() -> Iterator[None]:
    """A kiosk that dies between the two has missed a page."""
    whole = Engine._applied

    def applied(self: Any, page: Any, kept: str, settled: int) -> Any:
        empty = page.model_copy(update={"changes": [], "more": True})
        self.here.inbox.apply(empty, kept, self.here.clock.utc())
        return whole(self, page, page.cursor, settled)

    with patch.object(Engine, "_applied", applied):
        yield


@contextmanager
def _no_receipts() -> Iterator[None]:
    with patch.object(outbox, "hand_in_receipts", bool), patch.object(inbox, "hand_in_receipts", bool):
        yield


@contextmanager
def _erasures_are_plain_absences() -> Iterator[None]:
    whole = changes.Gone

    def gone(**members: Any) -> Any:
        return whole(**members | {"erased": False})

    with patch.object(changes, "Gone", gone):
        yield


@contextmanager
def _bytes_are_left() -> Iterator[None]:
    whole = opening.open_database

    def opened(*args: Any, **more: Any) -> Any:
        db = whole(*args, **more)
        db.execute("PRAGMA secure_delete = OFF")
        return db

    with patch("kiosk.store.open_database", opened):
        yield


@contextmanager
def _ids_are_new_each_time() -> Iterator[None]:
    """An event gets another id each time that it is told."""
    with patch.object(bodies, "wire_id", lambda _number, at_utc: bodies.new_id(bodies.from_text(at_utc))):
        yield


@contextmanager
def _enrolments_overwrite_names() -> Iterator[None]:
    whole = taken_people.enrolled

    async def enrolled(taker: Any, body: Any) -> Any:
        taken = await whole(taker, body)
        row = await taker.session.get(taken_people.PersonRow, body.id)
        if row is not None:
            row.name = body.name
        return taken

    with patch.object(taken_people, "enrolled", enrolled):
        yield


async def _gone_and_forgotten(taker: Any, _item: str, _body: Any, _name: str) -> Any:
    """A conflict is not kept."""
    del taker
    return taken_people.Taken(Answer.ACCEPTED, "conflict-kept")


async def _ended_without_a_word(*_args: Any, **_more: Any) -> Any:
    return taken_passes.ACCEPTED


MUTANTS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "no tombstones on kiosks": lambda: patch.object(told_people, "is_buried", lambda *_: False),
    "no receipts": _no_receipts,
    "log not emptied": lambda: patch.object(tidying.Tidying, "now", lambda _self: True),
    "bytes not overwritten": _bytes_are_left,
    "a reset removes nobody": lambda: patch.object(told_people.ToldPeople, "remove_unnamed", lambda *_: ()),
    "a reset removes no pass": lambda: patch.object(told_passes.ToldPasses, "remove_unnamed", _nothing),
    "nothing is told anew": lambda: patch.object(Engine, "_heed_epoch", _nothing),
    "revoked kiosks keep everybody": lambda: patch.object(membership, "_LEAVING", "SELECT id FROM people WHERE ? < 0"),
    "told before it is kept": _told_before_it_is_kept,
    "events have new ids": _ids_are_new_each_time,
    "a page loses a change": _pages_lose_their_last_change,
    "the cursor moves first": _cursor_moves_before_the_page,
    "counters are not looked at": lambda: patch.object(gate.Gate, "_count", _nothing_soon),
    "erasures say nothing of being one": _erasures_are_plain_absences,
    "nobody is asked for receipts": lambda: patch.object(receipts, "insert", _nothing),
    "conflicts are dropped": lambda: patch.object(taken_people, "_conflict", _gone_and_forgotten),
    "enrolments overwrite names": _enrolments_overwrite_names,
    "ends of passes are dropped": lambda: patch.object(taken_passes, "ended", _ended_without_a_word),
    "healing is not heard of": lambda: patch.object(Turns, "heal", _nothing),
    "other faces stay": lambda: patch.object(told_people.ToldPeople, "_drop_other_faces", _nothing),
}


def found_out(name: str, most: int = MOST) -> tuple[str, str]:
    """The first history that goes wrong with that mutant, and which law broke; "" where none did."""
    plans = [(f"history {number}", plan) for number, plan in enumerate(written(), 1)]
    with workshop() as folder, MUTANTS[name](), server_in(folder / "central") as server:
        for which, plan in (*plans, *((f"seed {seed}", drawn(seed)) for seed in range(1, most + 1))):
            wrong = play(server, plan, folder).wrong
            if wrong:
                return which, wrong
    return "", ""


def main() -> int:
    """Say of each mutant how it was found out; 1 if one was not."""
    missed = 0
    for name in sys.argv[1:] or MUTANTS:
        which, wrong = found_out(name)
        missed += not which
        sys.stdout.write(f"{name}: {f'{which}: {wrong[:100]}' if which else 'NOT FOUND OUT'}\n")
        sys.stdout.flush()
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
