"""What the chain of events costs: python -m tests.torture.cost [EVENTS]."""

import resource
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from kiosk.runtime.clock import SystemClock
from kiosk.store import Store
from kiosk.store.database import transaction
from tests.store.making import NOON, a_decision, open_store

RECORDED = 300
EVENTS = 1_000_000


def main() -> None:
    """Print how long it takes to record an event, how much of it is the chain, and how long a look at all takes."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with TemporaryDirectory(dir=Path.cwd()) as folder, open_store(Path(folder) / "store") as store:
        say("an event recorded, on the disk", 1e3 * each(RECORDED, lambda i: record(store, i)), "ms")
        chain = store.journal.chain
        event = {"at_utc": NOON.isoformat(), "kind": "decision", "outcome": "unknown", "similarity": 0.5}
        with transaction(store.journal.db):
            say("of which the chain", 1e6 * each(events, lambda i: chain.append({"id": f"e{i}", **event})), "us")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        seconds = each(1, lambda _: chain.verify())
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        say(f"a look at {chain.verify().events:,} events", seconds, "s")
        say("memory that it took", (after - before) / 1024, "MB")


def record(store: Store, number: int) -> None:
    """One decision, as the kiosk records it."""
    store.journal.record(a_decision(f"decision-{number}"), NOON)


def each(count: int, act: Callable[[int], object]) -> float:
    """Seconds for one of `count`."""
    clock = SystemClock()
    begun = clock.monotonic()
    for number in range(count):
        act(number)
    return (clock.monotonic() - begun) / count


def say(what: str, value: float, unit: str) -> None:
    """One line."""
    sys.stdout.write(f"{what}: {value:.2f} {unit}\n")


if __name__ == "__main__":
    main()
