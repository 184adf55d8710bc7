"""The server's clock; everything that needs the time is given one."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Time as a parameter: deadlines in monotonic seconds, `utc` for people and records."""

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        ...

    def utc(self) -> datetime:
        """The aware date and time in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class ServerClock:
    """The machine's own time."""

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()

    def utc(self) -> datetime:
        """The aware date and time in UTC."""
        return datetime.now(UTC)
