"""Waiting for a letter box, with a limit and a stop flag."""

import math
import threading
from collections.abc import Callable

SLICE_S = 0.05


def wait_for(
    changed: threading.Condition, ready: Callable[[], bool], *, timeout_s: float, stop: threading.Event
) -> bool:
    """Wait, holding `changed`, until `ready()`; True if it is. Gives up after `timeout_s` or soon after `stop`.

    A flag can't wake a condition, so the flag is looked at every 50 ms; a change wakes the waiter at once.
    """
    slices = max(0, math.ceil(timeout_s / SLICE_S))
    for _ in range(slices):
        if ready() or stop.is_set():
            break
        changed.wait(min(SLICE_S, timeout_s))
    return ready()
