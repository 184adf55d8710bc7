"""The real clock: the only file that touches the time of this machine."""

import threading
import time
from datetime import UTC, datetime


class SystemClock:
    """Time as the operating system tells it; a `Clock`."""

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()

    def utc(self) -> datetime:
        """The aware date and time in UTC."""
        return datetime.now(UTC)

    def wait(self, flag: threading.Event, seconds: float) -> bool:
        """Wait until `flag` is set, at most `seconds`; True if it is set."""
        return flag.wait(max(0.0, seconds))
