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
    """What changed since it was last asked for. `more`: the rest follows in a moment. `anybody`: it is not known who
    is gone. `number`: of how many it is that somebody went.
    """

    gallery: bool = False
    rules: bool = False
    gone: tuple[str, ...] = ()
    more: bool = False
    anybody: bool = False
    number: int = 0


@dataclass(slots=True)
class Changes:
    """Any thread tells, the staff worker takes, and says when nobody who is gone is in memory any more."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _told: Told = Told()
    _settled: int = 0

    def tell(self, applied: Applied, more: bool) -> None:
        """A page changed that."""
        with self._lock:
            before = self._told
            self._told = Told(
                before.gallery or applied.gallery,
                before.rules or applied.rules,
                before.gone + applied.gone,
                more,
                before.anybody or applied.anybody,
                before.number + bool(applied.gone or applied.anybody),
            )

    def take(self) -> Told:
        """All of it, once."""
        with self._lock:
            told, self._told = self._told, replace(self._told, gallery=False, rules=False, gone=(), anybody=False)
            return told

    def settle(self, told: Told) -> bool:
        """Whoever was told of as gone up to then is in no memory any more; whether that is news."""
        with self._lock:
            is_news, self._settled = told.number > self._settled, max(self._settled, told.number)
            return is_news

    def is_settled(self) -> bool:
        """Whether that holds for all who were told of."""
        with self._lock:
            return self._settled == self._told.number


@dataclass(slots=True)
class Renewal:
    """When to read everybody anew: at the end of what follows, at most every five seconds, and never for more than a
    fifth of the time, however many there are. `burials`: which erasures the gallery is known to heed;
    `faces`: what there was when everybody was read.
    """

    is_wanted: bool = False
    burials: tuple[int, int] | None = None
    faces: tuple[int, ...] | None = None
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
