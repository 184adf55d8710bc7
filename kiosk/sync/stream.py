"""The stream by which central says that there is something to pull; on a thread of its own, it only sets a flag."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from kiosk.domain.errors import CounterBehind, SyncError
from kiosk.domain.ports import Clock
from kiosk.sync.backoff import LONGEST_S, Backoff, asked_s
from kiosk.sync.ports import Central

ALONE_S = 5.0


@dataclass(slots=True)
class Wake:
    """What the stream tells the engine; any thread may look, set or clear.

    `flag`: something is to be exchanged. `is_up`: the stream is connected. `was_up`: it has just connected, which
    proves the network. `retry`: the network is there, so the stream may be tried at once. `longest_s`: how long a pause
    between two tries may become.
    """

    flag: threading.Event = field(default_factory=threading.Event)
    is_up: threading.Event = field(default_factory=threading.Event)
    was_up: threading.Event = field(default_factory=threading.Event)
    retry: threading.Event = field(default_factory=threading.Event)
    longest_s: float = LONGEST_S


@dataclass(slots=True)
class Stream:
    """Keeps the stream open for as long as the kiosk is paired; owned by its thread.

    `dial` gives a Central whose requests are signed in the lane of streams; None while the kiosk is not paired.
    """

    dial: Callable[[], AbstractContextManager[Central | None]]
    wake: Wake
    clock: Clock
    chance: random.Random = field(default_factory=random.Random)
    _asked_until: float = field(default=float("-inf"), init=False)

    def run(self, stop: threading.Event) -> None:
        """Until told to stop. Raises StoreError."""
        backoff = Backoff(self.chance)
        while not stop.is_set():
            backoff.longest_s = self.wake.longest_s
            with self.dial() as central:
                pause_s = ALONE_S if central is None else self._listen(central, stop, backoff)
            self._rest(stop)
            self._pause(stop, pause_s)

    def _listen(self, central: Central, stop: threading.Event, backoff: Backoff) -> float:
        """Hear central out; for how long to pause then."""
        was_up = False
        try:
            with central.open_stream() as signs, _up(self.wake):
                was_up = True
                backoff.succeed()
                self.wake.was_up.set()
                self.wake.flag.set()
                for is_news in signs:
                    if is_news:
                        self.wake.flag.set()
                    if stop.is_set():
                        return 0.0
        except CounterBehind as error:
            central.go_above(error.last)
        except SyncError as error:
            self._asked_until = self.clock.monotonic() + asked_s(error, self.chance)
        return backoff.meet_again() if was_up else backoff.fail()

    def _rest(self, stop: threading.Event) -> None:
        """For as long as central asked for, however good the network is."""
        while not stop.is_set() and (left := self._asked_until - self.clock.monotonic()) > 0:
            self.clock.wait(stop, min(left, 0.5))

    def _pause(self, stop: threading.Event, pause_s: float) -> None:
        """Shorter when the engine finds that the network is there."""
        until = self.clock.monotonic() + pause_s
        while not stop.is_set() and (left := until - self.clock.monotonic()) > 0:
            if self.clock.wait(self.wake.retry, min(left, 0.5)):
                self.wake.retry.clear()
                return


@contextmanager
def _up(wake: Wake) -> Iterator[None]:
    """While it is up the engine does not look by itself; it has to hear that it is down, and only then."""
    wake.is_up.set()
    try:
        yield
    finally:
        wake.is_up.clear()
        wake.flag.set()
