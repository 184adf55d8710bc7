"""Positions in the order of commit: given to what is marked once it is committed, by one at a time.

docs/decisions/0026-sync.md says why a number that is drawn before the commit would not do.
"""

from sqlalchemy import CursorResult, func, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.database import Database
from kiosk.central.sync.tables import ChangeOrderRow, ChangeRow

STEP = 2000
STEPS_MOST = 5
_NUMBERED = """
UPDATE changes SET position = :last + numbered.number FROM (
WITH picked AS (SELECT kind, id, site FROM changes WHERE position IS NULL LIMIT :most {lock})
SELECT kind, id, site, row_number() OVER (ORDER BY kind, id, site) AS number FROM picked) AS numbered
WHERE changes.kind = numbered.kind AND changes.id = numbered.id AND changes.site = numbered.site
"""
# A row that somebody marks just now is passed over: it gets its position when they have committed.
ON_POSTGRESQL = text(_NUMBERED.format(lock="FOR UPDATE SKIP LOCKED"))
ON_SQLITE = text(_NUMBERED.format(lock=""))


async def number_all(database: Database) -> None:
    """Give positions to what is marked and committed; of very much, to as much as is done in a moment.

    Raises Unavailable.
    """
    for _ in range(STEPS_MOST):
        if not await is_marked(database) or await _number(database) < STEP:
            return


async def is_marked(database: Database, *sites: str) -> bool:
    """Whether anything is without a position, of these sites or of any. Raises Unavailable."""
    query = select(ChangeRow.kind).where(ChangeRow.position.is_(None)).limit(1)
    async with database.reading() as session:
        return await session.scalar(query.where(ChangeRow.site.in_(sites)) if sites else query) is not None


async def newest(session: AsyncSession) -> int:
    """The last position that was given."""
    return await session.scalar(select(ChangeOrderRow.position).where(ChangeOrderRow.id == 1)) or 0


async def newest_of(session: AsyncSession, site: str) -> int:
    """The last position of what kiosks of that site are told."""
    tops = [select(func.max(ChangeRow.position).label("top")).where(ChangeRow.site == one) for one in (site, "")]
    return await session.scalar(select(func.max(union_all(*tops).subquery().c.top))) or 0


async def _number(database: Database) -> int:
    """How many got one. Whoever comes second waits here until the first has committed."""
    async with database.writing() as session:
        order = await session.get_one(ChangeOrderRow, 1, with_for_update=True)
        statement = ON_POSTGRESQL if database.is_postgresql else ON_SQLITE
        done = await session.execute(statement, {"most": STEP, "last": order.position})
        count = done.rowcount if isinstance(done, CursorResult) else 0
        order.position += count
        return count
