"""`/v1/kiosk/pull`, `/v1/kiosk/push`: what kiosks and central tell each other."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from kiosk.central.access.rules import AllowKiosk
from kiosk.central.requests import InHouse, kiosk_of
from kiosk.central.sync.bodies import answer, body_of, described
from kiosk.central.sync.describing import answers, bodies, signed
from kiosk.central.sync.feed import pull as pulled
from kiosk.central.sync.taking import take
from kiosk.central.sync.writing import writable
from kiosk.wire.forms import Unwritable
from kiosk.wire.pulled import PAGE_MOST, Page
from kiosk.wire.pushed import Push, PushAnswer

router = APIRouter(tags=["sync"])

# Done twice, either does no harm: what is pushed again is known, and a page is for that kiosk alone.
KIOSK = [Depends(AllowKiosk(is_light=True))]
Limit = Annotated[int, Query(ge=1, le=PAGE_MOST)]
Cursor = Annotated[str, Query(max_length=200)]


@router.get("/v1/kiosk/pull", dependencies=KIOSK, response_model=Page, responses=answers(Page), openapi_extra=signed())
async def pull(request: Request, house: InHouse, cursor: Cursor = "", limit: Limit = PAGE_MOST) -> Response:
    """What changed for the kiosk whose token this is, after its cursor; everything, without one."""
    page = await pulled(house, kiosk_of(request).id, cursor, limit)
    try:
        return answer(request, page)
    except Unwritable:
        return answer(request, writable(page))


@router.post(
    "/v1/kiosk/push",
    dependencies=KIOSK,
    response_model=PushAnswer,
    responses=answers(PushAnswer),
    openapi_extra=signed(described(Push) | bodies()),
)
async def push(request: Request, house: InHouse) -> Response:
    """What the kiosk whose token this is has to tell; an answer for each item. Pushing twice is harmless."""
    said = await body_of(request, Push)
    return answer(request, await take(house, kiosk_of(request), said))
