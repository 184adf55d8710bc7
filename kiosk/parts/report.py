"""What a run leaves behind besides its journal: a line and a picture a decision, and an end when a replay ends."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from kiosk.domain.ports import Clock
from kiosk.screens.events import Decided
from kiosk.screens.flow import State

END_GRACE_S = 1.0


def decision_line(decided: Decided) -> dict[str, object]:
    """One decision as `kiosk run --json` prints it; `latency_ms` runs from the first usable frame."""
    decision = decided.decision
    return {
        "type": "decision",
        "id": decision.id,
        "outcome": decision.outcome.value,
        "reason": decision.reason.value,
        "person": decision.person if decision.admits else None,
        "name": decided.name,
        "score": _rounded(decision.similarity),
        "threshold": _rounded(decision.threshold),
        "latency_ms": round(decision.latency_s * 1000, 1),
    }


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 6)


@dataclass(slots=True)
class Reporter:
    """Writes decisions to `out` as JSON lines, and the screen that shows each into `folder`, where they are given."""

    screenshot: Callable[[Path], None]
    clock: Clock
    folder: Path | None
    out: TextIO | None
    _undrawn: list[Decided] = field(default_factory=list)
    _count: int = 0

    def decided(self, decided: Decided) -> None:
        """A decision is about to be shown."""
        if self.out is not None:
            self.out.write(json.dumps(decision_line(decided), ensure_ascii=False) + "\n")
            self.out.flush()
        if self.folder is not None:
            self._undrawn.append(decided)

    def tick(self) -> None:
        """The screen was drawn: save it if it shows a new decision."""
        if self.folder is None or not self._undrawn:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        for decided in self._undrawn:
            self._count += 1
            self.screenshot(self.folder / f"{self._count:04d}-{decided.decision.outcome.value}.png")
        self._undrawn.clear()


@dataclass(slots=True)
class Ending:
    """Stops the loop a moment after `finished` was set, so that what the last frame gave is still shown."""

    finished: threading.Event
    stop: threading.Event
    clock: Clock
    _until: float | None = None

    def tick(self) -> None:
        """Look whether the end has come."""
        if self._until is None and self.finished.is_set():
            self._until = self.clock.monotonic() + END_GRACE_S
        if self._until is not None and self.clock.monotonic() >= self._until:
            self.stop.set()


def status_of(state: State) -> str:
    """How the kiosk is, in a few words for `systemctl status`."""
    broken = [f"{trouble.part.value} {trouble.fault.value}" for trouble in state.troubles]
    return f"out of order: {', '.join(broken)}" if broken else "serving visitors"


def all_of(*ticks: Callable[[], None]) -> Callable[[State], None]:
    """One hook for the screen loop that calls all of these."""

    def tick(_state: State) -> None:
        for each in ticks:
            each()

    return tick
