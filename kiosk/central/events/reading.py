"""Which events are wanted, and reading them: a page, everything that came after, and visits by the hour."""

import base64
import binascii
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Integer, Select, cast, extract, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.errors import Unusable
from kiosk.central.events.messages import EventOut, Events, Kind, Sought
from kiosk.central.events.tables import EventRow, OrderRow
from kiosk.central.tables import looked_at

SCAN_STEP = 500
HOURS = 24
VISITS = (Kind.RECOGNISED.value, Kind.VERIFIED.value, Kind.UNKNOWN.value)


async def page(session: AsyncSession, sought: Sought, cursor: str, limit: int) -> Events:
    """Those that are wanted, newest first. Raises Unusable for a cursor that is none of ours."""
    query = select(EventRow).where(*conditions(sought))
    if cursor:
        query = query.where(EventRow.position < place_of(cursor))
    rows = (await session.scalars(query.order_by(EventRow.position.desc()).limit(limit + 1))).all()
    following = cursor_of(rows[limit - 1].position) if len(rows) > limit else None
    return Events(events=[EventOut.model_validate(row) for row in rows[:limit]], next=following)


async def after(session: AsyncSession, position: int, limit: int, sought: Sought | None = None) -> list[EventOut]:
    """Those that came after that position, in their order."""
    query = select(EventRow).where(EventRow.position > position, *conditions(sought or Sought()))
    rows = await session.scalars(query.order_by(EventRow.position).limit(limit))
    return [EventOut.model_validate(row) for row in rows.all()]


async def newest(session: AsyncSession) -> int:
    """The position of the last event that is there; 0 where there is none."""
    return await session.scalar(select(OrderRow.position).where(OrderRow.id == 1)) or 0


async def scan(session: AsyncSession, sought: Sought) -> AsyncIterator[Sequence[EventOut]]:
    """All that are wanted, oldest first, some at a time: memory does not grow with their number."""
    query = select(EventRow.__table__).where(*conditions(sought)).order_by(EventRow.position)
    found = await session.stream(query.execution_options(yield_per=SCAN_STEP))
    async for rows in found.partitions():
        yield [EventOut.model_validate(row) for row in rows]


def conditions(sought: Sought) -> list[ColumnElement[bool]]:
    """What a row must be like."""
    wanted: list[ColumnElement[bool]] = []
    for column, value in (
        (EventRow.kiosk, sought.kiosk),
        (EventRow.site, sought.site),
        (EventRow.person, sought.person),
    ):
        if value:
            wanted.append(column == value)
    if len(sought.kind) == 1:
        wanted.append(EventRow.kind == sought.kind[0].value)
    elif sought.kind:  # of one kind the index has them in order
        wanted.append(looked_at(EventRow.kind).in_([kind.value for kind in sought.kind]))
    if sought.from_utc:
        wanted.append(EventRow.taken_utc >= sought.from_utc)
    if sought.until_utc:
        wanted.append(EventRow.taken_utc < sought.until_utc)
    return wanted


def cursor_of(position: int) -> str:
    """A place in the list, as a text that means nothing to anybody else."""
    return base64.urlsafe_b64encode(f"e{position}".encode()).decode().rstrip("=")


def place_of(cursor: str) -> int:
    """The place that a cursor means. Raises Unusable for one that is none of ours."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        position = int(text[1:]) if text[:1] == "e" and text[1:].isdecimal() else -1
    except (ValueError, binascii.Error) as error:
        raise Unusable("That cursor is none of ours; begin with the first page.", "cursor") from error
    if not 0 <= position < 2**63:
        raise Unusable("That cursor is none of ours; begin with the first page.", "cursor")
    return position


@dataclass(frozen=True, slots=True)
class HourOfVisits:
    """How many visits began in an hour of the day (UTC)."""

    hour: int
    visits: int


async def visits_by_hour(session: AsyncSession, now: datetime) -> list[HourOfVisits]:
    """Today's visits (UTC) by the hour in which each began; several attempts of one visit are one."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    found = {hour: visits for hour, visits in await session.execute(_by_hour(midnight, is_postgresql))}
    return [HourOfVisits(hour, found.get(hour, 0)) for hour in range(HOURS)]


def _by_hour(midnight: datetime, is_postgresql: bool) -> Select[*tuple[int, int]]:
    began = (
        select(func.min(EventRow.taken_utc, type_=EventRow.taken_utc.type).label("at"))
        .where(EventRow.taken_utc >= midnight, EventRow.taken_utc < midnight + timedelta(days=1))
        .where(looked_at(EventRow.kind).in_(VISITS))
        .group_by(EventRow.kiosk, EventRow.visit)
        .subquery()
    )
    # PostgreSQL would take the hour of its own time zone; SQLite is told none and has UTC.
    hour = cast(extract("hour", func.timezone("UTC", began.c.at) if is_postgresql else began.c.at), Integer)
    return select(hour, func.count()).group_by(hour)
