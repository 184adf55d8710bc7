"""Runs the parts side by side, each in a thread, and decides by the error's class what to do when one fails.

Every failure is tried again, after 1 s and then every 2 s: what a person repairs must not need a restart besides.
Passing (`PASSING`) is only waited for; every other `KioskError` is lasting: it needs a person, and is said so; anything
else is a defect of ours: logged with its traceback, lasting when it comes five times a minute.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kiosk.domain.errors import Defect, KioskError, MissingHardware, StoreBusy
from kiosk.domain.ports import Clock

log = logging.getLogger(__name__)

PASSING = (MissingHardware, StoreBusy)
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 2.0
RAN_WELL_S = 30.0
DEFECTS_BORNE = 5
DEFECT_WINDOW_S = 60.0


class Part(Protocol):
    """Something that runs until told to stop. It opens and closes what it needs inside `run`."""

    @property
    def name(self) -> str:
        """The part's name in the log and in `Health`."""
        ...

    def run(self, stop: threading.Event, up: Callable[[], None]) -> None:
        """Work until `stop` is set, looking at it at least twice a second; returning earlier means finished.

        `up` is called when all is open and a round of work went well; again and again does no harm.
        """
        ...


class PartState(StrEnum):
    """How a part is. `DOWN` needs a person, though it is tried again; without an error it means that it finished."""

    STARTING = "starting"
    UP = "up"
    RETRYING = "retrying"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Health:
    """A change in how a part is; `error` says why it is retrying or down."""

    part: str
    state: PartState
    error: KioskError | None = None


class Supervisor:
    """Owns one daemon thread a part. `on_health` is called from those threads, on change only."""

    def __init__(self, clock: Clock, parts: Sequence[Part], on_health: Callable[[Health], None]) -> None:
        self._clock = clock
        self._keepers = [_Keeper(clock, part, on_health) for part in parts]

    def start(self) -> None:
        """Start every part; returns at once."""
        for keeper in self._keepers:
            keeper.thread.start()

    def stop(self, timeout_s: float = 2.0) -> tuple[str, ...]:
        """Tell all parts to stop and wait for them, `timeout_s` in all; the names of those that still run."""
        until = self._clock.monotonic() + timeout_s
        for keeper in self._keepers:
            keeper.stop.set()
        for keeper in self._keepers:
            if keeper.thread.is_alive():
                keeper.thread.join(max(0.0, until - self._clock.monotonic()))
        late = tuple(keeper.part.name for keeper in self._keepers if keeper.thread.is_alive())
        for name in late:
            log.warning("%s did not stop in time", name)
        return late


class _Keeper:
    """Keeps one part running; its state belongs to the thread that it owns."""

    def __init__(self, clock: Clock, part: Part, on_health: Callable[[Health], None]) -> None:
        self.part = part
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._keep, name=part.name, daemon=True)
        self._clock = clock
        self._tell = on_health
        self._last: tuple[PartState, str] | None = None
        self._pause_s = FIRST_PAUSE_S
        self._defects: deque[float] = deque(maxlen=DEFECTS_BORNE)

    def _keep(self) -> None:
        self._change(PartState.STARTING)
        while self._run_once():
            if self._clock.wait(self.stop, self._pause_s):
                break
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
        self._change(PartState.DOWN)

    def _run_once(self) -> bool:
        """Run the part until it ends; True if it should be tried again."""
        started = self._clock.monotonic()
        try:
            self.part.run(self.stop, self._came_up)
        except Exception as error:  # noqa: BLE001 - the one place where every failure of a part ends up
            self._failed(error, self._clock.monotonic() - started)
            return True
        return False

    def _failed(self, error: Exception, lasted_s: float) -> None:
        if lasted_s > RAN_WELL_S:
            self._pause_s = FIRST_PAUSE_S
        if isinstance(error, KioskError):
            self._change(PartState.RETRYING if isinstance(error, PASSING) else PartState.DOWN, error)
            return
        borne = self._is_borne()
        if borne or self._last != (PartState.DOWN, Defect.code):  # no card is filled with one and the same traceback
            log.error("%s failed through a defect", self.part.name, exc_info=error)
        defect = Defect(f"The {self.part.name} part failed through a defect of the kiosk; the log has the details.")
        defect.__cause__ = error
        self._change(PartState.RETRYING if borne else PartState.DOWN, defect)

    def _is_borne(self) -> bool:
        """Count one more defect; False when five came within a minute."""
        now = self._clock.monotonic()
        self._defects.append(now)
        return len(self._defects) < DEFECTS_BORNE or now - self._defects[0] > DEFECT_WINDOW_S

    def _came_up(self) -> None:
        self._change(PartState.UP)

    def _change(self, state: PartState, error: KioskError | None = None) -> None:
        now = (state, error.code if error else "")
        if now == self._last:
            return
        self._last = now
        log.info("%s is %s%s", self.part.name, state, f": {error}" if error else "")
        self._tell(Health(self.part.name, state, error))
