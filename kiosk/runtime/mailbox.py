"""A bounded queue that never makes its sender wait: when it is full, the oldest letter goes."""

import threading
from collections import deque
from typing import Generic, TypeVar

from kiosk.runtime.patience import wait_for

T = TypeVar("T")


class Mailbox(Generic[T]):
    """First in, first out, at most `limit` letters (1 or more)."""

    def __init__(self, limit: int) -> None:
        if limit < 1:
            raise ValueError("a mailbox holds one letter or more")
        self._changed = threading.Condition()
        self._letters: deque[T] = deque(maxlen=limit)

    def post(self, item: T) -> None:
        """Add a letter; returns at once, and drops the oldest when full."""
        with self._changed:
            self._letters.append(item)
            self._changed.notify()

    def drain(self) -> list[T]:
        """All letters, oldest first; the mailbox is empty afterwards."""
        with self._changed:
            letters = list(self._letters)
            self._letters.clear()
            return letters

    def wait(self, timeout_s: float, stop: threading.Event) -> T | None:
        """The oldest letter, waiting for one; None after `timeout_s` or once `stop` is set and none is left."""
        with self._changed:
            if not wait_for(self._changed, lambda: bool(self._letters), timeout_s=timeout_s, stop=stop):
                return None
            return self._letters.popleft()
