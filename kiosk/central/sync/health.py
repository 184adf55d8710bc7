"""How sync stands as a whole, for whoever looks after the server."""

import asyncio
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.database import Database
from kiosk.central.kiosks.tables import KioskRow
from kiosk.central.sync.sequencer import number_all
from kiosk.central.sync.tables import ChangeRow, DeadLetterRow, ReceiptRow

LOOK_AGAIN_S = 2.0
LOOKED_AT = 1000


@dataclass(frozen=True, slots=True)
class FeedState:
    """`stuck` changes that could be given no position; of so many `kiosks`, those that have something to pull
    (`behind`); `receipts` that are wanted of them; `dead` items of kiosks that were not taken.
    """

    stuck: int
    kiosks: int
    behind: int
    receipts: int
    dead: int

    @property
    def sentence(self) -> str:
        """For people."""
        return (
            f"{self.behind:,} of {self.kiosks:,} kiosks have something to pull; {self.receipts:,} receipts of erasures "
            f"are awaited, and {self.dead:,} items of kiosks were not taken."
        )


async def feed_state(database: Database) -> FeedState:
    """How it is; what is marked is numbered first, as each pull does. Raises Unavailable."""
    stuck = await _stuck(database)
    there = KioskRow.revoked_utc.is_(None)
    news = exists().where(ChangeRow.site.in_((KioskRow.site, "")), ChangeRow.position > KioskRow.cursor_position)
    awaited = select(ReceiptRow.person).join(KioskRow, KioskRow.id == ReceiptRow.kiosk)
    awaited = awaited.where(ReceiptRow.confirmed_utc.is_(None), there)
    async with database.scanning() as session:
        return FeedState(
            stuck=stuck,
            kiosks=await _count(session, select(KioskRow.id).where(there)),
            behind=await _count(session, select(KioskRow.id).where(there, news)),
            receipts=await _count(session, awaited),
            dead=await _count(session, select(DeadLetterRow.id)),
        )


async def _stuck(database: Database) -> int:
    """Changes that somebody held for the whole of the look: a transaction that does not end."""
    before = await _marked(database)
    if not before:
        return 0
    await asyncio.sleep(LOOK_AGAIN_S)
    return len(before & await _marked(database))


async def _marked(database: Database) -> set[tuple[str, str, str]]:
    await number_all(database)
    query = select(ChangeRow.kind, ChangeRow.id, ChangeRow.site).where(ChangeRow.position.is_(None)).limit(LOOKED_AT)
    async with database.reading() as session:
        return {(row.kind, row.id, row.site) for row in await session.execute(query)}


async def _count(session: AsyncSession, query: Select[Any]) -> int:
    return await session.scalar(select(func.count()).select_from(query.subquery())) or 0
