"""Waiting for something to become true, and ports that nobody uses."""

import socket
import threading
from collections.abc import Callable

from kiosk.runtime.clock import SystemClock

LONGEST_S = 60.0
PAUSE_S = 0.05


def until(condition: Callable[[], bool], what: str, longest_s: float = LONGEST_S) -> None:
    """Wait until it is true. Fails, saying what was waited for, when it does not become so."""
    clock, never = SystemClock(), threading.Event()
    deadline = clock.monotonic() + longest_s
    while not condition():
        assert clock.monotonic() < deadline, f"waited {longest_s} s for {what}"
        clock.wait(never, PAUSE_S)


def free_port() -> int:
    """A port on loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
