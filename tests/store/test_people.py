"""The people of the store: found as they were enrolled, sealed on the disk, and gone when erased."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.domain.errors import BadInput, NotFound, StoreDamaged
from kiosk.domain.people import NAME_LONGEST
from kiosk.domain.sight import Embedding
from kiosk.store import Store
from tests.store.making import MODEL, NOON, a_decision, a_pass, all_bytes, an_embedding, open_store, query, somebody


def test_somebody_enrolled_is_found_by_id_with_their_name(store: Store) -> None:
    person = store.people.enrol(somebody("Zoë Müller-Ł 王"), NOON)
    assert (person.name, person.enrolled_utc) == ("Zoë Müller-Ł 王", NOON)
    assert store.people.find(person.id) == person


def test_an_id_is_random_and_short_enough_for_a_pass(store: Store) -> None:
    ids = {person.id for person in store.people.enrol_many([somebody()] * 50, NOON)}
    assert len(ids) == 50
    assert all(len(number) == 16 and number.isalnum() and number.islower() for number in ids)


def test_a_template_comes_back_bit_for_bit(store: Store) -> None:
    first, second = an_embedding(1), an_embedding(2)
    person = store.people.enrol(somebody("Two Templates", first, second), NOON)
    back = store.people.templates(MODEL)
    assert [template.person for template in back] == [person.id] * 2
    assert [template.samples for template in back] == [5, 5]
    assert len({template.id for template in back}) == 2
    for template, known in zip(back, (first, second), strict=True):
        assert template.embedding.vector.dtype == np.float32
        assert template.embedding.vector.tobytes() == known.vector.tobytes()
        assert template.embedding.model == MODEL
        assert not template.embedding.vector.flags.writeable


def test_templates_of_two_models_never_meet(store: Store) -> None:
    store.people.enrol(somebody("Both", an_embedding(1), an_embedding(2, "model-b", size=512)), NOON)
    assert [template.embedding.vector.size for template in store.people.templates(MODEL)] == [128]
    assert [template.embedding.vector.size for template in store.people.templates("model-b")] == [512]
    assert not store.people.templates("model-c")


def test_templates_can_be_added_with_the_consent_they_were_taken_with(store: Store) -> None:
    person = store.people.enrol(somebody(), NOON)
    store.people.add_templates(person.id, somebody("Not Used", an_embedding(7)), NOON)
    assert len(store.people.templates(MODEL)) == 2
    assert len(store.people.consents(person.id)) == 2
    assert store.people.find(person.id).name == person.name


def test_nobody_gets_templates_who_is_not_enrolled(store: Store) -> None:
    with pytest.raises(NotFound):
        store.people.add_templates("nobody", somebody(), NOON)
    assert not store.people.templates(MODEL)


def test_the_consent_is_kept_as_it_was_given(store: Store) -> None:
    new = somebody()
    person = store.people.enrol(new, NOON)
    assert list(store.people.consents(person.id)) == [new.consent]


def test_people_are_listed_in_the_order_of_enrolment(store: Store) -> None:
    names = [f"Number {i}" for i in range(20)]
    for name in names:
        store.people.enrol(somebody(name), NOON)
    assert [person.name for person in store.people.everybody()] == names


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "a\x00b", "a\u202eb", "x" * (NAME_LONGEST + 1)])
def test_a_name_that_is_none_is_refused(store: Store, name: str) -> None:
    with pytest.raises(BadInput):
        store.people.enrol(somebody(name), NOON)
    assert not store.people.everybody()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=NAME_LONGEST // 2))
def test_every_printable_name_comes_back(store: Store, name: str) -> None:
    person = store.people.enrol(somebody(name), NOON)
    assert store.people.find(person.id).name == person.name


@pytest.mark.parametrize(
    "vector",
    [np.zeros(128), np.full(128, np.nan), np.full(128, np.inf), np.zeros(0), np.ones((2, 64))],
    ids=["zero", "nan", "infinite", "empty", "table"],
)
def test_a_template_that_is_no_vector_is_refused(store: Store, vector: np.ndarray) -> None:
    with pytest.raises(BadInput):
        store.people.enrol(somebody("Nobody", Embedding(vector.astype(np.float32), MODEL)), NOON)
    assert not store.people.everybody()


def test_of_many_enrolled_at_once_one_bad_one_keeps_out_all(store: Store) -> None:
    with pytest.raises(BadInput):
        store.people.enrol_many([somebody("Good"), somebody("")], NOON)
    assert not store.people.everybody()


def test_somebody_erased_is_gone_with_templates_consents_and_passes(store: Store, folder: Path) -> None:
    stays, goes = store.people.enrol_many([somebody("Stays"), somebody("Goes", an_embedding(3))], NOON)
    store.passes.keep(a_pass(goes.id))
    store.people.erase(goes.id, NOON)
    assert list(store.people.everybody()) == [stays]
    assert [template.person for template in store.people.templates(MODEL)] == [stays.id]
    for table in ("consents", "templates", "passes"):
        assert query(folder, f"SELECT count(*) FROM {table} WHERE person = ?", goes.id) == [(0,)]
    with pytest.raises(NotFound):
        store.people.find(goes.id)
    with pytest.raises(NotFound):
        store.people.erase(goes.id, NOON)


def test_not_a_byte_of_what_was_sealed_stays_in_the_files_after_erasing(store: Store, folder: Path) -> None:
    person = store.people.enrol(somebody(), NOON)
    ((name,),) = query(folder, "SELECT name FROM people")
    ((vector,),) = query(folder, "SELECT vector FROM templates")
    with open_store(folder):
        assert name in all_bytes(folder)
        assert vector in all_bytes(folder)
        store.people.erase(person.id, NOON)
        assert name not in all_bytes(folder)
        assert vector not in all_bytes(folder)


def test_the_journal_keeps_the_random_id_of_somebody_erased(store: Store) -> None:
    person = store.people.enrol(somebody(), NOON)
    store.journal.record(a_decision(person=person.id), NOON)
    store.people.erase(person.id, NOON)
    kinds = [(event.kind, event.person) for event in store.journal.events()]
    assert kinds == [("enrolled", person.id), ("decision", person.id), ("erased", person.id)]


def test_no_name_no_vector_and_no_secret_is_readable_on_the_disk(store: Store, folder: Path) -> None:
    face = an_embedding(11)
    store.people.enrol(somebody("Rumpelstiltskin Readable", face), NOON)
    store.staff.set_pin("8642097531")
    disk = all_bytes(folder)
    readable = [b"Rumpelstiltskin", b"8642097531", b"$argon2", face.vector.tobytes()[:16]]
    assert not [found for found in (*readable, store.secrets.pass_key().private_bytes) if found in disk]


def test_a_template_moved_to_somebody_else_does_not_open(store: Store, folder: Path) -> None:
    one, other = store.people.enrol_many([somebody("One", an_embedding(1)), somebody("Other", an_embedding(2))], NOON)
    query(folder, "UPDATE templates SET person = ? WHERE person = ?", other.id, one.id)
    with pytest.raises(StoreDamaged):
        store.people.templates(MODEL)


def test_a_template_renamed_to_another_model_does_not_open(store: Store, folder: Path) -> None:
    store.people.enrol(somebody(), NOON)
    query(folder, "UPDATE templates SET model = 'model-b'")
    with pytest.raises(StoreDamaged):
        store.people.templates("model-b")


def test_names_that_were_swapped_do_not_open(store: Store, folder: Path) -> None:
    one, _ = store.people.enrol_many([somebody("One"), somebody("Other")], NOON)
    query(folder, "UPDATE people SET name = (SELECT name FROM people WHERE id != ?) WHERE id = ?", one.id, one.id)
    with pytest.raises(StoreDamaged):
        store.people.find(one.id)
