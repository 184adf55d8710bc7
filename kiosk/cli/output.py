"""What commands print: answers on stdout, as JSON or as sentences; progress and warnings on stderr."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from kiosk.cli.shared import Shared
from kiosk.domain.ports import Clock

SILENT_S = 2.0
REPEAT_S = 0.5
REPEAT_IN_A_LOG_S = 10.0


def answer(shared: Shared, fields: Mapping[str, object], text: str) -> None:
    """One answer: `fields` as one line of JSON where that is asked for, else `text`."""
    print(json.dumps(fields, ensure_ascii=False, allow_nan=False) if shared.json else text, flush=True)


def note(line: str) -> None:
    """A line about what is going on, on stderr."""
    print(line, file=sys.stderr, flush=True)


@dataclass(slots=True)
class Progress:
    """How far a long piece of work is, on stderr; nothing in the first two seconds. Call it with (done, total)."""

    clock: Clock
    what: str
    _begun: float = field(init=False)
    _next: float = field(init=False)
    _shown: bool = False

    def __post_init__(self) -> None:
        self._begun = self.clock.monotonic()
        self._next = self._begun + SILENT_S

    def __call__(self, done: int, total: int) -> None:
        """Show it, unless that was done a moment ago."""
        now, screen = self.clock.monotonic(), sys.stderr.isatty()
        if now >= self._next and done < total:
            left_s = (now - self._begun) / max(done, 1) * (total - done)
            text = f"{self.what}: {done:,} of {total:,}" + (f", {left_s:.0f} s left" if done else "")
            print(f"\r\033[K{text}" if screen else text, end="" if screen else "\n", file=sys.stderr, flush=True)
            self._next, self._shown = now + (REPEAT_S if screen else REPEAT_IN_A_LOG_S), True
        elif done >= total and self._shown and screen:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
