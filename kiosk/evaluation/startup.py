"""How long the kiosk takes from its start to its first decision, and how much memory it holds with many people."""

import json
import os
import selectors
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2

from kiosk.domain.errors import KioskError
from kiosk.domain.people import Consent, NewPerson
from kiosk.domain.ports import Clock
from kiosk.domain.sight import Embedding, Image
from kiosk.evaluation.speed import random_vectors
from kiosk.store import Store
from kiosk.vision.manifest import EmbeddingModel

PEOPLE = 10_000
DECIDED_WITHIN_S = 60.0
STATUS = "/proc/{}/status"


class NoDecision(KioskError):
    """The kiosk that was started to be measured gave no decision."""

    code = "no-decision"


@dataclass(frozen=True, slots=True)
class Startup:
    """Seconds from starting the process to its first decision, and then its memory (None where /proc is missing)."""

    seconds: float
    resident_mb: float | None
    peak_mb: float | None
    people: int


def measure(model: EmbeddingModel, frame: Image, clock: Clock, people: int = PEOPLE) -> Startup:
    """Start a real, headless kiosk on a store of that many people and show it a frame. Raises NoDecision."""
    with TemporaryDirectory() as folder:
        store, picture = Path(folder) / "store", Path(folder) / "visitor.png"
        _fill(store, model, clock, people)
        cv2.imwrite(str(picture), cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
        begun = clock.monotonic()
        with _started(store, picture) as process:
            _first_decision(process)
            seconds = clock.monotonic() - begun
            return Startup(seconds, _memory(process.pid, "VmRSS"), _memory(process.pid, "VmHWM"), people)


def _fill(folder: Path, model: EmbeddingModel, clock: Clock, people: int) -> None:
    now = clock.utc()
    with Store.open(folder, clock) as store:
        rows = random_vectors(people, model.dimension)
        store.people.enrol_many((_person(i, Embedding(row, model.name), now) for i, row in enumerate(rows)), now)


def _person(number: int, embedding: Embedding, now: datetime) -> NewPerson:
    return NewPerson(f"Person {number}", Consent("benchmark", "en", now, "benchmark"), (embedding,))


@contextmanager
def _started(store: Path, picture: Path) -> "Iterator[subprocess.Popen[str]]":
    source = ("--source", f"replay:{picture.absolute()}")
    command = (sys.executable, "-m", "kiosk", "run", "--headless", "--json", "--store", str(store), *source)
    package = str(Path(__file__).parents[2])
    path = os.pathsep.join(part for part in (package, os.environ.get("PYTHONPATH")) if part)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path}
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _first_decision(process: "subprocess.Popen[str]") -> None:
    if process.stdout is None:
        raise NoDecision("the kiosk that was to be measured has no output.")
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        line = process.stdout.readline() if selector.select(DECIDED_WITHIN_S) else ""
    if not line or json.loads(line).get("type") != "decision":
        raise NoDecision(
            f"the kiosk gave no decision within {DECIDED_WITHIN_S:.0f} s of its start; try `kiosk doctor`."
        )


def _memory(pid: int, field: str) -> float | None:
    """Megabytes (of 1,000,000 bytes) that the process holds in memory."""
    try:
        lines = Path(STATUS.format(pid)).read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    kilobytes = next((int(line.split()[1]) for line in lines if line.startswith(field + ":")), None)
    return None if kilobytes is None else round(kilobytes * 1024 / 1e6, 1)
