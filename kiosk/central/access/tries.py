"""Sign-ins that failed: the fifth in a row of a name costs 30 seconds, each further one twice as much, up to an hour.

Addresses have more patience, since many people may share one. Names and addresses are kept as keyed digests.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.access.tables import TryRow
from kiosk.central.errors import TooMany

FREE_NAME, FREE_ADDRESS = 4, 30
FIRST_S, LONGEST_S = 30, 3600
FORGOTTEN_H = 24


async def check(session: AsyncSession, subjects: list[str], now: datetime) -> None:
    """Raises TooMany while one of these subjects has to wait."""
    rows = (await session.scalars(select(TryRow).where(TryRow.subject.in_(subjects)))).all()
    until = max((row.until_utc for row in rows if row.until_utc is not None), default=now)
    if until > now:
        wait_s = (until - now).total_seconds()
        raise TooMany(f"Too many failed attempts; try again in {wait_s:.0f} s.", wait_s)


async def failed(session: AsyncSession, subject: str, free: int, now: datetime) -> None:
    """One more failure of that subject."""
    row = await session.get(TryRow, subject, with_for_update=True)
    if row is None or row.last_utc < now - timedelta(hours=FORGOTTEN_H):
        if row is not None:
            await session.delete(row)
            await session.flush()
        row = TryRow(subject=subject, failures=0, last_utc=now, until_utc=None)
        session.add(row)
    row.failures += 1
    row.last_utc = now
    over = row.failures - free
    if over > 0:
        row.until_utc = now + timedelta(seconds=min(FIRST_S * 2 ** min(over - 1, 20), LONGEST_S))


async def succeeded(session: AsyncSession, subject: str, now: datetime) -> None:
    """That subject got in: its failures are forgotten, and so are all old ones."""
    old = now - timedelta(hours=FORGOTTEN_H)
    await session.execute(delete(TryRow).where((TryRow.subject == subject) | (TryRow.last_utc < old)))
