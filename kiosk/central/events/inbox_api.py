"""`/v1/events/inbox`: recent visits, and what an operator says of them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.events.inbox import Visits
from kiosk.central.events.inbox_messages import Figures, Inbox, Judged, Judgement
from kiosk.central.requests import InHouse, doer_of

router = APIRouter(prefix="/v1/events/inbox", tags=["inbox"])

Key = Annotated[str, Path(min_length=1, max_length=129)]
READ = [Depends(Allow(Scope.EVENTS_READ))]
WRITE = [Depends(Allow(Scope.EVENTS_WRITE))]


@router.get("", dependencies=READ)
async def page(
    house: InHouse,
    cursor: Annotated[str, Query(max_length=64)] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    waiting: Annotated[bool, Query(description="Only those that nobody has judged.")] = False,
) -> Inbox:
    """Recent visits with all their attempts, those below the threshold too, newest first."""
    async with house.database.scanning() as session:
        return await Visits(session, house.vault).page(cursor, limit, only_open=waiting)


@router.get("/figures", dependencies=READ)
async def figures(house: InHouse) -> Figures:
    """How often the kiosks were right, of the visits that were judged."""
    async with house.database.reading() as session:
        return await Visits(session, house.vault).figures()


@router.post("/{visit}", dependencies=WRITE)
async def judge(visit: Key, said: Judgement, request: Request, house: InHouse) -> Judged:
    """Say who it was, "not this person", or nobody you know; the answer says what follows. The last word counts."""
    async with house.database.writing() as session:
        return await Visits(session, house.vault).judge(visit, said, doer_of(request))
