"""What time it is, as far as a machine without a clock battery can say."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

EARLIEST = datetime(2025, 1, 1, tzinfo=UTC)
SLACK = timedelta(minutes=2)
LONGEST_LEAP = timedelta(days=400)


class Doubt(StrEnum):
    """Why the clock can't be trusted."""

    NEVER_SET = "never-set"
    RAN_BACKWARDS = "ran-backwards"
    LEAPT_AHEAD = "leapt-ahead"


@dataclass(frozen=True, slots=True)
class Reckoning:
    """The time to judge passes by, which never runs backwards; `doubt` says why it may be wrong."""

    utc: datetime
    doubt: Doubt | None = None


def reckon(system_utc: datetime, seen_utc: datetime | None) -> Reckoning:
    """The time by the system's clock and by the latest time known for sure (`seen_utc`, None in a new store).

    A clock before `EARLIEST` was never set. One that is behind what was seen ran backwards (a few minutes are let
    pass, without going back). One that leapt ahead by more than a year is believed only once a person says so.
    """
    if system_utc < EARLIEST:
        return Reckoning(max(seen_utc or EARLIEST, EARLIEST), Doubt.NEVER_SET)
    if seen_utc is None:
        return Reckoning(system_utc)
    if system_utc < seen_utc - SLACK:
        return Reckoning(seen_utc, Doubt.RAN_BACKWARDS)
    if system_utc > seen_utc + LONGEST_LEAP:
        return Reckoning(seen_utc, Doubt.LEAPT_AHEAD)
    return Reckoning(max(system_utc, seen_utc))
