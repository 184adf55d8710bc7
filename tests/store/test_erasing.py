"""Erased is erased: not a byte of a person is left in the database, its log or its free pages, in any form."""

import base64
from pathlib import Path

import numpy as np
import pytest

from kiosk.domain.people import Consent, NewPerson
from kiosk.domain.sight import Chip, frozen
from kiosk.domain.trust import person_subject
from kiosk.domain.verdict import Aftermath
from kiosk.store import Store
from tests.fakes.clock import FakeClock
from tests.store.making import NOON, a_decision, a_pass, all_bytes, an_embedding, open_store, query, somebody

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
        reader._db.execute("BEGIN")  # noqa: SLF001 - a reader that takes its time, as a long export would
        reader._db.execute("SELECT count(*) FROM people").fetchone()  # noqa: SLF001
        store.people.erase(person, NOON)
        assert not store.people.tidy()
        reader._db.rollback()  # noqa: SLF001
        assert store.people.tidy()
        assert found_in(all_bytes(folder), secrets) == []


def test_the_journal_knows_only_that_somebody_was_erased(store: Store) -> None:
    person = enrolled(store)
    store.people.erase(person, NOON)
    last = store.journal.events()[-1]
    assert (last.kind, last.person) == ("erased", person)
    assert store.journal.chain.verify().holds
