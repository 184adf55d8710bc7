"""`/v1/kiosk/events`, where kiosks push, and `/v1/events`: a page at a time, and as a file."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from kiosk.central.access.rules import Allow, AllowKiosk
from kiosk.central.access.scopes import Scope
from kiosk.central.audit.service import record
from kiosk.central.events import reading
from kiosk.central.events.export import Format, lines
from kiosk.central.events.journal import Journal
from kiosk.central.events.messages import PAGE_MOST, Batch, Events, Receipts
from kiosk.central.events.seeking import FROM_UNTIL, Wanted
from kiosk.central.requests import InHouse, doer_of, kiosk_of
from kiosk.central.sync.describing import answers, signed

router = APIRouter(tags=["events"])

READ = [Depends(Allow(Scope.EVENTS_READ))]
KIOSK = [Depends(AllowKiosk())]
Limit = Annotated[int, Query(ge=1, le=PAGE_MOST)]
Cursor = Annotated[str, Query(max_length=64)]


@router.post("/v1/kiosk/events", dependencies=KIOSK, responses=answers(), openapi_extra=signed())
async def push(batch: Batch, request: Request, house: InHouse) -> Receipts:
    """Events of the kiosk whose token this is; a receipt for each. Pushing twice is harmless."""
    async with house.database.writing() as session:
        receipts = await Journal(session).take(batch.events, kiosk_of(request), house.clock.utc())
    return Receipts(receipts=receipts)


@router.get("/v1/events", dependencies=READ, openapi_extra=FROM_UNTIL)
async def page(sought: Wanted, house: InHouse, cursor: Cursor = "", limit: Limit = 100) -> Events:
    """Events, newest first, a page at a time."""
    async with house.database.scanning() as session:  # what is rare may be far back
        return await reading.page(session, sought, cursor, limit)


@router.get("/v1/events/export", dependencies=READ, openapi_extra=FROM_UNTIL, response_class=StreamingResponse)
async def export(
    sought: Wanted, request: Request, house: InHouse, form: Annotated[Format, Query(alias="format")] = Format.CSV
) -> StreamingResponse:
    """All events that are wanted, oldest first, as CSV or JSON Lines."""
    doer = doer_of(request)
    async with house.database.writing() as session:
        act = doer.act("events-exported", "events", format=form.value, **sought.model_dump(mode="json"))
        await record(session, house.vault, act, doer.at_utc)
    headers = {"Content-Disposition": f'attachment; filename="events.{form.value}"'}
    return StreamingResponse(lines(house.database, sought, form), media_type=form.media_type, headers=headers)
