"""A whole kiosk for a test: the real parts on a real store, off-screen; only the camera is a stand-in."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from kiosk.app import Kiosk, opened
from kiosk.demo.stage import Stage
from kiosk.domain.errors import CameraLost
from kiosk.domain.ports import Camera
from kiosk.domain.sight import Frame, Image
from kiosk.runtime.clock import SystemClock
from kiosk.screens.events import Button, Decided
from kiosk.screens.states import Screen
from kiosk.settings import General, Settings

PATIENCE_S = 40.0


@dataclass
class Lens:
    """A stage that can be unplugged or stall, as a real camera can."""

    stage: Stage
    unplugged: threading.Event = field(default_factory=threading.Event)
    stalled: threading.Event = field(default_factory=threading.Event)
    freed: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Lens":
        if self.unplugged.is_set():
            raise CameraLost("there is no camera; plug one in")
        self.stage.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.stage.__exit__(None, None, None)

    def read(self) -> Frame:
        if self.unplugged.is_set():
            raise CameraLost("the camera gives no frames; check its cable")
        if self.stalled.is_set():
            self.freed.wait(PATIENCE_S)
        return self.stage.read()


@dataclass
class Bystander:
    """Runs the screen loop turn by turn, and waits for what a visitor or staff would wait for."""

    kiosk: Kiosk
    lens: Lens
    clock: SystemClock
    decided: list[Decided]

    def show(self, scene: Image) -> None:
        self.lens.stage.put(scene)

    @property
    def screen(self) -> Screen:
        return self.kiosk.loop.state.screen

    def until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = self.clock.monotonic() + PATIENCE_S
        never = threading.Event()
        while not condition():
            assert self.clock.monotonic() < deadline, f"waited in vain for {what}; on {type(self.screen).__name__}"
            self.kiosk.loop.turn()
            self.clock.wait(never, 0.02)

    def sees(self, *kinds: type[object]) -> None:
        self.until(lambda: isinstance(self.screen, kinds), " or ".join(kind.__name__ for kind in kinds))

    def tap(self, button: Button, text: str = "") -> None:
        window = self.kiosk.window
        self.until(lambda: window.where(button, text) is not None, f"the button {button.value}")
        spot = window.where(button, text)
        assert spot is not None
        window.touch(*spot)
        self.kiosk.loop.turn()

    def decision(self) -> Decided:
        before = len(self.decided)
        self.until(lambda: len(self.decided) > before, "a decision")
        return self.decided[-1]


@dataclass
class Hall:
    """Where kiosks are opened: one store, as often as a test wants."""

    settings: Settings
    clock: SystemClock
    stack: ExitStack

    def open(self, settings: Settings | None = None) -> Bystander:
        lens = Lens(Stage(self.clock))

        def camera() -> Camera:
            return lens

        running = opened(settings or self.settings, self.clock, camera, headless=True, attended=False)
        kiosk = self.stack.enter_context(running)
        decided: list[Decided] = []
        kiosk.loop.on_decision = decided.append
        return Bystander(kiosk, lens, self.clock, decided)

    def close(self) -> None:
        self.stack.close()


@pytest.fixture
def hall(tmp_path: Path, models_folder: Path) -> Iterator[Hall]:
    settings = Settings(kiosk=General(store=tmp_path / "store", site="test", models=models_folder))
    settings = replace(settings, screen=replace(settings.screen, width=800, height=480, fullscreen=False))
    with ExitStack() as stack:
        yield Hall(settings, SystemClock(), stack)
