"""What the store keeps so that answers can be trusted: corrections, tries, used passes, keys, choices, the time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.domain.errors import NotFound, PassRefused, Refused
from kiosk.domain.people import Consent, PassClaims
from kiosk.domain.reckoning import Doubt
from kiosk.domain.sight import Chip, frozen
from kiosk.domain.trust import Levels, Strictness, Traffic, subject_of
from kiosk.domain.verdict import Aftermath, Decision, Outcome, Reason
from kiosk.store import Store
from tests.fakes.clock import FakeClock
from tests.store.making import MODEL, NOON, a_decision, a_pass, an_embedding, open_store, query, somebody

HOUR = timedelta(hours=1)
FACE = Chip(frozen(np.random.default_rng(5).integers(60, 200, (150, 150, 3), dtype=np.uint8)))


def claims(person: str = "", number: str = "pass-7") -> PassClaims:
    """A carried pass without a person, else one that refers to them."""
    template, consent = (None, None) if person else (an_embedding(), Consent("carried", "en", NOON, "screen"))
    return PassClaims(number, person, "here", NOON, NOON + 8 * HOUR, True, template, consent)


def failed(store: Store, subject: str, times: int = 1) -> None:
    for _ in range(times):
        number = f"d{len(store.journal.events())}"
        store.journal.record(a_decision(number), NOON, Aftermath(failed=subject))


class TestCorrections:
    def test_a_face_that_is_not_somebody_is_kept_until_that_is_taken_back(self, store: Store) -> None:
        person = store.people.enrol(somebody(), NOON)
        negative = store.people.disown(person.id, an_embedding(9), NOON)
        (kept,) = store.people.negatives(MODEL)
        assert (kept.id, kept.person) == (negative.id, person.id)
        assert kept.embedding.similarity(an_embedding(9)) == pytest.approx(1.0)
        store.people.readmit(negative.id, NOON)
        assert store.people.negatives(MODEL) == ()
        with pytest.raises(NotFound):
            store.people.readmit(negative.id, NOON)
        kinds = [event.kind for event in store.journal.events()]
        assert kinds == ["enrolled", "not-this-person", "not-this-person-undone"]

    def test_nobody_is_disowned_who_is_not_enrolled(self, store: Store) -> None:
        with pytest.raises(NotFound):
            store.people.disown("nobody", an_embedding(9), NOON)
        assert store.journal.events() == ()

    def test_a_picture_comes_back_as_it_looked_and_none_is_none(self, store: Store) -> None:
        new = somebody()
        plain = store.people.enrol(new, NOON)
        assert store.people.chip_of(plain.id) is None
        with_chip = type(new)(new.name, new.consent, new.embeddings, new.samples, FACE)
        pictured = store.people.enrol(with_chip, NOON)
        chip = store.people.chip_of(pictured.id)
        assert chip is not None and chip.pixels.shape == FACE.pixels.shape
        assert np.abs(chip.pixels.astype(int) - FACE.pixels).mean() < 25, "noise is the worst that JPEG can get"
        with pytest.raises(NotFound):
            store.people.chip_of("nobody")


class TestTries:
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(failures=st.integers(0, 14))
    def test_the_fifth_failure_costs_thirty_seconds_and_each_further_one_twice_as_much(
        self, tmp_path_factory: pytest.TempPathFactory, failures: int
    ) -> None:
        with open_store(tmp_path_factory.mktemp("tries") / "store") as store:
            subject = subject_of(claims("somebody"))
            failed(store, subject, failures)
            expected = 0.0 if failures < 5 else min(30.0 * 2 ** (failures - 5), 3600.0)
            assert store.tries.wait_s(subject) == pytest.approx(expected)
            assert store.tries.wait_s(subject_of(claims("somebody else"))) == 0.0

    def test_a_success_forgets_the_failures(self, store: Store) -> None:
        subject = subject_of(claims("somebody"))
        failed(store, subject, 4)
        store.journal.record(a_decision("yes"), NOON, Aftermath(cleared=subject))
        failed(store, subject, 4)
        assert store.tries.wait_s(subject) == 0.0

    def test_a_restart_and_a_jump_of_the_clock_do_not_shorten_a_wait(self, folder: Path) -> None:
        subject = subject_of(claims())
        with open_store(folder, FakeClock(start=5000.0)) as store:
            failed(store, subject, 5)
        with open_store(folder, FakeClock(start=3.0)) as store:  # the machine has just started: monotonic time is young
            assert store.tries.wait_s(subject) == pytest.approx(30.0)

    def test_whose_tries_failed_can_t_be_read_from_the_file(self, store: Store, folder: Path) -> None:
        failed(store, subject_of(claims("somebody-known")))
        failed(store, subject_of(claims(number="carried-number")))
        subjects = " ".join(str(row[0]) for row in query(folder, "SELECT subject FROM tries"))
        assert "somebody-known" not in subjects and "carried-number" not in subjects

    def test_a_wrong_pin_and_a_wrong_pass_are_counted_apart(self, store: Store) -> None:
        store.staff.set_pin("2468")
        failed(store, subject_of(claims("somebody")), 6)
        assert store.staff.try_pin("2468") is None


class TestUsedAndWithdrawn:
    def test_a_pass_for_one_visit_is_good_once_also_after_a_restart(self, store: Store, folder: Path) -> None:
        once = claims()
        aftermath = Aftermath(spent=once.pass_id, spent_until_utc=once.expires_utc)
        assert not store.passes.is_spent(once)
        store.journal.record(a_decision("first"), NOON, aftermath)
        with pytest.raises(PassRefused) as caught:
            store.journal.record(a_decision("second"), NOON, aftermath)
        assert caught.value.reason is Reason.PASS_USED
        assert [event.id for event in store.journal.events()] == ["first"], "refused means that nothing was written"
        with open_store(folder) as again:
            assert again.passes.is_spent(once)

    def test_a_carried_pass_is_withdrawn_by_what_it_says_and_leaves_no_trace_of_itself(
        self, store: Store, folder: Path
    ) -> None:
        carried = claims(number="carried-number")
        assert not store.passes.is_withdrawn(carried)
        store.passes.withdraw(carried, NOON)
        assert store.passes.is_withdrawn(carried)
        assert not store.passes.is_withdrawn(claims(number="another"))
        store.close()
        assert b"carried-number" not in b"".join(path.read_bytes() for path in folder.iterdir())

    def test_a_reference_pass_that_was_never_kept_counts_as_withdrawn(self, store: Store) -> None:
        person = store.people.enrol(somebody(), NOON)
        store.passes.keep(a_pass(person.id))
        assert not store.passes.is_withdrawn(claims(person.id, "pass-1"))
        assert store.passes.is_withdrawn(claims(person.id, "pass-2"))


class TestKeys:
    def test_after_a_roll_the_new_key_signs_and_the_old_one_is_still_known(self, store: Store, folder: Path) -> None:
        first = store.secrets.pass_key()
        second = store.secrets.roll_pass_key(NOON)
        third = store.secrets.roll_pass_key(NOON)
        assert store.secrets.pass_key() == third
        assert store.secrets.pass_keys() == (third, second, first)
        with open_store(folder) as again:
            assert again.secrets.pass_keys() == (third, second, first)

    def test_an_old_key_is_dropped_and_never_the_one_that_signs(self, store: Store) -> None:
        first = store.secrets.pass_key()
        second = store.secrets.roll_pass_key(NOON)
        with pytest.raises(Refused):
            store.secrets.drop_pass_key(second.id, NOON)
        store.secrets.drop_pass_key(first.id, NOON)
        assert store.secrets.pass_keys() == (second,)
        with pytest.raises(NotFound):
            store.secrets.drop_pass_key(first.id, NOON)


def test_a_new_pin_takes_the_old_one_s_place(store: Store) -> None:
    with pytest.raises(Refused):
        store.staff.change_pin("1357")
    store.staff.set_pin("2468")
    store.staff.change_pin("1357")
    assert store.staff.try_pin("1357") is None
    assert store.staff.try_pin("2468") == 0.0
    with pytest.raises(Refused):
        store.staff.change_pin("12")


def test_the_levels_that_staff_chose_are_kept(store: Store, folder: Path) -> None:
    assert store.policy.levels() is None
    chosen = Levels(Strictness.STRICT, Strictness.STRICTEST)
    store.policy.choose(chosen, NOON)
    with open_store(folder) as again:
        assert again.policy.levels() == chosen


def test_traffic_counts_who_was_not_named_and_who_showed_a_pass(store: Store, clock: FakeClock) -> None:
    assert store.journal.traffic(NOON) == Traffic(0.0, 0, 0)
    for number, (outcome, reason) in enumerate(
        [
            (Outcome.UNKNOWN, Reason.NOBODY_SIMILAR),
            (Outcome.UNSURE, Reason.TWO_ALIKE),
            (Outcome.RECOGNISED, Reason.FACE_MATCHES),
            (Outcome.VERIFIED, Reason.FACE_MATCHES_PASS),
            (Outcome.REFUSED, Reason.FACE_NOT_OF_PASS),
            (Outcome.REFUSED, Reason.PASS_EXPIRED),
        ]
    ):
        store.journal.record(Decision(f"d{number}", outcome, reason, 0.0, 0.1), clock.utc())
    clock.advance(2 * 86_400)
    found = store.journal.traffic(clock.utc() - timedelta(days=30))
    assert (found.unnamed, found.claims) == (2, 2)
    assert found.days == pytest.approx(2.0)


class WallClock(FakeClock):
    """A clock whose date can be set, as a machine without a battery may have any."""

    def __init__(self, today: datetime) -> None:
        super().__init__()
        self.today = today

    def utc(self) -> datetime:
        return self.today


TODAY = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def wall(folder: Path) -> Iterator[tuple[Store, WallClock]]:
    clock = WallClock(TODAY)
    with open_store(folder, clock) as store:
        store.journal.note("tested", TODAY)
        yield store, clock


@pytest.mark.parametrize(
    ("date", "doubt"),
    [
        (datetime(1970, 1, 1, 0, 5, tzinfo=UTC), Doubt.NEVER_SET),
        (TODAY - timedelta(days=1), Doubt.RAN_BACKWARDS),
        (TODAY - timedelta(minutes=1), None),
        (TODAY + timedelta(days=300), None),
        (TODAY + timedelta(days=500), Doubt.LEAPT_AHEAD),
        (datetime(2099, 1, 1, tzinfo=UTC), Doubt.LEAPT_AHEAD),
    ],
)
def test_a_clock_that_can_t_be_right_is_doubted_and_time_never_runs_backwards(
    wall: tuple[Store, WallClock], date: datetime, doubt: Doubt | None
) -> None:
    store, clock = wall
    clock.today = date
    reckoned = store.seen.reckon()
    assert reckoned.doubt is doubt
    assert reckoned.utc >= TODAY


def test_a_doubtful_clock_does_not_move_the_time_that_is_sure(wall: tuple[Store, WallClock], folder: Path) -> None:
    store, clock = wall
    clock.today = datetime(2099, 1, 1, tzinfo=UTC)
    store.journal.note("tested", clock.today)
    clock.today = TODAY + HOUR
    with open_store(folder, clock) as again:
        assert again.seen.reckon().doubt is None, "a leap that was never believed does no harm when it is over"


def test_a_person_can_say_that_the_clock_is_right_also_backwards(wall: tuple[Store, WallClock]) -> None:
    store, clock = wall
    clock.today = TODAY - timedelta(days=30)
    assert store.seen.reckon().doubt is Doubt.RAN_BACKWARDS
    store.journal.trust_clock(clock.today)
    assert store.seen.reckon().doubt is None
    assert [event.kind for event in store.journal.events()][-1] == "clock-trusted"


def test_corrections_are_listed_by_id_and_date_and_templates_by_model(store: Store) -> None:
    person = store.people.enrol(somebody(), NOON)
    negative = store.people.disown(person.id, an_embedding(9), NOON + HOUR)
    assert store.people.corrections(person.id) == ((negative.id, NOON + HOUR),)
    assert store.people.template_models(person.id) == ((MODEL, 5),)
