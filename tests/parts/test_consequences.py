"""What follows from a decision about a pass, from the gate to the store and back."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.domain.access import Access, Doors
from kiosk.domain.errors import PassRefused
from kiosk.domain.people import Pass, PassClaims
from kiosk.domain.reckoning import Reckoning
from kiosk.domain.verdict import Decision, Outcome, Reason
from kiosk.parts.consequences import aftermath_of, alone, refusal, ruled
from kiosk.parts.gate import Registry, WithoutFace
from kiosk.passes import token
from kiosk.store import Store
from tests.fakes.clock import FakeClock
from tests.store.making import MODEL, open_store, somebody

SITE = "here"


class Door:
    """A store with one person, their pass, and what the kiosk would record of each try."""

    def __init__(self, store: Store, clock: FakeClock, *, single_use: bool) -> None:
        self.store, self.clock, now = store, clock, clock.utc()
        person = store.people.enrol(somebody(), now).id
        self.claims = PassClaims("pass-1", person, SITE, now, now + timedelta(hours=8), single_use)
        store.passes.keep(Pass("pass-1", person, SITE, now, self.claims.expires_utc, single_use=single_use))
        self.text = token.issue(self.claims, store.secrets.pass_key())
        self.registry = Registry(store.secrets.pass_keys(), SITE, MODEL, store.passes, store.people, store.tries)
        self.tries = 0

    def shown(self) -> PassClaims:
        return self.registry.check(self.text, Reckoning(self.clock.utc()))

    def refused(self) -> PassRefused:
        with pytest.raises(PassRefused) as caught:
            self.shown()
        return caught.value

    def tried(self, outcome: Outcome, reason: Reason) -> None:
        self.tries += 1
        decision = Decision(f"d{self.tries}", outcome, reason, 0.0, 0.1)
        self.store.journal.record(decision, self.clock.utc(), aftermath_of(decision, self.claims))


@pytest.fixture(params=[False, True], ids=["many-visits", "one-visit"])
def door(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Door]:
    clock = FakeClock()
    with open_store(tmp_path / "store", clock) as store:
        yield Door(store, clock, single_use=request.param)


def test_five_other_faces_with_a_pass_close_it_for_half_a_minute(door: Door) -> None:
    for _ in range(5):
        assert door.shown() == door.claims
        door.tried(Outcome.REFUSED, Reason.FACE_NOT_OF_PASS)
    refused = door.refused()
    assert (refused.reason, refused.wait_s) == (Reason.TOO_MANY_TRIES, pytest.approx(30.0))
    decision = refusal(refused, "d", 5.0, 0.1)
    assert (decision.outcome, decision.wait_s) == (Outcome.REFUSED, refused.wait_s)
    door.clock.advance(30.1)
    assert door.shown() == door.claims


def test_a_pass_without_a_face_is_no_failed_try(door: Door) -> None:
    for _ in range(9):
        door.tried(Outcome.REFUSED, Reason.PASS_WITHOUT_FACE)
    assert door.shown() == door.claims


def test_the_right_face_opens_forgets_the_failures_and_uses_up_a_pass_for_one_visit(door: Door) -> None:
    for _ in range(4):
        door.tried(Outcome.REFUSED, Reason.FACE_NOT_OF_PASS)
    door.tried(Outcome.VERIFIED, Reason.FACE_MATCHES_PASS)
    if door.claims.single_use:
        assert door.refused().reason is Reason.PASS_USED
    else:
        door.tried(Outcome.REFUSED, Reason.FACE_NOT_OF_PASS)
        assert door.shown() == door.claims


def test_a_pass_alone_goes_to_staff_unless_the_site_admits_it_and_is_used_up_only_then(door: Door) -> None:
    to_staff = alone(door.claims, WithoutFace.STAFF, "d1", 1.0)
    assert (to_staff.outcome, to_staff.admits, to_staff.person) == (Outcome.UNSURE, False, None)
    assert aftermath_of(to_staff, door.claims) is None
    admitted = alone(door.claims, WithoutFace.ADMIT, "d2", 1.0)
    assert admitted.admits and admitted.reason is Reason.PASS_ALONE
    after = aftermath_of(admitted, door.claims)
    assert after is not None and after.cleared is None, "a pass alone proves nothing about the failures before"
    assert (after.spent is not None) == door.claims.single_use


def test_without_a_pass_nothing_follows() -> None:
    assert aftermath_of(Decision("d", Outcome.RECOGNISED, Reason.FACE_MATCHES, 0.0, 0.1, "p1"), None) is None


def test_whoever_may_not_come_now_has_failed_no_try_and_no_failure_is_forgotten(door: Door) -> None:
    doors, now = Doors({door.claims.person: Access(disabled=True)}), Reckoning(door.clock.utc())
    match = Decision("d", Outcome.VERIFIED, Reason.FACE_MATCHES_PASS, 0.0, 0.1, door.claims.person)
    for _ in range(4):
        door.tried(Outcome.REFUSED, Reason.FACE_NOT_OF_PASS)
    for _ in range(9):
        refused = ruled(match, door.claims, doors, now, None)
        assert aftermath_of(refused, door.claims) is None
        door.tried(refused.outcome, refused.reason)
    assert door.shown() == door.claims, "the pass was used up, or a try counted"
    door.tried(Outcome.REFUSED, Reason.FACE_NOT_OF_PASS)
    assert door.refused().reason is Reason.TOO_MANY_TRIES


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.UNSURE, Outcome.REFUSED])
def test_the_rules_change_no_answer_that_lets_nobody_in(door: Door, outcome: Outcome) -> None:
    doors, now = Doors({door.claims.person: Access(disabled=True)}), Reckoning(door.clock.utc())
    answer = Decision("d", outcome, Reason.FACE_NOT_OF_PASS, 0.0, 0.1, door.claims.person)
    assert ruled(answer, door.claims, doors, now, None) is answer


def test_a_carried_pass_is_nobodys_here_so_nobodys_rules_are_asked() -> None:
    now = FakeClock().utc()
    carried = PassClaims("carried", "", SITE, now, now + timedelta(hours=8))
    match = Decision("d", Outcome.VERIFIED, Reason.FACE_MATCHES_PASS, 0.0, 0.1)
    assert ruled(match, carried, Doors({"": Access(disabled=True)}), Reckoning(now), None) is match
