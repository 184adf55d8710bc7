"""`scripts/torture`: power cuts, kills, forged passes, bad networks; exit code 1 if anything was wrong."""

import argparse
import json
import sys
from collections.abc import Callable
from importlib import import_module

from kiosk.runtime.clock import SystemClock

Part = Callable[[int, int, Callable[[int], None]], dict[str, object]]

PARTS = {
    "power": ("tests.torture.power", 100_000, "cut the power at every write boundary of the store"),
    "kill": ("tests.torture.kill", 500, "kill -9 a process that uses the store at full speed"),
    "faults": ("tests.torture.faults", 5, "break everything beneath a running kiosk: camera, disk, store, clock"),
    "sync": ("tests.torture.sync", 10_000, "kiosks, admins and a bad network, until it heals and all must agree"),
    "sync-kills": ("tests.torture.sync_kills", 500, "kill -9 kiosks, central and PostgreSQL while they sync"),
    "near-real-time": ("tests.torture.near", 20, "withdraw passes and erase people on central; how soon a kiosk knows"),
    "offline": ("tests.torture.offline", 10_000, "let a kiosk be alone for 30 days of so many events, then sync once"),
    "first-pull": ("tests.torture.first_pull", 100_000, "pair a kiosk with a central of so many people, and kill it"),
    "passes": ("tests.torture.passes", 1_000_000, "hold up passes that must not be accepted"),
}
REPORTED_EVERY_S = 5.0


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for, or power and kills at their full length."""
    parser = argparse.ArgumentParser(prog="scripts/torture", description=__doc__)
    for name, (_, count, what) in PARTS.items():
        parser.add_argument(f"--{name}", action="store_true", help=f"{what} ({count:,} times)")
    parser.add_argument("--count", "--histories", type=int, metavar="N", help="so many times instead")
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same torture (1)")
    parser.add_argument("--json", action="store_true", help="one JSON object a part on stdout")
    chosen = parser.parse_args(arguments)
    parts = [name for name in PARTS if getattr(chosen, name.replace("-", "_"))] or list(PARTS)
    return 0 if all([_run(name, chosen) for name in parts]) else 1


def _run(name: str, chosen: argparse.Namespace) -> bool:
    module, usual, _ = PARTS[name]
    part: Part = import_module(module).run
    clock, count = SystemClock(), chosen.count or usual
    begun = clock.monotonic()
    found = part(count, chosen.seed, _Progress(name, count))
    found = {"part": name, **found, "seconds": round(clock.monotonic() - begun, 1)}
    sys.stdout.write((json.dumps(found) if chosen.json else _sentences(found)) + "\n")
    sys.stdout.flush()
    return bool(found["ok"])


def _sentences(found: dict[str, object]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in found.items())


class _Progress:
    """A line on stderr every few seconds."""

    def __init__(self, what: str, count: int) -> None:
        self._what, self._count = what, count
        self._clock = SystemClock()
        self._begun = self._clock.monotonic()
        self._next = self._begun + REPORTED_EVERY_S

    def __call__(self, done: int) -> None:
        now = self._clock.monotonic()
        if now >= self._next:
            rate = done / (now - self._begun)
            left = f"{rate:,.1f} a second, {(self._count - done) / rate / 60:,.0f} minutes left" if done else "…"
            sys.stderr.write(f"{self._what}: {done:,} of {self._count:,}; {left}\n")
            self._next = now + REPORTED_EVERY_S


if __name__ == "__main__":
    sys.exit(main())
