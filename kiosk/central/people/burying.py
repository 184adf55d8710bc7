"""Somebody goes: erased, or found to be somebody else. What names them goes with them, and kiosks are to hear of it."""

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.errors import Conflict
from kiosk.central.jobs.tables import ItemRow, ItemState
from kiosk.central.people.tables import PersonRow, TombstoneRow
from kiosk.central.sync.receipts import ask_receipts
from kiosk.central.sync.tables import ChangeRow


def check_mergeable(kept: PersonRow, other: PersonRow) -> None:
    """Raises Conflict where somebody would be known nowhere any more, or would be let in who is not to be."""
    if kept.site not in ("", other.site):
        raise Conflict("These two are of different sites: kiosks of the other's would not know them any more.")
    if other.disabled_utc is not None and kept.disabled_utc is None:
        raise Conflict("The other one is disabled and would be let in again; enable them, or disable the one to keep.")


async def bury(session: AsyncSession, stone: TombstoneRow) -> None:
    """Nothing of that person is left but the stone, and every kiosk that may have them is to confirm that."""
    person, into = stone.person, stone.merged_into
    await session.execute(delete(PersonRow).where(PersonRow.id == person))
    await _leave_no_name(session, person)
    if into is None:  # kiosks know whoever was merged into them as somebody who lives on
        was = select(TombstoneRow.person).where(TombstoneRow.merged_into == person)
        news = update(ChangeRow).where(ChangeRow.kind == "person", ChangeRow.id.in_(was))
        await session.execute(news.values(position=None))
    await session.execute(update(TombstoneRow).where(TombstoneRow.merged_into == person).values(merged_into=into))
    await session.merge(stone)
    await ask_receipts(session, person, stone.erased_utc)


async def _leave_no_name(session: AsyncSession, person: str) -> None:
    """In reports of imports: names of files are mostly names of people, also of those that were not taken."""
    theirs = select(ItemRow.job, ItemRow.who).where(ItemRow.person == person, ItemRow.who >= 0).distinct()
    await session.execute(update(ItemRow).where(tuple_(ItemRow.job, ItemRow.who).in_(theirs)).values(file=""))
    nameless = {"file": "", "person": None, "state": ItemState.ERASED.value}
    await session.execute(update(ItemRow).where(ItemRow.person == person).values(nameless))
