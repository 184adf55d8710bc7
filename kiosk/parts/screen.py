"""The screen loop on the main thread: touches and news go into the flow, views come out, thirty times a second."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from kiosk.domain.errors import (
    CameraBlind,
    CameraFrozen,
    CameraLost,
    KioskError,
    MissingHardware,
    ModelError,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFailing,
    StoreFull,
    StoreTooNew,
    StoreUnwritable,
    WrongKey,
)
from kiosk.domain.ports import Clock
from kiosk.parts.camera import CAMERA
from kiosk.parts.post import Post
from kiosk.parts.sight import VISION
from kiosk.parts.staff import STAFF
from kiosk.runtime.beats import Beats
from kiosk.runtime.supervisor import Health, PartState
from kiosk.screens.display import Display
from kiosk.screens.events import Decided, Event, Fault, PartDown, PartName, PartUp, StandingSeen, Tick
from kiosk.screens.flow import Moment, State, advance, attention_of, first_state
from kiosk.screens.views import view_of
from kiosk.wire.standing import Status

TICK_S = 1 / 30
# A camera gives a frame at least every 83 ms. Vision may take longer over one on a busy machine.
CAMERA_QUIET_S = 0.8
VISION_QUIET_S = 2.0
FRAMES_MISSED = 3

_PARTS = {STAFF: PartName.STORE, CAMERA: PartName.CAMERA, VISION: PartName.VISION}
_FAULTS = {
    MissingHardware.code: Fault.GONE,
    CameraLost.code: Fault.GONE,
    CameraFrozen.code: Fault.FROZEN,
    CameraBlind.code: Fault.BLIND,
    StoreBusy.code: Fault.BUSY,
    StoreFull.code: Fault.FULL,
    StoreUnwritable.code: Fault.UNWRITABLE,
    StoreFailing.code: Fault.FAILING,
    StoreDamaged.code: Fault.DAMAGED,
    WrongKey.code: Fault.WRONG_KEY,
    StoreTooNew.code: Fault.TOO_NEW,
    StoreError.code: Fault.UNWRITABLE,
    ModelError.code: Fault.DAMAGED,
}


def quiet_limits(rate: float) -> dict[str, float]:
    """For how many seconds each part may give no sign of life, with a camera of that many frames a second."""
    return {CAMERA: max(CAMERA_QUIET_S, FRAMES_MISSED / rate), VISION: VISION_QUIET_S}


@dataclass(slots=True)
class ScreenLoop:
    """Owns the display and the screen state; never waits for another part, opens no file, runs no SQL."""

    display: Display
    state: State
    post: Post
    beats: Beats
    clock: Clock
    on_decision: Callable[[Decided], None]
    on_tick: Callable[[State], None] = lambda _state: None
    knows_pin: bool = True
    keeps_pictures: bool = True
    quiet: Mapping[str, float] = field(default_factory=lambda: quiet_limits(20.0))
    _down: dict[PartName, PartDown] = field(default_factory=dict)
    _health: dict[str, Health] = field(default_factory=dict)
    _standing: Status | None = None

    def run(self, stop: threading.Event) -> None:
        """Run until told to stop, or until the window is closed."""
        while not stop.is_set():
            self.turn()
            self.on_tick(self.state)
            if self.display.closed:
                return
            self.clock.wait(stop, TICK_S)

    def hear(self, health: Health) -> None:
        """Called by the supervisor, on any thread, when a part's health changes."""
        self._health[health.part] = health

    def health_of(self, part: str) -> Health | None:
        """What the supervisor last said of that part; any thread may ask."""
        return self._health.get(part)

    def turn(self) -> None:
        """One tick: everything that happened goes through the flow, then one picture is drawn."""
        for event in (*self.display.touches(), *self.post.sights.drain(), *self.post.news.drain()):
            self._advance(event)
            if isinstance(event, Decided):
                self.on_decision(event)
        for event in self._parts_changed():
            self._advance(event)
        self._hear_of_pin()
        self._hear_of_central()
        self._advance(Tick())
        self.post.attention.put(attention_of(self.state))
        self.display.show(view_of(self.state, self.now()), self.post.preview.peek())

    def _advance(self, event: Event) -> None:
        step = advance(self.state, event, self.now())
        self.state = step.state
        for intent in step.intents:
            self.post.intents.post(intent)

    def now(self) -> Moment:
        """This moment, as the screens know it."""
        site = self.post.site.peek()
        if site is None:
            return Moment(self.clock.monotonic(), self.clock.utc(), self.keeps_pictures)
        keeps = self.keeps_pictures and site.keep_pictures
        return Moment(self.clock.monotonic(), self.clock.utc(), keeps, site.notice)

    def _hear_of_pin(self) -> None:
        """Whether there is a staff PIN yet is said by the staff worker, once it answers."""
        has_pin = None if self.knows_pin else self.post.has_pin.peek()
        if has_pin is not None:
            self.knows_pin = True
            if not has_pin:
                self.state = replace(self.state, screen=first_state(has_pin).screen)

    def _hear_of_central(self) -> None:
        """Whoever looks at how things stand sees it change."""
        standing = self.post.standing.peek()
        if standing is not None and standing is not self._standing:
            self._standing = standing
            self._advance(StandingSeen(standing))

    def _parts_changed(self) -> list[Event]:
        """What broke, what is wrong in another way than before, and what works again."""
        found = self._broken()
        events: list[Event] = [down for name, down in found.items() if down != self._down.get(name)]
        events += [PartUp(name) for name in self._down if name not in found]
        self._down = found
        return events

    def _broken(self) -> dict[PartName, PartDown]:
        found: dict[PartName, PartDown] = {}
        for part in _PARTS:
            down = self._condition(part)
            if down is not None:
                found.setdefault(down.part, down)
        if self.post.waiting.is_any():
            found.setdefault(PartName.STORE, PartDown(PartName.STORE, fault=Fault.BUSY))
        return found

    def _condition(self, part: str) -> PartDown | None:
        """How the part is out of order (by its own word, or because it went quiet), if it is."""
        health = self._health.get(part)
        if health is None:
            return None
        if health.state in (PartState.RETRYING, PartState.DOWN) and health.error is not None:
            return outage(part, health.error, lasting=health.state is PartState.DOWN)
        quiet = self.quiet.get(part)
        if health.state is not PartState.UP or quiet is None or self.beats.age_s(part) <= quiet:
            return None
        return PartDown(_PARTS[part], fault=Fault.GONE if part == CAMERA else Fault.SLOW)


def outage(part: str, error: KioskError, *, lasting: bool) -> PartDown:
    """What the screens are told of a part that failed by that error: the store is what broke, whoever needed it."""
    fault = _FAULTS.get(error.code, Fault.DEFECT)
    match error:
        case StoreError():
            return PartDown(PartName.STORE, lasting, fault)
        case ModelError():
            return PartDown(PartName.VISION, lasting, fault)
        case _:
            return PartDown(_PARTS[part], lasting, fault)
