"""Somebody goes: erased, or found to be somebody else. What names them goes with them, and kiosks are to hear of it."""

from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.errors import Conflict
from kiosk.central.jobs.tables import ItemRow, ItemState
from kiosk.central.people.tables import PersonRow, TombstoneRow
from kiosk.central.sync.receipts import ask_receipts
from kiosk.central.sync.tables import ChangeRow
from kiosk.central.tables import are_among


@dataclass(frozen=True, slots=True)
class Half:
    """What counts of one of two who are to be made one."""

    site: str
    disabled: bool


def why_apart(kept: Half, other: Half) -> str:
    """Why they stay two, where somebody would be unknown at a site, or let in who is not to be; "" for no reason."""
    if kept.site not in ("", other.site):
        return "These two are of different sites: kiosks of the other's would not know them any more."
    if other.disabled and not kept.disabled:
        return "The other one is disabled and would be let in again; enable them, or disable the one to keep."
    return ""


def check_mergeable(kept: PersonRow, other: PersonRow) -> None:
    """Raises Conflict, saying why they stay two."""
    halves = [Half(row.site, row.disabled_utc is not None) for row in (kept, other)]
    reason = why_apart(*halves)
    if reason:
        raise Conflict(reason)


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
    pairs = [(row.job, row.who) for row in await session.execute(theirs)]
    if pairs:
        await session.execute(update(ItemRow).where(are_among(ItemRow.job, ItemRow.who, pairs)).values(file=""))
    nameless = {"file": "", "person": None, "state": ItemState.ERASED.value}
    await session.execute(update(ItemRow).where(ItemRow.person == person).values(nameless))
