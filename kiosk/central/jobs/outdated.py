"""What sync leaves behind and nobody needs: passes long expired, their end in the feed, what was once not taken."""

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, select

from kiosk.central.jobs.work import Work
from kiosk.central.kiosks.tables import KioskRow
from kiosk.central.passes.tables import PassRow
from kiosk.central.sync.tables import ChangeRow, DeadLetterRow

A_STEP = 1000


async def remove_outdated(work: Work, now: datetime) -> tuple[int, int]:
    """How many passes and how many dead letters went. Raises Lost, Cancelled, Unavailable."""
    keeping = work.house.settings.keeping
    passes = await _passes(work, now - timedelta(days=keeping.passes_days))
    await _ends(work)
    old = DeadLetterRow.at_utc < now - timedelta(days=keeping.letters_days)
    async with work.saving() as session:
        letters = await session.scalar(select(func.count()).select_from(DeadLetterRow).where(old)) or 0
        await session.execute(delete(DeadLetterRow).where(old))
    return passes, letters


async def _passes(work: Work, limit: datetime) -> int:
    """Those that expired before that; kiosks hear that they are gone."""
    old = select(PassRow.id).where(PassRow.expires_utc < limit).order_by(PassRow.id)
    return await work.remove(PassRow.id, old, A_STEP)


async def _ends(work: Work) -> None:
    """That a pass is gone is told until every kiosk of its site has asked after it; one that begins anew needs it not.

    A row that is marked meanwhile has another position, or none, and stays.
    """
    is_gone = ~exists().where(PassRow.id == ChangeRow.id)
    here = KioskRow.revoked_utc.is_(None), KioskRow.site == ChangeRow.site
    is_untold = exists().where(*here, KioskRow.cursor_position < ChangeRow.position)
    told = select(ChangeRow.position).where(ChangeRow.kind == "pass", ChangeRow.position.is_not(None))
    while True:
        async with work.saving() as session:
            step = (await session.scalars(told.where(is_gone, ~is_untold).limit(A_STEP))).all()
            await session.execute(delete(ChangeRow).where(ChangeRow.kind == "pass", ChangeRow.position.in_(step)))
        if len(step) < A_STEP:
            return
