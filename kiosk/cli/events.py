"""`kiosk events`: the journal, one event a line."""

import click

from kiosk.cli.opening import opened_store, settings_of
from kiosk.cli.output import answer
from kiosk.cli.periods import moment
from kiosk.cli.shared import Command, Shared, with_shared
from kiosk.domain.verdict import Event
from kiosk.runtime.clock import SystemClock

EXAMPLES = """\b
Examples:
  kiosk events
  kiosk events --since 8h
  kiosk events --since 2025-01-31 --json
"""


@click.command("events", cls=Command, epilog=EXAMPLES)
@click.option("--since", metavar="TIME", help="Only events since then: a date, a date and time, or 8h, 7d.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=1000, show_default=True, help="The newest so many.")
@with_shared
def command(shared: Shared, since: str | None, limit: int) -> int:
    """Print what the kiosk decided and what staff did.

    The oldest comes first. There are ids and codes only, no names.
    """
    clock = SystemClock()
    since_utc = None if since is None else moment(since, clock.utc())
    with opened_store(settings_of(shared), clock) as store:
        events = store.journal.events(since_utc, limit)
    for event in events:
        answer(shared, _fields(event), _line(event))
    return 0


def _fields(event: Event) -> dict[str, object]:
    return {
        "seq": event.seq,
        "id": event.id,
        "at_utc": event.at_utc.isoformat(),
        "kind": event.kind,
        "outcome": event.outcome,
        "reason": event.reason,
        "person": event.person,
        "score": event.similarity,
        "threshold": event.threshold,
        "latency_ms": event.latency_ms,
    }


def _line(event: Event) -> str:
    words = [
        f"{event.at_utc:%Y-%m-%d %H:%M:%S}",
        event.kind,
        event.outcome or "",
        event.reason or "",
        event.person or "",
    ]
    if event.latency_ms is not None:
        words.append(f"{event.latency_ms:.0f} ms")
    return "  ".join(word for word in words if word)
