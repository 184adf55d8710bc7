"""Who was let in by their face a short while ago: in memory only, so that staff can say 'not this person'."""

import threading
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from kiosk.domain.ports import Clock
from kiosk.domain.verdict import Decision, Probe

KEPT = 20
KEPT_S = 15 * 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Recent:
    """One visit that named `person`, with the face that was compared; forgotten at `until` (monotonic seconds)."""

    decision: str
    person: str
    at_utc: datetime
    probe: Probe
    until: float


class Recents:
    """The last few visits that named somebody. Vision adds, the staff worker looks; neither waits for the other."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: deque[Recent] = deque(maxlen=KEPT)

    def add(self, decision: Decision, at_utc: datetime) -> None:
        """Keep a decision that let somebody of the gallery in; any other leaves no trace."""
        if not decision.admits or decision.person is None or decision.probe is None:
            return
        until = self._clock.monotonic() + KEPT_S
        with self._lock:
            self._kept.append(Recent(decision.id, decision.person, at_utc, decision.probe, until))

    def newest_first(self) -> Sequence[Recent]:
        """Those whose time is not over."""
        self.forget()
        with self._lock:
            return tuple(reversed(self._kept))

    def keep(self, people: Collection[str]) -> None:
        """Drop all but those people's: nobody else is known here any more."""
        with self._lock:
            kept = [recent for recent in self._kept if recent.person in people]
            self._kept.clear()
            self._kept.extend(kept)

    def forget(self, person: str | None = None) -> None:
        """Drop those whose time is over, and all of `person`, who was erased."""
        now = self._clock.monotonic()
        with self._lock:
            kept = [recent for recent in self._kept if now < recent.until and recent.person != person]
            self._kept.clear()
            self._kept.extend(kept)
