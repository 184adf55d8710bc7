"""A whole kiosk as a process, driven by touches and scenes: `python -m tests.journeys.fleet_kiosk STORE URL`.

Commands come as lines of JSON on stdin, each is answered by a line on stdout; the screen goes on between them. It ends
with stdin.
"""

import json
import os
import selectors
import sqlite3
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from kiosk.app import open_desk, registry_of
from kiosk.demo.command import cast_of
from kiosk.demo.faces import demo_faces
from kiosk.demo.stage import Stage, empty, mirrored, shown, with_pass
from kiosk.demo.story import Cast
from kiosk.domain.errors import PassRefused
from kiosk.domain.ids import new_id
from kiosk.domain.people import Consent, NewPerson
from kiosk.domain.ports import Clock
from kiosk.domain.sight import Embedding, Frame, Image
from kiosk.identity.enrolment import Prompt
from kiosk.parts.screen import TICK_S
from kiosk.passes.drawing import qr_modules
from kiosk.runtime.clock import SystemClock
from kiosk.screens.events import Button
from kiosk.screens.states import (
    AskConsent,
    Attract,
    Capture,
    NameEntry,
    PinEntry,
    Review,
    ShowPass,
    StaffMenu,
)
from kiosk.screens.states_central import CentralPage
from kiosk.screens.view import Page
from kiosk.store import Opening, Store
from kiosk.sync.options import Options as SyncOptions
from kiosk.vision.reading import load_image
from kiosk.wire.standing import Standing, Status
from tests.journeys.rig import Bystander, Company, Hall
from tests.store.making import a_decision

PIN = "2468"
CALM_S = 0.25
LOOK_S = 0.25
COURSE_MOST_S = 1800.0
QUICK = Opening(patience_s=5.0, every_page=False)


class CalmStage(Stage):
    """A stage before which nobody stands is looked at four times a second: several kiosks share this machine."""

    def put(self, scene: Image) -> None:
        self._is_calm = scene.std() < 1.0
        super().put(scene)

    def read(self) -> Frame:
        if getattr(self, "_is_calm", True):
            self._next = max(self._next, self.clock.monotonic() + CALM_S)
        return super().read()


class Driven:
    """The kiosk and what can be asked of it. A command's name is that of a method here."""

    def __init__(self, hall: Hall, bystander: Bystander) -> None:
        self.hall = hall
        self.bystander = bystander

    @property
    def cast(self) -> Cast:
        return self.hall.cast

    @property
    def post(self) -> Any:
        return self.bystander.kiosk.loop.post

    def ready(self) -> dict[str, Any]:
        """Once models and gallery are loaded and frames flow."""
        self.bystander.until(lambda: self.post.ready.is_set() and self.post.preview.peek() is not None, "the kiosk")
        self.bystander.sees(Attract)
        return {}

    def pair(self) -> dict[str, Any]:
        """Staff asks to pair the kiosk, by touch: what the screen shows for an admin."""
        by = self.bystander
        self._look_at_central()
        by.tap(Button.PAIR)
        by.until(lambda: by.view.page is Page.PASS, "a code")
        code, fingerprint = by.view.text, by.view.hint.split()[-1]
        self._leave()
        return {"code": code, "fingerprint": fingerprint}

    def paired(self) -> dict[str, Any]:
        """Once it is one of the fleet."""
        self.bystander.until(lambda: self._standing().standing is Standing.PAIRED, "an admin")
        return {"site": self._standing().site}

    def central(self) -> dict[str, Any]:
        """What staff reads of central on the screen."""
        self._look_at_central()
        said = self.bystander.said
        self._leave()
        return {"said": said}

    def standing(self) -> dict[str, Any]:
        """How sync stands."""
        status = self._standing()
        waiting = status.waiting
        return {
            "standing": status.standing.value,
            "site": status.site,
            "waiting": waiting.waiting,
            "dead": waiting.dead,
            "reasons": [letter.reason for letter in status.letters],
            "trouble": status.trouble,
        }

    def told(self) -> dict[str, Any]:
        """Once nothing waits to be pushed."""
        self.bystander.until(lambda: not self._waiting(), "an empty outbox")
        return self.standing()

    def revoked(self) -> dict[str, Any]:
        """Once it knows that it is not of the fleet any more, and nobody is in its gallery."""
        self.bystander.until(lambda: self._standing().standing is Standing.REVOKED, "the last word of central")
        self.bystander.until(lambda: not self._known(), "an empty gallery")
        return self.standing()

    def enrol(self, name: str) -> dict[str, Any]:
        """Staff enrols the first of the cast, by touch: their id, and the text of the pass on the screen."""
        by = self.bystander
        self._let_staff_in()
        by.tap(Button.ENROL)
        by.sees(AskConsent)
        by.tap(Button.AGREE)
        by.sees(NameEntry)
        for key in name:
            by.tap(Button.KEY, key)
        by.tap(Button.OK)
        by.sees(Capture)
        while isinstance(by.screen, Capture):
            prompt = by.screen.enrolment.prompt
            by.show(self._pose(prompt))
            by.until(lambda prompt=prompt: self._prompt() is not prompt, "the next prompt")  # type: ignore[misc]
        by.show(empty())
        by.sees(Review)
        by.tap(Button.SAVE)
        by.sees(ShowPass)
        screen = by.screen
        assert isinstance(screen, ShowPass) and screen.person is not None
        by.tap(Button.OK)
        self._leave()
        return {"person": screen.person.id, "pass": screen.pass_text}

    def visit(self, pass_text: str = "", who: str = "comes_back") -> dict[str, Any]:
        """Somebody of the cast comes, with that pass or without one, gets an answer, and goes."""
        by = self.bystander
        by.sees(Attract)
        portrait = getattr(self.cast, who)
        if pass_text:
            by.show(with_pass(shown(portrait, shift=0.12), qr_modules(pass_text)))
        else:
            by.show(shown(portrait))
        news = by.decision()
        by.show(empty())
        by.sees(Attract)
        decision = news.decision
        return {"outcome": decision.outcome.value, "reason": decision.reason.value, "person": decision.person}

    def knows(self, person: str) -> dict[str, Any]:
        """Once that person is in the gallery; when that was (monotonic seconds of this machine)."""
        return self._once(lambda: person in self._known(), "somebody to be known")

    def forgets(self, person: str) -> dict[str, Any]:
        """Once that person is not in the gallery any more."""
        return self._once(lambda: person not in self._known(), "somebody to be forgotten")

    def takes(self, pass_text: str) -> dict[str, Any]:
        """Once that pass is good here."""
        return self._once(lambda: self._refusal(pass_text) == "", "a pass to be good")

    def refuses(self, pass_text: str) -> dict[str, Any]:
        """Once that pass is good here no more."""
        return self._once(lambda: self._refusal(pass_text) != "", "a pass to be refused")

    def issue(self, person: str) -> dict[str, Any]:
        """Staff issues a pass, as they do by a command."""
        with open_desk(self.hall.settings, self.hall.clock, QUICK) as desk:
            return {"pass": desk.issue(desk.person(person))}

    def add(self, name: str, seed: int) -> dict[str, Any]:
        """Staff adds somebody by a command, with a face of chance, and issues a pass for them."""
        vector = np.random.default_rng(seed).normal(size=128).astype(np.float32)
        consent = Consent("2025-01", "en", self.hall.clock.utc(), "command")
        with open_desk(self.hall.settings, self.hall.clock, QUICK) as desk:
            face = Embedding(vector / np.linalg.norm(vector), desk.rules.model.name)
            person = desk.enrol(NewPerson(name, consent, (face,), 1))
            return {"person": person.id, "pass": desk.issue(person)}

    def record(self, count: int, days: int) -> dict[str, Any]:
        """So many visitors in the last so many days."""
        clock = self.hall.clock
        with Store.open(self.hall.store, clock, QUICK) as store:
            begin = clock.utc() - timedelta(days=days)
            for number in range(count):
                at_utc = begin + timedelta(days=days) * number / count
                store.journal.record(a_decision(new_id(at_utc)), at_utc)
        return {}

    def idle(self, seconds: float) -> dict[str, Any]:
        """Run at the screen's own rhythm for that long; what it cost."""
        until = self.hall.clock.monotonic() + seconds
        return self._course(lambda: self.hall.clock.monotonic() >= until)

    def push_all(self) -> dict[str, Any]:
        """The same until nothing waits to be pushed."""
        return self._course(lambda: not self._waiting())

    def pull_all(self, people: int) -> dict[str, Any]:
        """The same until so many are in the gallery, while staff looks at how it goes."""
        self._look_at_central()
        return self._course(lambda: len(self._known()) >= people)

    def _course(self, is_over: Callable[[], bool]) -> dict[str, Any]:
        """Turns of the screen at its own rhythm, how long they took, and the most memory, until it is over."""
        clock, never, loop = self.hall.clock, threading.Event(), self.bystander.kiosk.loop
        begun = look_at = clock.monotonic()
        turns: list[float] = []
        shown: list[str] = []
        most_kb = 0
        while clock.monotonic() < begun + COURSE_MOST_S:
            if clock.monotonic() >= look_at:
                look_at = clock.monotonic() + LOOK_S
                most_kb = max(most_kb, rss_kb())
                said = self.bystander.said
                shown += [said] if "are here" in said and said not in shown else []
                if is_over():
                    break
            began = clock.monotonic()
            loop.turn()
            turns.append(clock.monotonic() - began)
            clock.wait(never, max(0.0, TICK_S - turns[-1]))
        took_s = clock.monotonic() - begun
        return {
            "seconds": round(took_s, 1),
            "frames_per_s": round(len(turns) / took_s, 1),
            "turn_ms_99": round(1000 * sorted(turns)[len(turns) * 99 // 100], 1) if turns else 0.0,
            "rss_mb": round(most_kb / 1000, 1),
            "progress": shown,
        }

    def _once(self, condition: Any, what: str) -> dict[str, Any]:
        self.bystander.until(condition, what)
        return {"at": self.hall.clock.monotonic()}

    def _refusal(self, pass_text: str) -> str:
        settings, clock = self.hall.settings, self.hall.clock
        with Store.open(self.hall.store, clock, QUICK) as store:
            try:
                registry_of(store, settings, "").check(pass_text, store.seen.reckon())
            except PassRefused as refused:
                return refused.reason.value
        return ""

    def _standing(self) -> Status:
        return self.post.standing.peek() or Status(Standing.ALONE)

    def _waiting(self) -> int:
        with closing(sqlite3.connect(self.hall.store / "kiosk.db", timeout=5)) as raw:
            (waiting,) = raw.execute("SELECT count(*) FROM outbox WHERE state = 'waiting'").fetchone()
        return int(waiting)

    def _known(self) -> tuple[str, ...]:
        gallery = self.post.gallery.peek()
        return () if gallery is None else gallery.people

    def _let_staff_in(self) -> None:
        self.bystander.sees(Attract)
        self.bystander.tap(Button.STAFF)
        self.bystander.sees(PinEntry)
        for digit in PIN:
            self.bystander.tap(Button.DIGIT, digit)
        self.bystander.tap(Button.OK)
        self.bystander.sees(StaffMenu)

    def _look_at_central(self) -> None:
        self._let_staff_in()
        self.bystander.tap(Button.CENTRAL)
        self.bystander.sees(CentralPage)

    def _leave(self) -> None:
        if isinstance(self.bystander.screen, CentralPage):
            self.bystander.tap(Button.OK)
        self.bystander.sees(StaffMenu, Attract)
        if isinstance(self.bystander.screen, StaffMenu):
            self.bystander.tap(Button.LEAVE)
        self.bystander.sees(Attract)

    def _prompt(self) -> Prompt | None:
        screen = self.bystander.screen
        return screen.enrolment.prompt if isinstance(screen, Capture) else None

    def _pose(self, prompt: Prompt | None) -> Image:
        match prompt:
            case Prompt.COME_CLOSER:
                return shown(self.cast.enrolled, 1.25)
            case Prompt.STEP_BACK:
                return shown(self.cast.enrolled, 0.75)
            case Prompt.TURN_LEFT:
                return shown(self.cast.enrolled_again)
            case Prompt.TURN_RIGHT:
                return shown(mirrored(self.cast.enrolled_again))
            case _:
                return shown(self.cast.enrolled)


def hall_of(folder: Path, url: str, stack: ExitStack, clock: Clock) -> Hall:
    """A hall whose kiosk speaks to that central, and where staff has its PIN."""
    cast = cast_of({name: load_image(path) for name, path in demo_faces().items()})
    hall = Hall.of(folder, stack, Company(cast, ()), clock)
    hall.settings = replace(
        hall.settings,
        kiosk=replace(hall.settings.kiosk, site=f"alone {folder.name}"),
        sync=SyncOptions(url=url, heart_beat_s=5.0),
    )
    with open_desk(hall.settings, clock) as desk:
        if not desk.store.staff.has_pin():
            desk.set_pin(PIN)
    return hall


def rss_kb() -> int:
    """How much memory this process has, without what is only mapped from files."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon:"))


def answered(driven: Driven, line: bytes) -> dict[str, Any]:
    """Do what that line says."""
    wanted: dict[str, Any] = json.loads(line)
    try:
        found: dict[str, Any] = getattr(driven, wanted.pop("do"))(**wanted)
    except AssertionError as error:
        return {"error": str(error)}
    return found


def main() -> None:
    """Until stdin ends."""
    os.set_blocking(0, False)
    with ExitStack() as stack, selectors.DefaultSelector() as ready:
        ready.register(0, selectors.EVENT_READ)
        hall = hall_of(Path(sys.argv[1]), sys.argv[2], stack, SystemClock())
        driven = Driven(hall, hall.open(stage=CalmStage(hall.clock)))
        pending = b""
        while True:
            driven.bystander.turn()
            if not ready.select(0):
                continue
            piece = os.read(0, 65536)
            if not piece:
                return
            *lines, pending = (pending + piece).split(b"\n")
            for line in lines:
                sys.stdout.write(json.dumps(answered(driven, line)) + "\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
