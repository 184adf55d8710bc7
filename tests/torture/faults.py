"""Every fault on the real loop with the real clock: how soon the screen says it, and how soon visitors are served."""

import random
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kiosk.demo.faces import demo_faces
from kiosk.runtime.clock import SystemClock
from tests.fakes.disk import NoMounts
from tests.journeys.course import Around, Course, run_course, run_wrong_clock
from tests.journeys.ordeals import ORDEALS
from tests.journeys.rig import Company

WORDS_WITHIN_S = 1.0
RECOVERY_WITHIN_S = 3.0
HELD_S = 2.5
DATES = {
    "clock at 1970 (good pass held up)": datetime(1970, 1, 1, 0, 3, tzinfo=UTC),
    "clock at 2099 (good pass held up)": datetime(2099, 6, 1, tzinfo=UTC),
}

Play = Callable[[Around], Course]


@dataclass
class Worst:
    """The slowest of all times of one fault; `unmade` says why this machine could not bring it about."""

    words_s: float = 0.0
    recovery_s: float = 0.0
    false_accepts: int = 0
    times: int = 0
    unmade: str = ""

    @property
    def ok(self) -> bool:
        """Whether every time was within its limit, and nobody was let in by mistake."""
        in_time = self.words_s <= WORDS_WITHIN_S and self.recovery_s <= RECOVERY_WITHIN_S
        return in_time and not self.false_accepts and not self.unmade

    def add(self, course: Course) -> None:
        """One more course."""
        self.words_s = max(self.words_s, course.words_s)
        self.recovery_s = max(self.recovery_s, course.recovery_s)
        self.false_accepts += course.false_accepts
        self.times += 1


def run(count: int, seed: int, progress: Callable[[int], None]) -> dict[str, object]:
    """Every fault `count` times, in an order of chance; the slowest times a fault, which `ok` holds to the limits."""
    plays = _plays()
    order = [name for name in plays for _ in range(count)]
    chance = random.Random(seed)
    chance.shuffle(order)
    found = {name: Worst() for name in plays}
    company = Company.of(demo_faces(say=lambda line: None))
    for done, name in enumerate(order):
        _play(plays[name], company, found[name], chance.uniform(0.0, HELD_S))
        progress(done // len(plays))
    sys.stderr.write(table(found))
    return {
        "ok": all(worst.ok for worst in found.values()),
        "faults": {
            name: {
                "words_s": round(worst.words_s, 2),
                "recovery_s": round(worst.recovery_s, 2),
                "false_accepts": worst.false_accepts,
                "times": worst.times,
                "ok": worst.ok,
                **({"unmade": worst.unmade} if worst.unmade else {}),
            }
            for name, worst in found.items()
        },
    }


def table(found: dict[str, Worst]) -> str:
    """A line a fault: seconds to the words, seconds to recovery, false accepts."""
    lines = [f"{'fault':<36} {'words s':>8} {'recovery s':>11} {'false accepts':>14}  times"]
    for name, worst in found.items():
        if worst.unmade:
            lines.append(f"{name:<36} not brought about: {worst.unmade}")
            continue
        times = f"{worst.words_s:>8.2f} {worst.recovery_s:>11.2f} {worst.false_accepts:>14}  {worst.times:>5}"
        lines.append(f"{name:<36} {times}{'' if worst.ok else '  MISSED'}")
    return "\n".join(lines) + "\n"


def _plays() -> dict[str, Play]:
    plays: dict[str, Play] = {
        ordeal.name: lambda around, ordeal=ordeal: run_course(ordeal, around)  # type: ignore[misc]
        for ordeal in ORDEALS
    }
    for name, date in DATES.items():
        plays[name] = lambda around, date=date: run_wrong_clock(date, around)  # type: ignore[misc]
    return plays


def _play(play: Play, company: Company, worst: Worst, hold_s: float) -> None:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        try:
            worst.add(play(Around(Path(folder), stack, company, SystemClock(), hold_s)))
        except NoMounts as reason:
            worst.unmade = str(reason)
