"""Access windows, between the API and the tables: days of the week as bits, bit 0 is Monday."""

from datetime import datetime

from kiosk.central.errors import Unusable
from kiosk.central.people.messages import Window
from kiosk.central.people.tables import WindowRow
from kiosk.domain.ids import new_id


def window_row(window: Window, now: datetime, person: str | None = None, group: str | None = None) -> WindowRow:
    """That window, for a person or a group. Raises Unusable."""
    if window.from_minute >= window.until_minute:
        raise Unusable("An access window ends before it begins.", "window")
    return WindowRow(
        id=new_id(now),
        person=person,
        group=group,
        weekdays=sum(1 << day for day in set(window.weekdays)),
        from_minute=window.from_minute,
        until_minute=window.until_minute,
    )


def window_out(row: WindowRow) -> Window:
    """That window, for the API."""
    days = [day for day in range(7) if row.weekdays >> day & 1]
    return Window(weekdays=days, from_minute=row.from_minute, until_minute=row.until_minute)
