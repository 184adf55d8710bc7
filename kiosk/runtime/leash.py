"""A stop flag that notices when the part that holds it has got going."""

import threading
from collections.abc import Callable

LOOKS = 2


class Leash(threading.Event):
    """The stop flag of one part, given anew at each start.

    A part looks at its flag once each time round. The second look after a start therefore means that all
    was opened and one round of work went well: then, and only then, is it up. (A camera that opens but
    gives no frame never gets there, so "camera lost" does not flicker while it is tried again.)
    """

    def __init__(self, came_up: Callable[[], None]) -> None:
        super().__init__()
        self._came_up = came_up
        self._looks_left = 0

    def renew(self) -> None:
        """The part is about to start."""
        self._looks_left = LOOKS

    def retire(self) -> None:
        """The part has ended; looks no longer count."""
        self._looks_left = 0

    def is_set(self) -> bool:
        """Whether to stop."""
        self._look()
        return super().is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until told to stop, at most `timeout` seconds; whether to stop."""
        self._look()
        return super().wait(timeout)

    def _look(self) -> None:
        if self._looks_left == 0:
            return
        self._looks_left -= 1
        if self._looks_left == 0:
            self._came_up()
