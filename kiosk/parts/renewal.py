"""What central changed, until the staff worker has made a new gallery of it: gone at once, the rest now and then.

The gallery has one writer, the staff worker: of two, the slower could put back somebody whom the other had erased.
"""

import threading
from dataclasses import dataclass, field, replace

from kiosk.wire.agreed import Applied

EVERY_S = 5.0
SHARE = 4.0


@dataclass(frozen=True, slots=True)
class Told:
    """What changed since it was last asked for; `more`: the rest follows in a moment."""

    gallery: bool = False
    rules: bool = False
    gone: tuple[str, ...] = ()
    more: bool = False


@dataclass(slots=True)
class Changes:
    """Any thread tells, the staff worker takes."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _told: Told = Told()

    def tell(self, applied: Applied, more: bool) -> None:
        """A page changed that."""
        with self._lock:
            before = self._told
            gone = before.gone + applied.gone
            self._told = Told(before.gallery or applied.gallery, before.rules or applied.rules, gone, more)

    def take(self) -> Told:
        """All of it, once."""
        with self._lock:
            told, self._told = self._told, replace(self._told, gallery=False, rules=False, gone=())
            return told


@dataclass(slots=True)
class Renewal:
    """When to read everybody anew: at the end of what follows, at most every five seconds, and never for more than a
    fifth of the time, however many there are.
    """

    is_wanted: bool = False
    _due: float = 0.0
    _not_before: float = 0.0

    def want(self, now: float, *, more: bool) -> None:
        """The gallery is not as it should be. `more`: soon it will be so again."""
        due = now + EVERY_S if more else now
        self._due = min(self._due, due) if self.is_wanted else due
        self.is_wanted = True

    def is_due(self, now: float) -> bool:
        """Whether to do it now."""
        return self.is_wanted and now >= max(self._due, self._not_before)

    def done(self, began: float, now: float) -> None:
        """It was done, and took so long."""
        self.is_wanted = False
        self._not_before = now + max(EVERY_S, SHARE * (now - began))
