"""`/v1/groups`: who belongs together, and when they may come."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, status
from pydantic import BaseModel, Field
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.audit.service import record
from kiosk.central.errors import Conflict, Missing
from kiosk.central.people.messages import Name, Strict, Window
from kiosk.central.people.service import Doer
from kiosk.central.people.tables import GroupRow, MemberRow, WindowRow
from kiosk.central.people.windows import window_out, window_row
from kiosk.central.requests import InHouse, doer_of
from kiosk.central.texts import cleaned, folded
from kiosk.domain.ids import new_id
from kiosk.domain.people import NAME_LONGEST

router = APIRouter(prefix="/v1/groups", tags=["groups"])

Id = Annotated[str, Path(min_length=1, max_length=64)]
READ = [Depends(Allow(Scope.PEOPLE_READ))]
WRITE = [Depends(Allow(Scope.PEOPLE_WRITE))]


class NewGroup(Strict):
    """A group, and when everybody in it may come; always, where there are no windows."""

    name: Name
    windows: Annotated[list[Window], Field(max_length=50)] = []


class GroupOut(BaseModel):
    """A group and how many people are in it."""

    id: str
    name: str
    people: int
    windows: list[Window]


@router.get("", dependencies=READ)
async def everything(house: InHouse) -> list[GroupOut]:
    """Every group, by name."""
    async with house.database.reading() as session:
        return await _shown(session, (await session.scalars(select(GroupRow).order_by(GroupRow.folded))).all())


@router.post("", dependencies=WRITE, status_code=status.HTTP_201_CREATED)
async def create(new: NewGroup, request: Request, house: InHouse) -> GroupOut:
    """A new group; people come into it by being edited."""
    doer = doer_of(request)
    async with house.database.writing() as session:
        group = GroupRow(id=new_id(doer.at_utc), name="", folded="")
        await _fill(session, group, new, doer)
        await record(session, house.vault, doer.act("group-made", f"group:{group.id}"), doer.at_utc)
        (shown,) = await _shown(session, [group])
    return shown


@router.put("/{group}", dependencies=WRITE)
async def edit(group: Id, new: NewGroup, request: Request, house: InHouse) -> GroupOut:
    """Another name, other windows."""
    doer = doer_of(request)
    async with house.database.writing() as session:
        row = await _held(session, group)
        await _fill(session, row, new, doer)
        await record(session, house.vault, doer.act("group-edited", f"group:{group}"), doer.at_utc)
        (shown,) = await _shown(session, [row])
    return shown


@router.delete("/{group}", dependencies=WRITE, status_code=status.HTTP_204_NO_CONTENT)
async def remove(group: Id, request: Request, house: InHouse) -> None:
    """Remove a group; its people stay."""
    doer = doer_of(request)
    async with house.database.writing() as session:
        await session.delete(await _held(session, group))
        await record(session, house.vault, doer.act("group-removed", f"group:{group}"), doer.at_utc)


async def _find(session: AsyncSession, group: str) -> GroupRow:
    row = await session.get(GroupRow, group)
    if row is None:
        raise Missing("There is no such group.")
    return row


async def _held(session: AsyncSession, group: str) -> GroupRow:
    """That group; whoever joins or edits it meanwhile waits until this transaction ends. Raises Missing."""
    row = await session.get(GroupRow, group, with_for_update=True)
    if row is None:
        raise Missing("There is no such group.")
    return row


async def _fill(session: AsyncSession, group: GroupRow, new: NewGroup, doer: Doer) -> None:
    name = cleaned(new.name, "A group's name", NAME_LONGEST)
    taken = await session.scalar(select(GroupRow.id).where(GroupRow.folded == folded(name)))
    if taken not in (None, group.id):
        raise Conflict("There is a group of that name already.")
    group.name, group.folded = name, folded(name)
    session.add(group)
    await session.flush()
    await session.execute(delete(WindowRow).where(WindowRow.group == group.id))
    session.add_all([window_row(window, doer.at_utc, group=group.id) for window in new.windows])
    await session.flush()


async def _shown(session: AsyncSession, rows: Sequence[GroupRow]) -> list[GroupOut]:
    counted = select(MemberRow.group, func.count()).group_by(MemberRow.group)
    counts = {group: count for group, count in await session.execute(counted)}
    windows: dict[str, list[Window]] = {}
    for row in (await session.scalars(select(WindowRow).where(WindowRow.group.is_not(None)))).all():
        windows.setdefault(row.group or "", []).append(window_out(row))
    return [
        GroupOut(id=row.id, name=row.name, people=counts.get(row.id, 0), windows=windows.get(row.id, []))
        for row in rows
    ]
