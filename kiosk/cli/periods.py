"""Times as people type them: "8h", "7d", "2025-01-31", "2025-01-31T08:00"."""

import re
from datetime import UTC, datetime, timedelta

from kiosk.domain.errors import BadInput

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST = timedelta(days=3660)


def period(text: str) -> timedelta:
    """A length of time, such as 90m, 8h, 7d or 2w; above nothing and up to ten years. Raises BadInput."""
    match = re.fullmatch(r"(\d{1,6})([mhdw])", text.strip())
    found = timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else timedelta()
    if not timedelta() < found <= LONGEST:
        raise BadInput(f"{text!r} is not a length of time from 1m to 3660d; write 90m, 8h, 7d or 2w.")
    return found


def moment(text: str, now_utc: datetime) -> datetime:
    """A point in time: a date, a date and time (UTC unless it says otherwise), or how long ago. Raises BadInput."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        try:
            return now_utc - period(text)
        except BadInput as error:
            raise BadInput(f"{text!r} is no date or time; write 2025-01-31, 2025-01-31T08:00, 8h or 7d.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
