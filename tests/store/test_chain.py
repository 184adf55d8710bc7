"""Whatever is done to the journal without the store's key is found, and so is where."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from kiosk.domain.errors import StoreDamaged
from kiosk.store import Store
from kiosk.store.chain import Break, Chain, encoded
from kiosk.store.keyfile import load_key
from kiosk.vault import Vault
from tests.store.making import NOON, a_decision, open_store, query
from tests.store.old import make_old_store

EVENTS = 12
TAMPERINGS = 10_000
COLUMNS = (
    "id",
    "at_utc",
    "kind",
    "outcome",
    "reason",
    "person",
    "pass_id",
    "similarity",
    "threshold",
    "latency_ms",
    "mark",
    "seq",
)
TRIGGERS = ("events_are_never_changed", "events_are_never_removed", "events_are_never_replaced")

Tampering = Callable[[sqlite3.Connection, random.Random], object]


@dataclass(frozen=True)
class Scene:
    """A journal in a file without its triggers, the chain that looks at it, and ends that it had before."""

    raw: sqlite3.Connection
    chain: Chain
    old_heads: list[bytes]


def fill(store: Store, events: int) -> None:
    for i in range(events):
        if i % 3:
            store.journal.note("tested", NOON + timedelta(seconds=i), "somebody" if i % 2 else None)
        else:
            store.journal.record(a_decision(f"decision-{i}", "somebody"), NOON + timedelta(seconds=i))


def vault_of(folder: Path) -> Vault:
    key = load_key(folder, {})
    assert key is not None
    return Vault(key)


@pytest.fixture
def scene(folder: Path) -> Iterator[Scene]:
    heads = []
    with open_store(folder) as store:
        for _ in range(EVENTS // 4):
            heads += [head for (head,) in query(folder, "SELECT head FROM chain")]
            fill_more(store, len(heads))
    with closing(sqlite3.connect(folder / "kiosk.db", isolation_level=None)) as raw:
        for trigger in TRIGGERS:
            raw.execute(f"DROP TRIGGER {trigger}")
        yield Scene(raw, Chain(Database(raw, execute_plugins=False), vault_of(folder)), heads)


def fill_more(store: Store, turn: int) -> None:
    for i in range(4):
        store.journal.record(a_decision(f"decision-{turn}-{i}", "somebody"), NOON + timedelta(minutes=turn, seconds=i))


def any_seq(raw: sqlite3.Connection, dice: random.Random) -> int:
    (last,) = raw.execute("SELECT max(seq) FROM events").fetchone()
    return dice.randint(1, last)


def edit(raw: sqlite3.Connection, dice: random.Random) -> None:
    column, seq = dice.choice(COLUMNS), any_seq(raw, dice)
    (old,) = raw.execute(f"SELECT {column} FROM events WHERE seq = ?", [seq]).fetchone()
    raw.execute(f"UPDATE events SET {column} = ? WHERE seq = ?", [other_than(old, dice), seq])


def other_than(old: object, dice: random.Random) -> object:
    """Another value of the same kind: a flipped bit, a number a little off, or none at all."""
    if isinstance(old, int):
        return old + 1000
    if old is not None and not isinstance(old, float) and dice.random() < 0.2:
        return b"\x00" * 32 if isinstance(old, bytes) else f"{old}'"
    if isinstance(old, float):
        return old + dice.choice((1e-12, -0.25, 1.0))
    if isinstance(old, bytes):
        place = dice.randrange(len(old))
        return old[:place] + bytes([old[place] ^ 1 << dice.randrange(8)]) + old[place + 1 :]
    return "forged" if old is None else str(old).replace(str(old)[-1], "~")


def remove(raw: sqlite3.Connection, dice: random.Random) -> None:
    raw.execute("DELETE FROM events WHERE seq = ?", [any_seq(raw, dice)])


def remove_and_close_the_gap(raw: sqlite3.Connection, dice: random.Random) -> None:
    seq = any_seq(raw, dice)
    raw.execute("DELETE FROM events WHERE seq = ?", [seq])
    raw.execute("UPDATE events SET seq = -(seq - 1) WHERE seq > ?", [seq])
    raw.execute("UPDATE events SET seq = -seq WHERE seq < 0")


def swap(raw: sqlite3.Connection, dice: random.Random) -> None:
    first, second = dice.sample(range(1, EVENTS + 1), 2)
    for old, new in ((first, -1), (second, first), (-1, second)):
        raw.execute("UPDATE events SET seq = ? WHERE seq = ?", [new, old])


def insert_forged(raw: sqlite3.Connection, dice: random.Random) -> None:
    """At the end, before the beginning, or in the middle with everything after it moved up."""
    where = dice.choice((0, EVENTS + 1, any_seq(raw, dice)))
    raw.execute("UPDATE events SET seq = -(seq + 1) WHERE seq >= ?", [where])
    raw.execute("UPDATE events SET seq = -seq WHERE seq < 0")
    raw.execute(
        "INSERT INTO events (seq, id, at_utc, kind, mark) VALUES (?, 'forged', '2025-01-01', 'tested', ?)",
        [where, dice.choice((None, dice.randbytes(32)))],
    )


def duplicate(raw: sqlite3.Connection, dice: random.Random) -> None:
    """The same event once more at the end, under an id of its own."""
    rest = ", ".join(column for column in COLUMNS if column not in ("id", "seq"))
    raw.execute(
        f"INSERT INTO events (seq, id, {rest}) SELECT ?, id || 'x', {rest} FROM events WHERE seq = ?",
        [EVENTS + 1, any_seq(raw, dice)],
    )


def cut_the_tail(raw: sqlite3.Connection, dice: random.Random) -> None:
    raw.execute("DELETE FROM events WHERE seq > ?", [dice.randrange(EVENTS)])


def edit_the_end(raw: sqlite3.Connection, dice: random.Random) -> None:
    (head,) = raw.execute("SELECT head FROM chain").fetchone()
    raw.execute("UPDATE chain SET head = ?", [other_than(head, dice)])


def remove_the_end(raw: sqlite3.Connection, dice: random.Random) -> None:
    raw.execute("DELETE FROM chain")


TAMPERED: tuple[Tampering, ...] = (
    edit,
    edit,
    edit,
    remove,
    remove_and_close_the_gap,
    swap,
    insert_forged,
    duplicate,
    cut_the_tail,
    edit_the_end,
    remove_the_end,
)


def test_ten_thousand_random_tamperings_are_all_found(scene: Scene) -> None:
    dice = random.Random(3)
    assert scene.chain.verify().holds
    unseen = []
    for number in range(TAMPERINGS):
        done, found = tampered(scene, dice)
        if not found:
            unseen.append((number, done))
    assert unseen == []
    assert scene.chain.verify().holds


def tampered(scene: Scene, dice: random.Random) -> tuple[str, bool]:
    """What was done to the journal, and whether it was found; undone afterwards."""
    scene.raw.execute("BEGIN")
    tamper = dice.choice((*TAMPERED, None))
    if tamper is None:
        scene.raw.execute("UPDATE chain SET head = ?", [dice.choice(scene.old_heads)])
    else:
        tamper(scene.raw, dice)
    assert scene.raw.total_changes
    found = not scene.chain.look().holds
    scene.raw.execute("ROLLBACK")
    return getattr(tamper, "__name__", "an old end"), found


@pytest.mark.parametrize(
    ("sql", "found", "seq"),
    [
        ("UPDATE events SET person = 'else' WHERE seq = 5", Break.CHANGED, 5),
        ("DELETE FROM events WHERE seq IN (5, 6)", Break.MISSING, 7),
        ("DELETE FROM events WHERE seq > 9", Break.CUT, 10),
        ("DELETE FROM events", Break.CUT, 1),
        ("DELETE FROM chain", Break.END_LOST, None),
        ("UPDATE chain SET head = x'00'", Break.END_LOST, None),
        ("UPDATE events SET kind = CAST(x'ff' AS TEXT) WHERE seq = 5", Break.CHANGED, 5),
    ],
)
def test_what_was_done_and_where_is_said(scene: Scene, sql: str, found: Break, seq: int | None) -> None:
    scene.raw.execute(sql)
    report = scene.chain.verify()
    assert (report.found, report.seq) == (found, seq)
    assert report.sentence.endswith(".")


def test_an_old_end_put_back_is_found_at_the_first_event_after_it(scene: Scene) -> None:
    scene.raw.execute("UPDATE chain SET head = ?", [scene.old_heads[1]])
    assert (scene.chain.verify().found, scene.chain.verify().seq) == (Break.ADDED, 5)


def test_the_doctor_finds_a_journal_that_was_tampered_with(folder: Path) -> None:
    with open_store(folder) as store:
        fill(store, EVENTS)
        assert store.doctor().chain.holds
        query(folder, "DROP TRIGGER events_are_never_changed")
        query(folder, "UPDATE events SET reason = 'pass-forged' WHERE seq = 4")
        assert store.doctor().chain.seq == 4


def test_a_cut_tail_is_still_found_after_the_kiosk_went_on(folder: Path) -> None:
    with open_store(folder) as store:
        fill(store, EVENTS)
        query(folder, "DROP TRIGGER events_are_never_removed")
        query(folder, "DELETE FROM events WHERE seq > 10")
        fill_more(store, 9)
        assert (store.doctor().chain.found, store.doctor().chain.seq) == (Break.MISSING, 13)


def test_nothing_is_recorded_after_a_lost_end(folder: Path) -> None:
    with open_store(folder) as store:
        fill(store, 2)
        query(folder, "DELETE FROM chain")
        with pytest.raises(StoreDamaged, match="sealed end"):
            store.journal.note("tested", NOON)
        assert len(store.journal.events()) == 2


@pytest.mark.parametrize("version", [1, 2])
def test_the_events_of_an_older_store_are_chained_when_it_is_brought_up_to_date(folder: Path, version: int) -> None:
    make_old_store(folder, version, events=2500)
    with open_store(folder) as store:
        fill(store, 3)
        assert store.doctor().chain.holds
        assert store.doctor().chain.events == 2503
        query(folder, "DROP TRIGGER events_are_never_changed")
        query(folder, "UPDATE events SET similarity = 0.25 WHERE seq = 2001")
        assert store.doctor().chain.seq == 2001


def test_a_store_made_to_look_like_one_without_a_chain_is_refused(folder: Path) -> None:
    with open_store(folder) as store:
        fill(store, EVENTS)
    for sql in (
        "DROP TABLE chain",
        "ALTER TABLE events DROP COLUMN mark",
        "DELETE FROM _sqlite_migrations WHERE name = 'm003_chain'",
        "DROP TRIGGER events_are_never_removed",
        "DELETE FROM events WHERE seq = 5",
        "PRAGMA user_version = 2",
    ):
        query(folder, sql)
    with pytest.raises(StoreDamaged, match="does not open"):
        open_store(folder)


def test_two_connections_write_one_chain(folder: Path) -> None:
    with open_store(folder) as one, open_store(folder) as other:
        fill(one, 3)
        fill_more(other, 1)
        fill_more(one, 2)
        assert one.doctor().chain.holds
        assert one.doctor().chain.events == 11


def test_no_two_events_have_the_same_bytes() -> None:
    events = [
        {"id": "a", "kind": "bc"},
        {"id": "ab", "kind": "c"},
        {"id": "a", "kind": "bc", "person": ""},
        {"id": "a", "kind": b"bc"},
        {"id": "1"},
        {"id": 1},
        {"id": 1.0},
        {"person": "a", "kind": "bc"},
    ]
    assert len({encoded(event.items()) for event in events}) == len(events)
    assert encoded({"id": "a", "person": None}.items()) == encoded({"id": "a"}.items())
