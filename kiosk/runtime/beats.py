"""Signs of life: who did something last, and how long ago."""

import threading

from kiosk.domain.ports import Clock


class Beats:
    """Heart-beats of the parts by name; any thread may beat or look."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._since = clock.monotonic()
        self._last: dict[str, float] = {}
        self._counts: dict[str, int] = {}

    def beat(self, name: str) -> None:
        """`name` is alive now."""
        now = self._clock.monotonic()
        with self._lock:
            self._last[name] = now
            self._counts[name] = self._counts.get(name, 0) + 1

    def age_s(self, name: str) -> float:
        """Seconds since the last beat of `name`, or since the beginning if it never beat."""
        now = self._clock.monotonic()
        with self._lock:
            return max(0.0, now - self._last.get(name, self._since))

    def count(self, name: str) -> int:
        """How often `name` has beaten."""
        with self._lock:
            return self._counts.get(name, 0)
