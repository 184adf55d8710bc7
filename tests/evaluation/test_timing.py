"""Timings."""

from kiosk.evaluation.timing import Timing, take_turns, timer, timing
from tests.fakes.clock import FakeClock


def test_a_timer_measures_the_work_and_nothing_else() -> None:
    clock = FakeClock()
    run = timer(clock, lambda: clock.advance(0.25))
    clock.advance(9)
    assert run() == 0.25


def test_the_first_run_of_each_is_only_a_warm_up() -> None:
    spent = iter([9.0, 1.0, 2.0])
    others = iter([8.0, 3.0, 4.0])
    found = take_turns({"one": lambda: next(spent), "other": lambda: next(others)}, 2)
    assert found == {"one": [1.0, 2.0], "other": [3.0, 4.0]}


def test_figures_are_the_median_and_the_95th_percentile_in_milliseconds() -> None:
    assert timing([i / 1000 for i in range(101)]) == Timing(50.0, 95.0, 101)
