"""Timings of pieces of work that take turns, so that a machine that slows down slows all of them down."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from kiosk.domain.ports import Clock

Name = TypeVar("Name", bound=Hashable)
Timer = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Timing:
    """Median and 95th percentile of `runs` runs, in milliseconds."""

    median_ms: float
    p95_ms: float
    runs: int


def timer(clock: Clock, work: Callable[[], object]) -> Timer:
    """A function that does the work once and returns the seconds it took."""

    def once() -> float:
        begun = clock.monotonic()
        work()
        return clock.monotonic() - begun

    return once


def take_turns(timers: Mapping[Name, Timer], runs: int) -> dict[Name, list[float]]:
    """Seconds of `runs` runs of each timer, one timer after the other; each warms up with a run that is not counted.

    Call it again and again with small `runs`, and the timers meet the same good and bad moments of the machine.
    """
    spent: dict[Name, list[float]] = {}
    for name, run in timers.items():
        run()
        spent[name] = [run() for _ in range(runs)]
    return spent


def timing(seconds: list[float]) -> Timing:
    """The figures of these runs (one or more)."""
    found_ms = np.array(seconds) * 1000
    return Timing(float(np.median(found_ms)), float(np.percentile(found_ms, 95)), len(seconds))
