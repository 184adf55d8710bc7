"""Which parts wait, with all that they have open, for a store that somebody else is writing."""

import threading
from dataclasses import dataclass, field


@dataclass(slots=True)
class Waiting:
    """Each part says it of itself; any thread may ask."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _parts: frozenset[str] = frozenset()

    def begin(self, part: str) -> None:
        """That part waits from now on."""
        with self._lock:
            self._parts |= {part}

    def end(self, part: str) -> None:
        """It does not, or not any more."""
        with self._lock:
            self._parts -= {part}

    def is_any(self) -> bool:
        """Whether somebody waits."""
        with self._lock:
            return bool(self._parts)
