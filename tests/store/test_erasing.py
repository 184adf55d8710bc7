"""Erased is erased: not a byte of a person is left in the database, its log or its free pages, in any form."""

import base64
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from kiosk.domain.people import Consent, NewPerson
from kiosk.domain.sight import Chip, frozen
from kiosk.domain.trust import person_subject
from kiosk.domain.verdict import Aftermath
from kiosk.store import Store
from kiosk.store.database import transaction
from kiosk.store.pulse import ROOM_LEAST_BYTES
from kiosk.store.tidying import FIRST_S, LONGEST_S
from tests.fakes.clock import FakeClock
from tests.fakes.disk import NoMounts, small_disk
from tests.store.making import NOON, a_decision, a_pass, all_bytes, an_embedding, open_store, query, somebody
from tests.store.syncing import a_person, pair, told

NAME = "Zaphod Quillfeather Umbrage"
OWN = {
    "people": ("name",),
    "templates": ("id", "vector"),
    "negatives": ("id", "vector"),
    "chips": ("sealed",),
    "passes": ("id",),
    "tries": ("subject",),
}


def enrolled(store: Store) -> str:
    """Somebody with everything that the kiosk can know of a person."""
    chip = Chip(frozen(np.random.default_rng(3).integers(0, 255, (150, 150, 3), dtype=np.uint8)))
    consent = Consent("2026-11", "en", NOON, "screen")
    new = NewPerson(NAME, consent, (an_embedding(1), an_embedding(2)), 5, chip)
    person = store.people.enrol(new, NOON).id
    store.people.disown(person, an_embedding(7), NOON)
    store.passes.keep(a_pass(person, number="pass-of-the-erased-one"))
    store.journal.record(a_decision("d1", person), NOON, Aftermath(failed=person_subject(person)))
    return person


def secrets_of(folder: Path) -> list[bytes]:
    """What must not be found: everything kept of the one person, sealed and plain."""
    found = [NAME.encode(), an_embedding(1).vector.tobytes(), an_embedding(7).vector.tobytes()]
    for table, columns in OWN.items():
        for row in query(folder, f"SELECT {', '.join(columns)} FROM {table}"):
            found += [value.encode() if isinstance(value, str) else value for value in row]
    return found


def forms(piece: bytes) -> list[bytes]:
    """The bytes themselves, in both kinds of hexadecimal, and as base64 wherever they may begin."""
    encoded = [base64.b64encode(b"\0" * shift + piece)[4:-4] for shift in range(3)]
    return [piece, piece.hex().encode(), piece.hex().upper().encode(), *encoded]


def pieces(secret: bytes) -> list[bytes]:
    """A large value lies on several pages, so it is looked for piece by piece."""
    return [secret[at : at + 48] for at in range(0, max(1, len(secret) - 32), 480)]


def found_in(content: bytes, secrets: list[bytes]) -> list[int]:
    return [
        place
        for place, secret in enumerate(secrets)
        if any(form in content for piece in pieces(secret) for form in forms(piece))
    ]


@contextmanager
def looking(reader: Store) -> Iterator[None]:
    """Another connection takes its time, as a long export would."""
    reader._db.execute("BEGIN")  # noqa: SLF001
    reader._db.execute("SELECT count(*) FROM people").fetchone()  # noqa: SLF001
    yield
    reader._db.rollback()  # noqa: SLF001


def test_the_search_would_find_every_trace_before_the_erasure(store: Store, folder: Path) -> None:
    enrolled(store)
    secrets = secrets_of(folder)
    plain = {0, 1, 2}  # name and vectors are nowhere in the clear, erased or not
    assert set(found_in(all_bytes(folder), secrets)) == set(range(len(secrets))) - plain


@pytest.mark.parametrize("others", [0, 40])
def test_nothing_of_somebody_erased_is_left_on_the_disk(store: Store, folder: Path, others: int) -> None:
    store.people.enrol_many([somebody(f"Other {number}") for number in range(others)], NOON)
    before = secrets_of(folder)
    person = enrolled(store)
    secrets = [secret for secret in secrets_of(folder) if secret not in before]
    assert len(secrets) >= 8
    store.people.erase(person, NOON)
    assert found_in(all_bytes(folder), secrets) == []


def test_what_a_reader_holds_back_is_emptied_as_soon_as_it_lets_go(folder: Path) -> None:
    clock = FakeClock()
    with open_store(folder, clock) as store, open_store(folder, clock) as reader:
        person = enrolled(store)
        secrets = secrets_of(folder)
        with looking(reader):
            store.people.erase(person, NOON)
            assert not store.people.tidy()
        assert store.people.tidy()
        assert found_in(all_bytes(folder), secrets) == []


def test_a_reader_that_stays_does_not_have_the_file_written_again_and_again(folder: Path) -> None:
    clock = FakeClock()
    with open_store(folder, clock) as store, open_store(folder, clock) as reader:
        pair(store)
        person = enrolled(store)
        store.people.enrol_many([somebody(f"Other {number}") for number in range(100)], NOON)
        secrets = secrets_of(folder)
        with looking(reader):
            store.people.erase(person, NOON)
            tries: list[str] = []
            store._db.conn.set_trace_callback(tries.append)  # noqa: SLF001 - what is said to SQLite
            for _ in range(75):
                clock.advance(2.0)
                store.outbox.pending(1)
        assert "VACUUM" not in tries
        assert 1 < len([one for one in tries if "wal_checkpoint" in one]) < 6
        clock.advance(LONGEST_S)
        store.outbox.pending(100)
        assert not {0, 1, 2} & set(found_in(all_bytes(folder), secrets))
        assert "VACUUM" in tries


@pytest.mark.parametrize("revoked", [True, False])
def test_whoever_went_while_somebody_read_is_gone_from_the_file_after_a_restart(folder: Path, *, revoked: bool) -> None:
    with open_store(folder) as store, open_store(folder) as reader:
        pair(store)
        told(store, a_person("ann"))
        rows = query(folder, "SELECT name FROM people UNION SELECT vector FROM templates")
        sealed = [value for row in rows for value in row]
        with looking(reader):
            store.membership.leave(NOON, revoked=revoked)
            assert found_in(all_bytes(folder), sealed)
    with open_store(folder) as store:
        store.outbox.tidy()
        assert not found_in(all_bytes(folder), sealed)
        statements: list[str] = []
        store._db.conn.set_trace_callback(statements.append)  # noqa: SLF001 - what is said to SQLite
        store.outbox.tidy()
        assert "VACUUM" not in statements


def test_who_is_removed_while_the_file_is_being_written_anew_is_still_to_be_cleared_from_it(folder: Path) -> None:
    with open_store(folder) as store, open_store(folder) as other:
        first, second = enrolled(store), store.people.enrol(somebody(), NOON).id
        said: list[str] = []

        def meanwhile(statement: str) -> None:
            said.append(statement)
            if "VACUUM" in said and statement.startswith("BEGIN"):  # it is written, and is about to be no longer due
                store._db.conn.set_trace_callback(None)  # noqa: SLF001 - what is said to SQLite
                with transaction(other._db):  # noqa: SLF001
                    other.people.remove_within(second, erased=True)

        store._db.conn.set_trace_callback(meanwhile)  # noqa: SLF001
        store.people.erase(first, NOON)
        assert said[-1].startswith("BEGIN") and store.people.tidying.is_due()
        store.outbox.tidy()
        assert not store.people.tidying.is_due()


def test_a_disk_without_room_for_two_copies_is_not_filled_by_them(tmp_path: Path) -> None:
    clock = FakeClock()
    try:
        with small_disk(tmp_path / "disk") as disk, open_store(disk.place / "store", clock) as store:
            person = enrolled(store)
            secrets = secrets_of(disk.place / "store")
            size = (disk.place / "store" / "kiosk.db").stat().st_size
            filler = disk.place / "filler"
            filler.write_bytes(bytes(shutil.disk_usage(disk.place).free - size - ROOM_LEAST_BYTES))
            statements: list[str] = []
            store._db.conn.set_trace_callback(statements.append)  # noqa: SLF001 - what is said to SQLite
            store.people.erase(person, NOON)
            assert "VACUUM" not in statements
            filler.unlink()
            clock.advance(FIRST_S)
            store.outbox.tidy()
            assert found_in(all_bytes(disk.place / "store"), secrets) == []
    except NoMounts as error:
        pytest.skip(str(error))


def test_the_journal_knows_only_that_somebody_was_erased(store: Store) -> None:
    person = enrolled(store)
    store.people.erase(person, NOON)
    last = store.journal.events()[-1]
    assert (last.kind, last.person) == ("erased", person)
    assert store.journal.chain.verify().holds
