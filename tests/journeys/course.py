"""The course of one ordeal: its cause begins as somebody known comes, words; it ends, and they are let in."""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kiosk.demo.stage import empty, shown, with_pass
from kiosk.domain.ports import Clock
from kiosk.domain.sight import Image
from kiosk.domain.verdict import Outcome, Reason
from kiosk.passes.drawing import qr_modules
from kiosk.screens.states import Attract, Result
from kiosk.screens.view import Page
from kiosk.store import Store
from tests.journeys.ordeals import Ordeal, Place
from tests.journeys.rig import Bystander, Company, Hall, ShiftedClock

WHILE_BROKEN_S = 0.4
AWAY_S = 0.3
FORGOTTEN_S = 1.3


@dataclass(frozen=True)
class Course:
    """How it went. `said` is what was on the screen; times in seconds from the cause, and from its end."""

    said: str
    page: Page
    words_s: float
    recovery_s: float
    recognised_s: float
    false_accepts: int


@dataclass(frozen=True)
class Around:
    """What a course is made with: a folder of its own, what to close afterwards, people, a clock.

    The cause stays for `hold_s` longer than is needed, so that its end meets every moment between two tries.
    """

    folder: Path
    stack: ExitStack
    company: Company
    clock: Clock
    hold_s: float = 0.0


def run_course(ordeal: Ordeal, around: Around) -> Course:
    """Play it through. Raises NoMounts where this machine can't bring the cause about, AssertionError when stuck."""
    disk = around.stack.enter_context(ordeal.disk(around.folder / "disk"))
    folder = around.folder / "disk" / "store"
    folder.parent.mkdir(exist_ok=True)
    hall = Hall.of(folder, around.stack, around.company, around.clock)
    play = _Play(ordeal, hall, Place(disk, folder), hall.enrol().id, shown(hall.cast.comes_back))
    return play.run(around.hold_s)


def run_wrong_clock(wrong_utc: datetime, around: Around) -> Course:
    """A good pass with its own face is held up while the date is wrong, then another when it is right again.

    `recovery_s` and `recognised_s` are both from the moment when the clock is right to the visitor let in.
    """
    clock = ShiftedClock(around.clock)
    hall = Hall.of(around.folder / "store", around.stack, around.company, clock)
    person = hall.enrol()
    first, second = (with_pass(shown(hall.cast.enrolled_again), qr_modules(text)) for text in hall.passes(person, 2))
    bystander = hall.open()
    decided = bystander.decided
    bystander.sees(Attract)
    bystander.stays(AWAY_S)
    clock.set_to(wrong_utc)
    began = clock.monotonic()
    bystander.show(first)
    bystander.until(lambda: any(one.decision.reason is Reason.CLOCK_UNSURE for one in decided), "the clock's doubt")
    bystander.until(lambda: isinstance(bystander.screen, Result), "words")
    words_s, said, page = clock.monotonic() - began, bystander.said, bystander.view.page
    bystander.show(empty())
    bystander.stays(FORGOTTEN_S)
    accepted = sum(one.decision.outcome is Outcome.VERIFIED for one in decided)
    clock.set_right()
    ended = clock.monotonic()
    bystander.show(second)
    bystander.until(lambda: any(one.decision.outcome is Outcome.VERIFIED for one in decided), "the pass to be accepted")
    recovery_s = clock.monotonic() - ended
    return Course(said, page, words_s, recovery_s, recovery_s, accepted)


@dataclass
class _Play:
    ordeal: Ordeal
    hall: Hall
    place: Place
    person: str
    known: Image

    def run(self, hold_s: float) -> Course:
        if not self.ordeal.at_start:
            self._open()
            self._ready()
        with self.ordeal.cause(self.place):
            began = self.hall.clock.monotonic()
            if self.ordeal.at_start:
                self._open()
            self._bystander.show(self.known)
            words_s = self._words(began)
            said, page = self._bystander.said, self._bystander.view.page
            self._bystander.stays(WHILE_BROKEN_S + hold_s)
            ending = self.hall.clock.monotonic()
        ended = self.hall.clock.monotonic()
        self._bystander.until(lambda: self._bystander.serves, "the kiosk to serve again")
        recovery_s = self.hall.clock.monotonic() - ended
        self._bystander.until(self._is_recognised, "recognition")
        recognised_s = self.hall.clock.monotonic() - ended
        return Course(said, page, words_s, recovery_s, recognised_s, self._false_accepts(began, ending))

    @property
    def _bystander(self) -> Bystander:
        assert self.place.bystander is not None
        return self.place.bystander

    def _open(self) -> None:
        self.place.bystander = self.hall.open()

    def _words(self, began: float) -> float:
        part, fault = self.ordeal.part, self.ordeal.fault
        self._bystander.until(lambda: self._bystander.is_out_of_order(part, fault), f"{part} {fault}")
        return self.hall.clock.monotonic() - began

    def _ready(self) -> None:
        """Models and gallery are loaded, frames flow, and nobody is there."""
        post = self._bystander.kiosk.loop.post
        self._bystander.until(lambda: post.ready.is_set() and post.preview.peek() is not None, "the first frame")
        self._bystander.stays(AWAY_S)

    def _is_recognised(self) -> bool:
        return any(decided.decision.admits for decided in self._bystander.decided)

    def _false_accepts(self, began: float, ended: float) -> int:
        with Store.open(self.hall.store, self.hall.clock) as store:
            recorded = {event.id for event in store.journal.events()}
        return sum(
            decided.decision.admits
            and (
                began <= decided.decision.taken_at <= ended
                or decided.decision.person != self.person
                or decided.decision.id not in recorded
            )
            for decided in self._bystander.decided
        )
