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
from kiosk.central.events.messages import PAGE_MOST, Batch, Events, Kind, Receipts, Sought
from kiosk.central.requests import InHouse, doer_of, kiosk_of
from kiosk.central.texts import checked_form

router = APIRouter(tags=["events"])

READ = [Depends(Allow(Scope.EVENTS_READ))]
KIOSK = [Depends(AllowKiosk())]
Limit = Annotated[int, Query(ge=1, le=PAGE_MOST)]
Cursor = Annotated[str, Query(max_length=64)]


async def _sought(
    request: Request,
    kiosk: Annotated[str, Query(max_length=64)] = "",
    site: Annotated[str, Query(max_length=80)] = "",
    kind: Annotated[list[Kind] | None, Query(max_length=len(Kind))] = None,
    person: Annotated[str, Query(max_length=64)] = "",
) -> Sought:
    """Which events are wanted."""
    fields: dict[str, object] = {"kiosk": kiosk, "site": site, "kind": kind or [], "person": person}
    for name in ("from", "until"):  # words that Python keeps to itself
        fields[f"{name}_utc"] = request.query_params.get(name) or None
    return checked_form(Sought, fields)


Wanted = Annotated[Sought, Depends(_sought)]
FROM_UNTIL = {
    "parameters": [
        {
            "name": name,
            "in": "query",
            "required": False,
            "schema": {"type": "string", "format": "date-time"},
            "description": f"Taken {what} this moment, with its time zone.",
        }
        for name, what in (("from", "at or after"), ("until", "before"))
    ]
}


@router.post("/v1/kiosk/events", dependencies=KIOSK)
async def push(batch: Batch, request: Request, house: InHouse) -> Receipts:
    """Events of the kiosk whose token this is; a receipt for each. Pushing twice is harmless."""
    async with house.database.writing() as session:
        receipts = await Journal(session).take(batch.events, kiosk_of(request), house.clock.utc())
    return Receipts(receipts=receipts)


@router.get("/v1/events", dependencies=READ, openapi_extra=FROM_UNTIL)
async def page(sought: Wanted, house: InHouse, cursor: Cursor = "", limit: Limit = 100) -> Events:
    """Events, newest first, a page at a time."""
    async with house.database.reading() as session:
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
