"""Events as a file: CSV for spreadsheets, JSON Lines for programs."""

import csv
import io
from collections.abc import AsyncIterator
from enum import StrEnum

from kiosk.central.database import Database
from kiosk.central.events.messages import EventOut, Sought
from kiosk.central.events.reading import scan

COLUMNS = tuple(EventOut.model_fields)
# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


class Format(StrEnum):
    """What a file of events looks like."""

    CSV = "csv"
    JSONL = "jsonl"

    @property
    def media_type(self) -> str:
        """For the browser."""
        return "text/csv; charset=utf-8; header=present" if self is Format.CSV else "application/jsonl"


async def lines(database: Database, sought: Sought, form: Format) -> AsyncIterator[str]:
    """The text of the file, piece by piece."""
    if form is Format.CSV:
        yield _csv([COLUMNS])
    async with database.scanning() as session:
        async for events in scan(session, sought):
            if form is Format.CSV:
                yield _csv([_cells(event) for event in events])
            else:
                yield "".join(event.model_dump_json() + "\n" for event in events)


def _cells(event: EventOut) -> tuple[str, ...]:
    values = event.model_dump(mode="json")
    return tuple(_cell(values[name]) for name in COLUMNS)


def _cell(value: object) -> str:
    """Numbers as they are; a text that a spreadsheet would work out gets a sign in front that it shows as text."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else str(value)


def _csv(rows: list[tuple[str, ...]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()
