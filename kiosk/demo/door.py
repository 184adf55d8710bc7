"""The kiosk beside the demo's central: it is paired by touch, and then people come to it for as long as it runs.

Started by `scripts/demo --central`. It tells what happens by lines of JSON on stdout, and ends with its stdin.
"""

import json
import os
import select
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import cycle
from math import inf
from pathlib import Path

import click

from kiosk.app import open_desk, opened
from kiosk.demo.command import cast_of
from kiosk.demo.company import SITE, Visitor, visitors
from kiosk.demo.director import Director, Story, Wait
from kiosk.demo.faces import demo_faces
from kiosk.demo.stage import Stage, empty
from kiosk.demo.story import PIN, Cast, pose, prompt_of, to_menu
from kiosk.domain.errors import KioskError
from kiosk.domain.ports import Clock
from kiosk.domain.verdict import Outcome
from kiosk.identity.enrolment import Prompt
from kiosk.parts.report import all_of
from kiosk.runtime.clock import SystemClock
from kiosk.runtime.logs import start_logging
from kiosk.runtime.signals import stopped_by_signals
from kiosk.screens.events import Button, Decided
from kiosk.screens.states import Attract, Looking, Result
from kiosk.screens.states_central import CentralPage
from kiosk.settings import General, Settings
from kiosk.sync.options import Options as SyncOptions
from kiosk.vision.reading import load_image
from kiosk.wire.standing import Invitation, Standing, Status

READY_MOST_S = 120.0
ADMIN_MOST_S = 60.0
READ_S = 2.0
STAYS_S = 5.0
GONE_S = 0.7  # the tracker takes a face for the same one for half a second
PAUSE_S = 2.0
HEART_BEAT_S = 5.0

Tell = Callable[[dict[str, object]], None]


@dataclass(slots=True)
class Door:
    """Who is at the door of a kiosk: everybody in turn, and out of turn whoever was erased a moment ago.

    `tell` hears of the pairing and of each visit. Owned by the main thread, as its director is.
    """

    director: Director
    cast: Cast
    tell: Tell
    _known: dict[str, Visitor] = field(default_factory=dict, repr=False)
    _there: Visitor | None = None
    _sight: tuple[Visitor | None, Prompt | None] = (None, None)

    def life(self) -> Story:
        """From the first frame on, without an end."""
        post = self.director.kiosk.loop.post
        yield Wait(
            "the kiosk to be ready", lambda: post.ready.is_set() and post.preview.peek() is not None, READY_MOST_S
        )
        yield from self._paired()
        turn = cycle(visitors(self.cast))
        while True:
            yield from self._visit(self._take_erased() or next(turn))

    def _paired(self) -> Story:
        """As staff does it: the code is on the screen until an admin has confirmed it."""
        director = self.director
        yield from to_menu(director)
        yield from director.tap(Button.CENTRAL)
        yield director.on(CentralPage)
        yield from director.tap(Button.PAIR)
        yield Wait("a code from central", lambda: self._asking() is not None)
        asking = self._asking()
        yield director.pause(READ_S)
        if asking is not None:
            self.tell({"type": "asks", "code": asking.code, "fingerprint": asking.fingerprint})
        yield Wait("an admin", lambda: self._standing().standing is Standing.PAIRED, ADMIN_MOST_S)
        yield director.pause(READ_S)
        self.tell({"type": "paired", "name": self._standing().name})
        yield from director.tap(Button.OK)
        yield from director.tap(Button.LEAVE)
        yield director.on(Attract)

    def _visit(self, who: Visitor) -> Story:
        """Somebody comes, gets an answer, and goes; whoever was erased meanwhile does not wait for that."""
        director = self.director
        before = len(director.decided)
        self._there = who
        yield Wait("a decision", lambda: len(director.decided) > before, inf)
        yield self._next_after(STAYS_S)
        self._there = None
        yield director.pause(GONE_S)
        yield self._next_after(PAUSE_S)

    def _next_after(self, seconds: float) -> Wait:
        """Until it is the next one's turn: not while staff is at the screen, where whoever is there may be enrolled."""
        clock = self.director.clock
        until = clock.monotonic() + seconds

        def is_over() -> bool:
            nonlocal until
            if self._erased() or (self._there is None and prompt_of(self.director) is not None):
                return True
            if not isinstance(self.director.screen, Attract | Looking | Result):
                until = clock.monotonic() + seconds
            return clock.monotonic() >= until

        return Wait("the next one's turn", is_over, inf)

    def decided(self, news: Decided) -> None:
        """A decision is about to be shown."""
        self.director.decided.append(news)
        who, decision = self._there, news.decision
        if who is None:
            return
        if decision.outcome is Outcome.RECOGNISED and decision.person is not None:
            self._known[decision.person] = who
        name = news.name if news.name != who.name else None
        self.tell({"type": "visit", "who": who.name, "outcome": decision.outcome.value, "name": name})

    def tick(self) -> None:
        """Let the story go on, and the camera see who is there; whoever is being enrolled follows the prompts."""
        self.director.tick()
        sight = self._there, prompt_of(self.director)
        if sight != self._sight:
            self._sight = who, prompt = sight
            self.director.show(empty() if who is None else pose(who.portrait, who.portrait, prompt))

    def _erased(self) -> list[str]:
        """Those who were recognised here and are known no more."""
        gallery = self.director.kiosk.loop.post.gallery.peek()
        return [] if gallery is None else [person for person in self._known if person not in gallery.places]

    def _take_erased(self) -> Visitor | None:
        """One of them, who comes once more."""
        person = next(iter(self._erased()), None)
        who = None if person is None else self._known.pop(person)
        if who is not None:
            self.tell({"type": "erased", "who": who.name})
        return who

    def _standing(self) -> Status:
        return self.director.kiosk.loop.post.standing.peek() or Status(Standing.ALONE)

    def _asking(self) -> Invitation | None:
        return self._standing().asking


@click.command(epilog="Example:  python -m kiosk.demo.door STORE http://127.0.0.1:8400 --headless")
@click.argument("store", type=click.Path(path_type=Path))
@click.argument("url")
@click.option("--headless", is_flag=True, help="Draw off-screen, whatever display there is.")
def main(store: Path, url: str, headless: bool) -> None:
    """Run a kiosk on STORE, pair it with the central at URL, and let the demo people come to it."""
    start_logging(sys.stderr)
    try:
        _run(_settings(store, url), headless)
    except KioskError as error:
        _tell({"type": "error", "sentence": str(error)})
        sys.exit(error.exit_code)


def _settings(store: Path, url: str) -> Settings:
    settings = Settings(kiosk=General(store=store, site=SITE), sync=SyncOptions(url=url, heart_beat_s=HEART_BEAT_S))
    return replace(settings, screen=replace(settings.screen, fullscreen=False, show_pointer=True))


def _run(settings: Settings, headless: bool) -> None:
    clock, stop = SystemClock(), threading.Event()
    stage = Stage(clock)
    cast = cast_of({name: load_image(path) for name, path in demo_faces().items()})
    _alone(settings, clock)
    with opened(settings, clock, lambda: stage, headless=headless) as kiosk, stopped_by_signals(stop):
        director = Director(kiosk, stage, clock, settings.kiosk.store, lambda _step: None)
        door = Door(director, cast, _tell)
        kiosk.loop.on_decision = door.decided
        kiosk.loop.on_tick = all_of(door.tick, lambda: _end_with_stdin(stop))
        director.begin(door.life())
        kiosk.loop.run(stop)


def _alone(settings: Settings, clock: Clock) -> None:
    """The kiosk as it was the last time, with its PIN, but of no fleet: each time shows how it is paired."""
    with open_desk(settings, clock) as desk:
        if not desk.store.staff.has_pin():
            desk.set_pin(PIN)
        desk.store.membership.leave(clock.utc(), revoked=False)


def _end_with_stdin(stop: threading.Event) -> None:
    """Whoever started the kiosk holds the other end, and lets go of it however they end."""
    ready, _, _ = select.select([0], [], [], 0)
    if ready and not os.read(0, 4096):
        stop.set()


def _tell(line: dict[str, object]) -> None:
    """One line, for as long as somebody reads."""
    with suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
