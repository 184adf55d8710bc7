"""A place for one value: whoever puts never waits, whoever takes gets the newest."""

import threading
from typing import Generic, TypeVar

from kiosk.runtime.patience import wait_for

T = TypeVar("T")


class Slot(Generic[T]):
    """Newest wins. A value is taken once; looking at it (`peek`) leaves it there for everybody."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._value: T | None = None
        self._fresh = False
        self._puts = 0

    def put(self, value: T) -> None:
        """Replace whatever is there; returns at once."""
        with self._changed:
            self._value = value
            self._fresh = True
            self._puts += 1
            self._changed.notify()

    def take(self, timeout_s: float, stop: threading.Event) -> T | None:
        """The newest value that nobody took, waiting for one; None after `timeout_s` or once `stop` is set."""
        with self._changed:
            if not wait_for(self._changed, lambda: self._fresh, timeout_s=timeout_s, stop=stop):
                return None
            self._fresh = False
            return self._value

    @property
    def puts(self) -> int:
        """How often a value was put: another number means that it may be another value."""
        with self._changed:
            return self._puts

    def peek(self) -> T | None:
        """The newest value, taken or not; None before the first."""
        with self._changed:
            return self._value
