"""When to try again: later after each failure, and never all kiosks at once."""

import random
from dataclasses import dataclass

from kiosk.domain.errors import Busy, SyncError

FIRST_S, LONGEST_S = 1.0, 3.0
LATER = 1.25


@dataclass(slots=True)
class Backoff:
    """Pauses of one second and more; each is drawn from all that it might be ("full jitter").

    `longest_s` is short, so that what waits is told within seconds once the network is good again; a central with so
    many kiosks that this would be too much for it names a longer one.
    """

    random: random.Random
    longest_s: float = LONGEST_S
    failures: int = 0

    def fail(self) -> float:
        """One more failure in a row: for how many seconds to pause."""
        self.failures += 1
        return self.random.uniform(FIRST_S, min(self.longest_s, FIRST_S * 2.0 ** min(self.failures, 10)))

    def meet_again(self) -> float:
        """What worked ended, maybe for a whole fleet at once (a proxy was loaded anew): for how many seconds to pause,
        so that they do not all come back together.
        """
        return self.random.uniform(FIRST_S, max(FIRST_S, self.longest_s))

    def succeed(self) -> None:
        """From the beginning."""
        self.failures = 0


def asked_s(error: SyncError, chance: random.Random) -> float:
    """For how many seconds nothing is to be asked after that, as central said; 0 where it did not."""
    if not isinstance(error, Busy) or error.retry_after_s is None:
        return 0.0
    return error.retry_after_s * chance.uniform(1.0, LATER)


def spread(seconds: float, chance: random.Random) -> float:
    """About so many seconds, a tenth more or less, so that a fleet that woke together drifts apart."""
    return seconds * chance.uniform(0.9, 1.1)
