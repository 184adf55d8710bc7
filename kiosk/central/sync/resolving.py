"""What an admin says of an edit that contradicts another."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.audit.service import record
from kiosk.central.errors import Missing
from kiosk.central.people.service import Doer, Register
from kiosk.central.people.versions import changed_at
from kiosk.central.sync.messages import Resolution
from kiosk.central.sync.tables import ConflictRow
from kiosk.central.texts import folded
from kiosk.vault import Vault


async def resolve(session: AsyncSession, vault: Vault, conflict: str, chosen: Resolution, doer: Doer) -> str:
    """One of the two it is, and the conflict is over; whose it was. Raises Missing."""
    row = await session.get(ConflictRow, conflict, with_for_update=True)
    if row is None:
        raise Missing("There is no such conflict; somebody may have resolved it.")
    person = await Register(session, vault).held(row.person)
    if chosen.take == "wanted" and person.name != row.wanted:
        person.name, person.folded = row.wanted, folded(f"{row.wanted} {person.host}")
        person.version, person.changed_utc = person.version + 1, doer.at_utc
        person.members_at = changed_at(person.members_at, row.member, person.version)
    act = doer.act("conflict-resolved", f"person:{person.id}", member=row.member, taken=chosen.take)
    await session.delete(row)
    await record(session, vault, act, doer.at_utc)
    return person.id


async def waiting(session: AsyncSession) -> int:
    """How many of them nobody has settled yet."""
    return await session.scalar(select(func.count()).select_from(ConflictRow)) or 0
