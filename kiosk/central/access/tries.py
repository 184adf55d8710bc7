"""Sign-ins that failed: the fifth in a row of a name costs 30 seconds, each further one twice as much, up to an hour.

Addresses have more patience, since many people may share one. Names and addresses are kept as keyed digests.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.access.tables import TryRow
from kiosk.central.database import insert_of
from kiosk.central.errors import TooMany

FREE_NAME, FREE_ADDRESS = 4, 30
FIRST_S, LONGEST_S = 30, 3600
FORGOTTEN_H = 24


async def check(session: AsyncSession, subjects: list[str], now: datetime) -> None:
    """Raises TooMany while one of these subjects has to wait."""
    _check((await session.scalars(select(TryRow).where(TryRow.subject.in_(subjects)))).all(), now)


async def hold(session: AsyncSession, subject: str, now: datetime) -> None:
    """The same of one subject, whose other tries wait until this transaction ends: each is asked with all failures of
    before counted, however many came at once. Raises TooMany.
    """
    _check([await _held(session, subject, now)], now)


async def failed(session: AsyncSession, subject: str, free: int, now: datetime) -> None:
    """One more failure of that subject."""
    row = await _held(session, subject, now)
    if row.last_utc < now - timedelta(hours=FORGOTTEN_H):
        row.failures, row.until_utc = 0, None
    row.failures += 1
    row.last_utc = now
    over = row.failures - free
    if over > 0:
        row.until_utc = now + timedelta(seconds=min(FIRST_S * 2 ** min(over - 1, 20), LONGEST_S))


async def succeeded(session: AsyncSession, subject: str, now: datetime) -> None:
    """That subject got in: its failures are forgotten, and so are all old ones that nobody else holds."""
    old = select(TryRow.subject).where(TryRow.last_utc < now - timedelta(hours=FORGOTTEN_H))
    either = or_(TryRow.subject == subject, TryRow.subject.in_(old.with_for_update(skip_locked=True)))
    await session.execute(delete(TryRow).where(either), execution_options={"synchronize_session": False})


def _check(rows: Sequence[TryRow], now: datetime) -> None:
    until = max((row.until_utc for row in rows if row.until_utc is not None), default=now)
    if until > now:
        wait_s = (until - now).total_seconds()
        raise TooMany(f"Too many failed attempts; try again in {wait_s:.0f} s.", wait_s)


async def _held(session: AsyncSession, subject: str, now: datetime) -> TryRow:
    first = insert_of(session)(TryRow).values(subject=subject, failures=0, last_utc=now)
    await session.execute(first.on_conflict_do_nothing())
    row = await session.get(TryRow, subject, with_for_update=True, populate_existing=True)
    return row or await _held(session, subject, now)  # whoever got in just now took theirs away
