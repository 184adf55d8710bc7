"""A clock that stands still until somebody waits."""

import threading
from datetime import UTC, datetime, timedelta


class FakeClock:
    """A `Clock` on which waiting moves time and never blocks. `waits` lists what was waited for."""

    def __init__(self, start: float = 1000.0) -> None:
        self._lock = threading.Lock()
        self._now = start
        self._start = start
        self.waits: list[float] = []

    def monotonic(self) -> float:
        with self._lock:
            return self._now

    def utc(self) -> datetime:
        return datetime(2025, 1, 1, 12, tzinfo=UTC) + timedelta(seconds=self.monotonic() - self._start)

    def wait(self, flag: threading.Event, seconds: float) -> bool:
        if flag.is_set():
            return True
        with self._lock:
            self._now += max(0.0, seconds)
            self.waits.append(seconds)
        return flag.is_set()

    def advance(self, seconds: float) -> None:
        """Let time pass without anybody waiting."""
        with self._lock:
            self._now += seconds
