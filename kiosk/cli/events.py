"""`kiosk events`: the journal, one event a line."""

from pathlib import Path

import click

from kiosk.cli.exporting import Format, export
from kiosk.cli.opening import opened_store, settings_of
from kiosk.cli.output import answer
from kiosk.cli.periods import moment
from kiosk.cli.shared import Group, Shared, with_shared
from kiosk.domain.verdict import Event
from kiosk.runtime.clock import SystemClock

EXAMPLES = """\b
Examples:
  kiosk events
  kiosk events --since 8h
  kiosk events --since 2025-01-31 --json
  kiosk events export --format csv --out events.csv
"""
EXPORT_EXAMPLES = """\b
Examples:
  kiosk events export --format csv --since 7d --out week.csv
  kiosk events export --format jsonl | gzip > events.jsonl.gz

\b
Columns: seq, id, at_utc, kind, outcome, reason, person, score, threshold,
latency_ms. What does not apply to an event is empty in CSV and null in JSON.
"""


class _Listing(Group):
    """A group that does something by itself too."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does it, also without any argument."""
        return click.Group.parse_args(self, ctx, args)


@click.group("events", cls=_Listing, epilog=EXAMPLES, invoke_without_command=True)
@click.option("--since", metavar="TIME", help="Only events since then: a date, a date and time, or 8h, 7d.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=1000, show_default=True, help="The newest so many.")
@with_shared
def command(shared: Shared, since: str | None, limit: int) -> int:
    """Print what the kiosk decided and what staff did.

    The oldest comes first. There are ids and codes only, no names.
    """
    if click.get_current_context().invoked_subcommand is not None:
        return 0
    clock = SystemClock()
    since_utc = None if since is None else moment(since, clock.utc())
    with opened_store(settings_of(shared), clock) as store:
        events = store.journal.events(since_utc, limit)
    for event in events:
        answer(shared, _fields(event), _line(event))
    return 0


@command.command("export", epilog=EXPORT_EXAMPLES)
@click.option("--format", "form", type=click.Choice([one.value for one in Format]), help="csv unless told otherwise.")
@click.option("--since", metavar="TIME", help="Only events since then: a date, a date and time, or 8h, 7d.")
@click.option("--out", type=click.Path(path_type=Path), metavar="F", help="A file, which appears whole; else stdout.")
@with_shared
def export_command(shared: Shared, form: str | None, since: str | None, out: Path | None) -> int:
    """Write the journal as CSV or JSON Lines.

    A CSV cell never begins with a sign that a spreadsheet takes for a formula: such a text begins with an
    apostrophe, a negative number with a space.
    """
    clock, chosen = SystemClock(), Format(form or ("jsonl" if shared.json else "csv"))
    since_utc = None if since is None else moment(since, clock.utc())
    with opened_store(settings_of(shared), clock) as store:
        fields = (_fields(event) for event in store.journal.every(since_utc))
        written = export(fields, chosen, out)
    if out is not None:
        summary = {"events": written, "format": chosen.value, "file": str(out)}
        answer(shared, summary, f"{written:,} events are in {out}.")
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
