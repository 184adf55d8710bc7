"""A whole kiosk for a test: the real parts on a real store, off-screen; only the camera's hardware is a stand-in."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from kiosk import vision
from kiosk.app import Kiosk, open_desk, opened
from kiosk.cameras.watch import Watched
from kiosk.demo.command import cast_of
from kiosk.demo.stage import Stage
from kiosk.demo.story import Cast
from kiosk.domain.people import Consent, NewPerson, Person
from kiosk.domain.ports import Camera, Clock
from kiosk.domain.sight import Embedding, Image
from kiosk.runtime.clock import SystemClock
from kiosk.screens.events import Button, Decided, Fault, PartName
from kiosk.screens.states import OutOfOrder, Screen
from kiosk.screens.view import View
from kiosk.screens.views import view_of
from kiosk.settings import General, Settings, models_folder
from kiosk.vision.reading import load_image
from tests.fakes.camera import FakeCamera

PATIENCE_S = 40.0
TURN_S = 0.02
PAUSES_FROM_S = 1.0


class HurriedClock(SystemClock):
    """Pauses between two tries, which are the only waits of a second and more, take a tenth of a second."""

    def wait(self, flag: threading.Event, seconds: float) -> bool:
        return super().wait(flag, 0.1 if seconds >= PAUSES_FROM_S else seconds)


@dataclass
class ShiftedClock:
    """Another clock whose date can be set wrong; its seconds stay right."""

    clock: Clock
    _shift: timedelta = timedelta(0)

    def set_to(self, wrong_utc: datetime) -> None:
        self._shift = wrong_utc - self.clock.utc()

    def set_right(self) -> None:
        self._shift = timedelta(0)

    def monotonic(self) -> float:
        return self.clock.monotonic()

    def utc(self) -> datetime:
        return self.clock.utc() + self._shift

    def wait(self, flag: threading.Event, seconds: float) -> bool:
        return self.clock.wait(flag, seconds)


@dataclass
class Bystander:
    """Runs the screen loop turn by turn, and waits for what a visitor or staff would wait for."""

    kiosk: Kiosk
    stage: Stage
    device: FakeCamera
    clock: Clock
    decided: list[Decided]

    def show(self, scene: Image) -> None:
        self.stage.put(scene)

    @property
    def screen(self) -> Screen:
        return self.kiosk.loop.state.screen

    @property
    def view(self) -> View:
        return view_of(self.kiosk.loop.state, self.kiosk.loop.now())

    @property
    def said(self) -> str:
        """All that the screen says, in lower case."""
        return f"{self.view.title} {self.view.text} {self.view.hint}".lower()

    @property
    def faults(self) -> dict[PartName, Fault]:
        """What the screens know to be out of order."""
        return {trouble.part: trouble.fault for trouble in self.kiosk.loop.state.troubles}

    def turn(self) -> None:
        self.kiosk.loop.turn()
        self.clock.wait(threading.Event(), TURN_S)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = self.clock.monotonic() + PATIENCE_S
        while not condition():
            assert self.clock.monotonic() < deadline, f"waited in vain for {what}; {self.screen!r}"
            self.turn()

    def stays(self, seconds: float) -> None:
        """Let the kiosk run on for that long."""
        until = self.clock.monotonic() + seconds
        while self.clock.monotonic() < until:
            self.turn()

    def sees(self, *kinds: type[object]) -> None:
        self.until(lambda: isinstance(self.screen, kinds), " or ".join(kind.__name__ for kind in kinds))

    def is_out_of_order(self, part: PartName, fault: Fault) -> bool:
        return isinstance(self.screen, OutOfOrder) and self.faults.get(part) is fault

    @property
    def serves(self) -> bool:
        return not self.faults and not isinstance(self.screen, OutOfOrder)

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


@dataclass(frozen=True)
class Company:
    """The cast, and the embeddings of the one who is enrolled; made once, for as many halls as wanted."""

    cast: Cast
    embeddings: tuple[Embedding, ...]

    @staticmethod
    def of(faces: dict[str, Path]) -> "Company":
        cast = cast_of({name: load_image(path) for name, path in faces.items()})
        settings = Settings()
        eyes = vision.open_vision(models_folder(settings), settings.vision)
        photos = (cast.enrolled.photo, cast.enrolled_again.photo)
        return Company(cast, tuple(eyes.embed_photo(photo)[1] for photo in photos))


@dataclass
class Hall:
    """Where kiosks are opened: one store, as often as a test wants; everything is closed with the stack."""

    settings: Settings
    clock: Clock
    stack: ExitStack
    company: Company

    @staticmethod
    def of(folder: Path, stack: ExitStack, company: Company, clock: Clock | None = None) -> "Hall":
        """A hall whose kiosks keep their store in that folder, on a small screen."""
        settings = Settings(kiosk=General(store=folder, site="test"))
        settings = replace(settings, screen=replace(settings.screen, width=800, height=480, fullscreen=False))
        return Hall(settings, clock or HurriedClock(), stack, company)

    @property
    def store(self) -> Path:
        return self.settings.kiosk.store

    @property
    def cast(self) -> Cast:
        return self.company.cast

    def enrol(self) -> Person:
        """The first of the cast, from two photographs."""
        embeddings = self.company.embeddings
        consent = Consent("2025-01", "en", self.clock.utc(), "test")
        with open_desk(self.settings, self.clock) as desk:
            return desk.enrol(NewPerson("Somebody Known", consent, embeddings, len(embeddings)))

    def passes(self, person: Person, count: int) -> list[str]:
        """New passes of that person."""
        with open_desk(self.settings, self.clock) as desk:
            return [desk.issue(person) for _ in range(count)]

    def open(
        self, settings: Settings | None = None, *, attended: bool = False, stage: Stage | None = None
    ) -> Bystander:
        stage = stage or Stage(self.clock)
        device = FakeCamera(stage)

        def camera() -> Camera:
            return Watched(device, self.clock)

        running: AbstractContextManager[Kiosk] = opened(
            settings or self.settings, self.clock, camera, headless=True, attended=attended
        )
        kiosk = self.stack.enter_context(running)
        decided: list[Decided] = []
        kiosk.loop.on_decision = decided.append
        return Bystander(kiosk, stage, device, self.clock, decided)

    def close(self) -> None:
        self.stack.close()
