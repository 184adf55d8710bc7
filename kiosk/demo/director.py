"""Plays a story on a running kiosk: puts scenes before the camera, touches the screen, waits, and notes what came."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kiosk.app import Kiosk
from kiosk.demo.report import Step
from kiosk.demo.stage import Stage, empty
from kiosk.domain.errors import KioskError
from kiosk.domain.ports import Clock
from kiosk.domain.sight import Image
from kiosk.screens.events import Button, Decided
from kiosk.screens.states import Attract, Screen

TAP_EVERY_S = 0.12
PATIENCE_S = 30.0


class StoryStuck(KioskError):
    """The story could not go on; the message says what was awaited."""

    code = "story-stuck"
    exit_code = 1


@dataclass(frozen=True, slots=True)
class Wait:
    """Something that the story waits for: `until` is asked at every tick, for `longest_s` at most."""

    what: str
    until: Callable[[], bool]
    longest_s: float = PATIENCE_S


Story = Generator[Wait, None, None]


@dataclass(slots=True)
class Director:
    """Owned by the main thread: `tick` is called by the screen loop, and lets the story take its next step."""

    kiosk: Kiosk
    stage: Stage
    clock: Clock
    out: Path
    on_step: Callable[[Step], None]
    steps: list[Step] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)
    _story: Iterator[Wait] = field(default_factory=lambda: iter(()))
    _waiting: Wait | None = None
    _deadline: float = 0.0
    done: bool = False

    def begin(self, story: Story) -> None:
        """Play this from the next tick on."""
        self._story = story

    def tick(self) -> None:
        """Go on when what is awaited has come. Raises StoryStuck when it has not in time."""
        if self.done:
            return
        if self._waiting is not None and not self._waiting.until():
            if self.clock.monotonic() >= self._deadline:
                self.picture("stuck")
                raise StoryStuck(f"the demo waited in vain for {self._waiting.what}; see {self.out / 'stuck.png'}")
            return
        self._waiting = next(self._story, None)
        self.done = self._waiting is None
        if self._waiting is not None:
            self._deadline = self.clock.monotonic() + self._waiting.longest_s

    @property
    def screen(self) -> Screen:
        """What is on the screen now."""
        return self.kiosk.loop.state.screen

    def show(self, scene: Image) -> None:
        """Put a scene before the camera."""
        self.stage.put(scene)

    def pause(self, seconds: float) -> Wait:
        """Wait that long."""
        until = self.clock.monotonic() + seconds
        return Wait("time to pass", lambda: self.clock.monotonic() >= until, seconds + PATIENCE_S)

    def on(self, *kinds: type[object], longest_s: float = PATIENCE_S) -> Wait:
        """Wait for one of those screens."""
        names = " or ".join(kind.__name__ for kind in kinds)
        return Wait(f"the screen {names}", lambda: isinstance(self.screen, kinds), longest_s)

    def tap(self, button: Button, text: str = "") -> Story:
        """Touch a button with a finger, as soon as it is drawn."""
        window = self.kiosk.window
        yield Wait(f"the button {button.value}", lambda: window.where(button, text) is not None)
        spot = window.where(button, text)
        if spot is not None:
            window.touch(*spot)
        yield self.pause(TAP_EVERY_S)

    def decision(self, longest_s: float = PATIENCE_S) -> Wait:
        """Wait for the next decision from now on."""
        already = len(self.decided)
        return Wait("a decision", lambda: len(self.decided) > already, longest_s)

    def leave(self) -> Story:
        """The visitor walks away, and the screen goes home."""
        self.show(empty())
        yield self.pause(1.2)
        yield self.on(Attract)
        yield self.pause(0.4)

    def picture(self, name: str) -> str:
        """Save what is on the screen; the file's name."""
        file = f"{name}.png"
        self.kiosk.window.screenshot(self.out / file)
        return file

    def seen(self) -> NDArray[np.uint8]:
        """The screen as a phone would photograph it, (H, W, 3) RGB."""
        return self.kiosk.window.pixels()

    def note(self, step: str, expected: str, got: str, latency_s: float | None = None) -> None:
        """Write down how a step of the story ended, with a picture of the screen."""
        latency_ms = None if latency_s is None else round(latency_s * 1000, 1)
        file = self.picture(f"{len(self.steps) + 1:02d}-{_slug(step)}")
        done = Step(step, expected, got, expected == got, latency_ms, file)
        self.steps.append(done)
        self.on_step(done)


def _slug(step: str) -> str:
    return "-".join("".join(letter for letter in step.lower() if letter.isalnum() or letter == " ").split())
