"""The screen loop on the main thread: touches and news go into the flow, views come out, thirty times a second."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk.domain.ports import Clock
from kiosk.parts.camera import CAMERA
from kiosk.parts.post import Post
from kiosk.parts.sight import VISION
from kiosk.parts.staff import STAFF
from kiosk.runtime.beats import Beats
from kiosk.runtime.supervisor import Health, PartState
from kiosk.screens.display import Display
from kiosk.screens.events import Decided, Event, PartDown, PartName, PartUp, Tick
from kiosk.screens.flow import Moment, State, advance, attention_of
from kiosk.screens.views import view_of

TICK_S = 1 / 30
STALLED_AFTER_S = 2.5

_PARTS = {CAMERA: PartName.CAMERA, VISION: PartName.VISION, STAFF: PartName.STORE}


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
    _down: dict[PartName, bool] = field(default_factory=dict)
    _health: dict[str, Health] = field(default_factory=dict)

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

    def turn(self) -> None:
        """One tick: everything that happened goes through the flow, then one picture is drawn."""
        for event in (*self.display.touches(), *self.post.sights.drain(), *self.post.news.drain()):
            self._advance(event)
            if isinstance(event, Decided):
                self.on_decision(event)
        for event in self._parts_changed():
            self._advance(event)
        self._advance(Tick())
        self.post.attention.put(attention_of(self.state))
        now = Moment(self.clock.monotonic(), self.clock.utc())
        self.display.show(view_of(self.state, now), self.post.preview.peek())

    def _advance(self, event: Event) -> None:
        now = Moment(self.clock.monotonic(), self.clock.utc())
        step = advance(self.state, event, now)
        self.state = step.state
        for intent in step.intents:
            self.post.intents.post(intent)

    def _parts_changed(self) -> list[Event]:
        events: list[Event] = []
        for part, name in _PARTS.items():
            down, lasting = self._condition(part)
            if down and name not in self._down:
                self._down[name] = lasting
                events.append(PartDown(name, lasting))
            elif not down and name in self._down:
                del self._down[name]
                events.append(PartUp(name))
        return events

    def _condition(self, part: str) -> tuple[bool, bool]:
        """Whether the part is out of order (by its own word, or because it went quiet), and for good."""
        health = self._health.get(part)
        if health is not None and health.state in (PartState.RETRYING, PartState.DOWN) and health.error is not None:
            return True, health.state is PartState.DOWN
        if part == STAFF or health is None or health.state is not PartState.UP:
            return False, False
        return self.beats.age_s(part) > STALLED_AFTER_S, False
