"""Dates as text that sorts like time: always UTC, always microseconds."""

from datetime import UTC, datetime

from kiosk.domain.errors import StoreDamaged


def to_text(at_utc: datetime) -> str:
    """2025-01-31T12:00:00.000000+00:00. Raises ValueError for a date without a time zone."""
    if at_utc.tzinfo is None:
        raise ValueError("a date needs its time zone")
    return at_utc.astimezone(UTC).isoformat(timespec="microseconds")


def from_text(text: str) -> datetime:
    """The date that `to_text` wrote. Raises StoreDamaged for anything else."""
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise StoreDamaged("the store holds a date that can't be read; restore it from a copy") from error
