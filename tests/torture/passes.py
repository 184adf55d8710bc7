"""Passes that must not be accepted, by the million, held up to what the kiosk's gate checks passes against.

The seed chooses what is done to passes; keys and nonces are new every time, as in every kiosk.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from kiosk.domain.errors import PassRefused
from kiosk.domain.people import PassClaims, PassKind
from kiosk.domain.reckoning import Reckoning
from kiosk.parts.gate import Registry
from kiosk.runtime.clock import SystemClock
from tests.torture.forging import FORGERS, ONE_KIND, Forgery
from tests.torture.originals import Original, Originals

CHUNK = 10_000
WORKERS = 2

Checker = Callable[[Registry, str, Reckoning], PassClaims]


@dataclass(slots=True)
class Tally:
    """What came of the forgeries: how often which answer to which class of them."""

    answers: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in FORGERS})
    kinds: Counter[str] = field(default_factory=Counter)
    good_refused: int = 0
    first_wrong: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Count the other's too."""
        for name, answers in other.answers.items():
            self.answers[name].update(answers)
        self.kinds.update(other.kinds)
        self.good_refused += other.good_refused
        self.first_wrong = (self.first_wrong + other.first_wrong)[:5]

    def total(self, answer: str | None = None) -> int:
        """How many there were of that answer, or of all."""
        return sum(found.total() if answer is None else found[answer] for found in self.answers.values())


ACCEPTED, CRASHED = "accepted", "crashed"


def tally(count: int, seed: str, check: Checker = Registry.check) -> Tally:
    """Hold up so many forgeries, on a store that is opened anew halfway; good passes before, between and after."""
    found = Tally()
    with _originals(Random(seed)) as originals:
        for number in range(count):
            if number == count // 2:
                originals.open_again()
            if number in (0, count // 2):
                found.good_refused += _good_refused(originals, check)
            names, kinds = list(FORGERS), list(PassKind)
            name = names[number % len(names)]
            kind = ONE_KIND.get(name, kinds[number // len(names) % len(kinds)])
            originals.dice = Random(f"{seed}-{number}")
            forgery = _forged(name, originals, originals.any_of(kind))
            answer = _answer(originals, forgery, check)
            found.answers[name][answer] += 1
            found.kinds[kind.value] += 1
            if answer in (ACCEPTED, CRASHED) and len(found.first_wrong) < 5:
                found.first_wrong.append(f"{name}, seed {seed}, number {number}: {answer}")
        found.good_refused += _good_refused(originals, check)
    return found


@contextmanager
def _originals(dice: Random) -> Iterator[Originals]:
    with TemporaryDirectory() as place:
        originals = Originals(Path(place) / "store", dice)
        try:
            yield originals
        finally:
            originals.store.close()


def _forged(name: str, originals: Originals, original: Original) -> Forgery:
    """By chance a forger may undo what it did; then it tries again."""
    while True:
        forgery = FORGERS[name](originals, original, originals.dice)
        if forgery.shift or forgery.text != original.text:
            return forgery


def _answer(originals: Originals, forgery: Forgery, check: Checker) -> str:
    originals.clock.shift = forgery.shift
    try:
        check(originals.registry, forgery.text, originals.store.seen.reckon())
    except PassRefused as refused:
        return refused.reason.value
    except Exception:  # noqa: BLE001 - anything else is what this looks for
        return CRASHED
    return ACCEPTED


def _good_refused(originals: Originals, check: Checker) -> int:
    """How many of the good passes are refused: a gate that refuses everything proves nothing."""
    good = [Forgery(original.text, timedelta()) for kind in PassKind for original in originals.good[kind]]
    return sum(_answer(originals, each, check) != ACCEPTED for each in good)


def run(count: int, seed: int, progress: Callable[[int], None]) -> dict[str, object]:
    """Hold up `count` forgeries of both kinds; what came of it."""
    clock, found = SystemClock(), Tally()
    begun = clock.monotonic()
    sizes = [min(CHUNK, count - start) for start in range(0, count, CHUNK)]
    for one in _each(sizes, seed):
        found.add(one)
        progress(found.total())
    seconds = clock.monotonic() - begun
    accepted, crashes = found.total(ACCEPTED), found.total(CRASHED)
    return {
        "ok": not accepted and not crashes and not found.good_refused and found.total() == count,
        "count": found.total(),
        "accepted": accepted,
        "crashes": crashes,
        "good_refused": found.good_refused,
        "first_wrong": found.first_wrong,
        "kinds": dict(found.kinds),
        "by_class": {name: dict(answers) for name, answers in found.answers.items()},
        "per_second": round(count / max(seconds, 1e-9)),
    }


def _each(sizes: list[int], seed: int) -> Iterator[Tally]:
    """In this process where there is little to do, else in two of their own."""
    if len(sizes) == 1:
        yield tally(sizes[0], f"{seed}-0")
        return
    with ProcessPoolExecutor(WORKERS, get_context("spawn")) as pool:
        asked: list[Future[Tally]] = [pool.submit(tally, size, f"{seed}-{n}") for n, size in enumerate(sizes)]
        for done in as_completed(asked):
            yield done.result()
