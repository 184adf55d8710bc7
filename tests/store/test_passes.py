"""The passes that were issued, and withdrawn."""

from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.domain.errors import NotFound, Refused
from kiosk.store import Store
from tests.store.making import NOON, a_pass, somebody


def test_a_pass_comes_back_as_it_was_kept(store: Store) -> None:
    issued = a_pass(store.people.enrol(somebody(), NOON).id)
    store.passes.keep(issued)
    assert store.passes.pass_of(issued.id) == issued


def test_a_persons_passes_are_listed_newest_first(store: Store) -> None:
    mine, other = (person.id for person in store.people.enrol_many([somebody(), somebody()], NOON))
    for issued in (a_pass(mine, "1"), a_pass(other, "2"), a_pass(mine, "3")):
        store.passes.keep(issued)
    assert [issued.id for issued in store.passes.passes_of(mine)] == ["3", "1"]
    assert not store.passes.passes_of("nobody")


def test_a_revoked_pass_says_since_when_and_keeps_its_first_date(store: Store) -> None:
    issued = a_pass(store.people.enrol(somebody(), NOON).id)
    store.passes.keep(issued)
    store.passes.revoke(issued.id, NOON)
    store.passes.revoke(issued.id, NOON + timedelta(hours=1))
    assert store.passes.pass_of(issued.id) == replace(issued, revoked_utc=NOON)


def test_an_unknown_pass_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        store.passes.pass_of("unknown")
    with pytest.raises(NotFound):
        store.passes.revoke("unknown", NOON)


def test_no_pass_is_kept_for_somebody_who_is_not_enrolled(store: Store) -> None:
    with pytest.raises(NotFound):
        store.passes.keep(a_pass("nobody"))
    with pytest.raises(NotFound):
        store.passes.pass_of("pass-1")


def test_a_pass_is_issued_once(store: Store) -> None:
    issued = a_pass(store.people.enrol(somebody(), NOON).id)
    store.passes.keep(issued)
    with pytest.raises(Refused):
        store.passes.keep(replace(issued, site="elsewhere"))
    assert store.passes.pass_of(issued.id) == issued
