"""How people come into groups."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.people.tables import GroupRow, MemberRow
from kiosk.central.texts import cleaned, folded
from kiosk.domain.ids import new_id
from kiosk.domain.people import NAME_LONGEST


async def join(session: AsyncSession, person: str, groups: Sequence[str], now: datetime) -> list[str]:
    """Somebody who is in none of them becomes a member; those that are not there are made. Raises Unusable.

    The ids of those that were made: whoever calls this records it, after everything else that they lock.
    """
    made = []
    names = {folded(name): cleaned(name, "A group's name", NAME_LONGEST) for name in groups}
    for fold, name in names.items():
        group = await session.scalar(select(GroupRow).where(GroupRow.folded == fold))
        if group is None:
            group = GroupRow(id=new_id(now), name=name, folded=fold)
            made.append(group.id)
            session.add(group)
            await session.flush()
        session.add(MemberRow(group=group.id, person=person))
    await session.flush()
    return made
