"""The clocks and the heart-beats."""

import threading
from datetime import UTC

import pytest

from kiosk.domain.ports import Clock
from kiosk.runtime.beats import Beats
from kiosk.runtime.clock import SystemClock
from tests.fakes.clock import FakeClock


@pytest.fixture(params=[SystemClock, FakeClock])
def clock(request: pytest.FixtureRequest) -> Clock:
    made: Clock = request.param()
    return made


def test_time_does_not_run_backwards(clock: Clock) -> None:
    before = clock.monotonic()
    clock.wait(threading.Event(), 0.01)
    assert clock.monotonic() >= before + 0.009


def test_the_date_is_in_utc(clock: Clock) -> None:
    assert clock.utc().tzinfo is UTC


def test_waiting_for_a_set_flag_ends_at_once(clock: Clock) -> None:
    flag = threading.Event()
    flag.set()
    assert clock.wait(flag, 3600)


def test_waiting_for_a_flag_that_stays_down_says_so(clock: Clock) -> None:
    assert not clock.wait(threading.Event(), 0.001)
    assert not clock.wait(threading.Event(), -1)


def test_the_age_of_a_beat_grows_until_the_next() -> None:
    clock = FakeClock()
    beats = Beats(clock)
    clock.advance(3)
    assert beats.age_s("camera") == 3
    beats.beat("camera")
    assert beats.age_s("camera") == 0
    clock.advance(2)
    assert beats.age_s("camera") == 2
    assert beats.age_s("vision") == 5
