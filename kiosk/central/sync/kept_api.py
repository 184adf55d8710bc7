"""What admins see of sync: who confirmed an erasure, edits that contradict each other, what could not be taken."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, status
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.errors import Missing
from kiosk.central.people.tables import PersonRow, TombstoneRow
from kiosk.central.requests import InHouse, doer_of
from kiosk.central.sync.messages import ConflictOut, DeadLetterOut, ReceiptOut, Resolution
from kiosk.central.sync.receipts import receipts_of
from kiosk.central.sync.resolving import resolve as resolved
from kiosk.central.sync.tables import ConflictRow, DeadLetterRow

router = APIRouter(tags=["sync"])

Id = Annotated[str, Path(min_length=1, max_length=64)]
PEOPLE = [Depends(Allow(Scope.PEOPLE_READ))]
EDIT = [Depends(Allow(Scope.PEOPLE_WRITE))]
KIOSKS = [Depends(Allow(Scope.KIOSKS_READ))]
SHOWN_MOST = 500


@router.get("/v1/people/{person}/receipts", dependencies=PEOPLE)
async def receipts(person: Id, house: InHouse) -> list[ReceiptOut]:
    """Which kiosks have confirmed that somebody who was erased is gone from them, and which have not."""
    async with house.database.reading() as session:
        if await session.get(TombstoneRow, person) is None:
            raise Missing("Nobody with that id was erased.")
        return await shown_receipts(session, person)


@router.get("/v1/conflicts", dependencies=PEOPLE)
async def conflicts(house: InHouse) -> list[ConflictOut]:
    """Edits of kiosks that contradict what somebody else did, oldest first."""
    query = select(ConflictRow, PersonRow).join(PersonRow, PersonRow.id == ConflictRow.person)
    async with house.database.reading() as session:
        rows = (await session.execute(query.order_by(ConflictRow.at_utc, ConflictRow.id).limit(SHOWN_MOST))).all()
    return [_conflict(row, person) for row, person in rows]


@router.post("/v1/conflicts/{conflict}", dependencies=EDIT, status_code=status.HTTP_204_NO_CONTENT)
async def resolve(conflict: Id, chosen: Resolution, request: Request, house: InHouse) -> None:
    """Say which of the two it is to be."""
    async with house.database.writing() as session:
        await resolved(session, house.vault, conflict, chosen, doer_of(request))


@router.get("/v1/kiosks/{kiosk}/dead-letters", dependencies=KIOSKS)
async def dead_letters(kiosk: Id, house: InHouse) -> list[DeadLetterOut]:
    """What that kiosk told and central could not take, newest first."""
    newest = DeadLetterRow.at_utc.desc(), DeadLetterRow.id.desc()
    query = select(DeadLetterRow).where(DeadLetterRow.kiosk == kiosk).order_by(*newest)
    async with house.database.reading() as session:
        rows: Sequence[DeadLetterRow] = (await session.scalars(query.limit(SHOWN_MOST))).all()
    return [DeadLetterOut.model_validate(row) for row in rows]


async def letters_of(session: AsyncSession) -> dict[str, int]:
    """How many dead letters each kiosk has that has any."""
    query = select(DeadLetterRow.kiosk, func.count()).group_by(DeadLetterRow.kiosk)
    return {kiosk: count for kiosk, count in await session.execute(query)}


async def shown_receipts(session: AsyncSession, person: str) -> list[ReceiptOut]:
    """The receipts of somebody who was erased, by the kiosks' names."""
    return [
        ReceiptOut(
            kiosk=kiosk.id,
            name=kiosk.name,
            site=receipt.site,
            asked_utc=receipt.asked_utc,
            confirmed_utc=receipt.confirmed_utc,
            heard_utc=kiosk.heard_utc,
            revoked=kiosk.revoked_utc is not None,
        )
        for receipt, kiosk in await receipts_of(session, person)
    ]


def _conflict(row: ConflictRow, person: PersonRow) -> ConflictOut:
    return ConflictOut(
        id=row.id,
        person=row.person,
        kiosk=row.kiosk,
        member=row.member,
        wanted=row.wanted,
        current=person.name,
        at_utc=row.at_utc,
    )
