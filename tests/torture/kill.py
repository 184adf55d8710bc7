"""kill -9 at any moment: a real process on a real disk, killed again and again; what it said was done must be there."""

import json
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from kiosk.domain.errors import KioskError
from kiosk.domain.people import PassClaims
from kiosk.runtime.clock import SystemClock
from kiosk.store import Store
from tests.store.making import NOON
from tests.torture.worker import UNTIL

ROOT = Path(__file__).resolve().parents[2]
LONGEST_S = 0.25
FRESH_EVERY = 25
AT_WORK = 0.8  # the others are killed while they start, or make the store
START_S = 1.0


@dataclass(slots=True)
class Promised:
    """What the processes said was done, over all kills of one store."""

    people: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    spent: set[str] = field(default_factory=set)

    def take(self, said: Iterable[list[str]]) -> int:
        """Remember what was said; returns how many things."""
        told = list(said)
        for kind, what in told:
            if kind == "enrol":
                self.people.add(what)
            elif kind == "erase":
                self.people.discard(what)
                self.erased.add(what)
            elif kind == "spend":
                self.spent.add(what)
                self.events.add(f"used-{what}")
            else:
                self.events.add(what)
        return len(told)

    def broken(self, folder: Path) -> list[str]:
        """What was promised and is not so, after the store was opened again."""
        try:
            with Store.open(folder, SystemClock(), environ={}) as store:
                return list(self._broken(store))
        except KioskError as error:
            return [f"the store does not open: {error}"]

    def _broken(self, store: Store) -> Iterable[str]:
        report = store.doctor()
        if not report.sound:
            yield "the store is not sound"
        if not report.chain.holds:
            yield report.chain.sentence
        people = {person.id for person in store.people.everybody()}
        events = {event.id for event in store.journal.events(limit=10**9)}
        # Who was being erased when the process died may be gone without a word: at most one person a kill.
        yield from ("an enrolment was lost" for _ in (self.people - people) - _erased_in(store))
        yield from ("an erased person is back" for _ in self.erased & people)
        yield from ("an event was lost" for _ in self.events - events)
        yield from ("a spent pass is good again" for number in self.spent if not store.passes.is_spent(_claims(number)))
        self.people &= people


def _erased_in(store: Store) -> set[str]:
    """People of whose erasure the journal knows: the act and its event are one transaction."""
    return {event.person for event in store.journal.events(limit=10**9) if event.kind == "erased" and event.person}


def _claims(number: str) -> PassClaims:
    return PassClaims(number, "", "here", NOON, UNTIL, single_use=True)


def killed(folder: Path, seed: int, after_s: float, *, at_work: bool = True) -> list[list[str]]:
    """Let a process work and kill it `after_s` its first word, or its start; returns what it said was done."""
    command = [sys.executable, "-m", "tests.torture.worker", str(folder), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        if process.stdout is None:
            raise ValueError("the process has a voice")
        first = process.stdout.readline() if at_work else b""
        SystemClock().wait(threading.Event(), after_s)
        process.kill()
        said = first + process.stdout.read()
    return [json.loads(line) for line in said.splitlines(keepends=True) if line.endswith(b"\n")]


def run(count: int, seed: int, progress: Callable[[int], None]) -> dict[str, object]:
    """Kill `count` processes, a fresh store every now and then; what came of it."""
    dice, wrong, acts = random.Random(seed), [], 0
    with TemporaryDirectory() as place:
        for number in range(count):
            if number % FRESH_EVERY == 0:
                folder, promised = Path(place) / f"store-{number}", Promised()
            at_work = dice.random() < AT_WORK
            after_s = dice.uniform(0, LONGEST_S if at_work else START_S)
            acts += promised.take(killed(folder, dice.randrange(2**32), after_s, at_work=at_work))
            wrong += [f"kill {number}: {what}" for what in promised.broken(folder)]
            progress(number + 1)
    return {"ok": not wrong, "kills": count, "acts_promised": acts, "wrong": len(wrong), "first_wrong": wrong[:5]}
