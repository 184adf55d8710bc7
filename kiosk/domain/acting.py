"""An old event never opens a door: whether a decision may still move something in the world."""

from collections import deque
from dataclasses import dataclass, field

from kiosk.domain.verdict import Decision

OLDEST_S = 2.0
REMEMBERED = 1000


@dataclass(slots=True)
class Fresh:
    """Asked right before something moves, by the one thread that moves it; what it turned down is never tried again.

    A decision is a value of the memory of one process, never read from a store or a message, so that its time and the
    monotonic clock are of the same boot.
    """

    _acted: deque[str] = field(default_factory=lambda: deque(maxlen=REMEMBERED), repr=False)

    def allows(self, decision: Decision, now: float) -> bool:
        """True once for a decision whose frame was taken in the last two seconds (`now`: monotonic)."""
        is_fresh = 0.0 <= now - decision.taken_at <= OLDEST_S and decision.id not in self._acted
        self._acted.append(decision.id)
        return is_fresh
