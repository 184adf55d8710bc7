"""The staff PIN: none by default, kept as a hash, and slower to guess with every failure."""

from datetime import datetime
from pathlib import Path

import pytest

from kiosk.domain.errors import Refused
from kiosk.store import Store
from tests.fakes.clock import FakeClock
from tests.store.making import open_store

PIN = "274950"
WRONG = "111111"


@pytest.fixture
def guarded(store: Store) -> Store:
    store.staff.set_pin(PIN)
    return store


def fail(store: Store, times: int) -> list[float | None]:
    return [store.staff.try_pin(WRONG) for _ in range(times)]


def test_there_is_no_pin_to_begin_with(store: Store) -> None:
    assert not store.staff.has_pin()
    for pin in ("", "0000", "1234", PIN):
        with pytest.raises(Refused):
            store.staff.try_pin(pin)


def test_the_pin_that_was_set_opens_and_another_does_not(guarded: Store) -> None:
    assert guarded.staff.has_pin()
    assert guarded.staff.try_pin(PIN) is None
    assert guarded.staff.try_pin(WRONG) == 0.0


@pytest.mark.parametrize("pin", ["", "123", "1" * 13, "12 34", "12a4", "-1234", "१२३४", "1234\n"])
def test_a_pin_is_four_to_twelve_digits(store: Store, pin: str) -> None:
    with pytest.raises(Refused):
        store.staff.set_pin(pin)
    assert not store.staff.has_pin()


@pytest.mark.parametrize("pin", ["0000", "123456789012"])
def test_the_shortest_and_the_longest_pin_work(store: Store, pin: str) -> None:
    store.staff.set_pin(pin)
    assert store.staff.try_pin(pin) is None


def test_a_pin_is_set_only_once(guarded: Store) -> None:
    with pytest.raises(Refused):
        guarded.staff.set_pin(WRONG)
    assert guarded.staff.try_pin(PIN) is None


def test_the_fifth_failure_costs_thirty_seconds(guarded: Store) -> None:
    assert fail(guarded, 5) == [0.0, 0.0, 0.0, 0.0, 30.0]
    assert guarded.staff.wait_s() == 30.0


def test_the_right_pin_is_turned_away_while_a_wait_is_running(guarded: Store, clock: FakeClock) -> None:
    fail(guarded, 5)
    clock.advance(29.0)
    assert guarded.staff.try_pin(PIN) == pytest.approx(1.0)
    clock.advance(1.0)
    assert guarded.staff.try_pin(PIN) is None


def test_tries_during_a_wait_do_not_make_it_longer(guarded: Store, clock: FakeClock) -> None:
    fail(guarded, 20)
    clock.advance(30.0)
    assert guarded.staff.try_pin(WRONG) == 60.0


def test_waits_double_up_to_an_hour(guarded: Store, clock: FakeClock) -> None:
    fail(guarded, 4)
    waits = []
    for _ in range(10):
        wait_s = guarded.staff.try_pin(WRONG)
        assert wait_s is not None
        waits.append(wait_s)
        clock.advance(wait_s)
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_the_right_pin_forgets_the_failures(guarded: Store) -> None:
    fail(guarded, 4)
    assert guarded.staff.try_pin(PIN) is None
    assert fail(guarded, 5) == [0.0, 0.0, 0.0, 0.0, 30.0]


def test_failures_and_waits_survive_a_restart_of_the_program(guarded: Store, folder: Path, clock: FakeClock) -> None:
    fail(guarded, 4)
    with open_store(folder, clock) as again:
        assert again.staff.try_pin(WRONG) == 30.0
    clock.advance(10.0)
    with open_store(folder, clock) as again:
        assert again.staff.try_pin(PIN) == pytest.approx(20.0)


def test_a_restart_of_the_machine_does_not_shorten_a_wait(guarded: Store, folder: Path) -> None:
    fail(guarded, 5)
    booted = FakeClock(start=20.0)
    with open_store(folder, booted) as again:
        assert again.staff.try_pin(PIN) == 30.0
        booted.advance(29.0)
        assert again.staff.try_pin(PIN) == pytest.approx(1.0)
        booted.advance(1.0)
        assert again.staff.try_pin(PIN) is None


def test_a_jump_of_the_clock_on_the_wall_does_not_shorten_a_wait(
    guarded: Store, folder: Path, clock: FakeClock
) -> None:
    class Jumped(FakeClock):
        def utc(self) -> datetime:
            return super().utc().replace(year=2035)

    fail(guarded, 5)
    with open_store(folder, Jumped(clock.monotonic())) as again:
        assert again.staff.try_pin(PIN) == 30.0


def test_guesses_on_several_connections_are_counted_together(guarded: Store, folder: Path, clock: FakeClock) -> None:
    with open_store(folder, clock) as other:
        assert [store.staff.try_pin(WRONG) for store in (guarded, other, guarded, other, guarded)][-1] == 30.0
        assert other.staff.try_pin(PIN) == 30.0
