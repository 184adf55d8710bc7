"""The pages of erasures: the newest ones, and which kiosks have confirmed each."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.house import House
from kiosk.central.pages.render import page
from kiosk.central.requests import InHouse
from kiosk.central.sync.kept_api import shown_receipts
from kiosk.central.sync.receipts import erasures

router = APIRouter(include_in_schema=False)

# Kiosks that are there confirm within seconds; for one that is away a page may be open for days.
SOON_S, LATER_S, FRESH = 1, 10, timedelta(minutes=1)
Id = Annotated[str, Path(min_length=1, max_length=64)]
READ = [Depends(Allow(Scope.PEOPLE_READ))]
SHOWN = 100


@router.get("/erasures", dependencies=READ)
async def everything(request: Request, house: InHouse) -> Response:
    """The newest erasures, and how many kiosks have confirmed each."""
    async with house.database.reading() as session:
        found = await erasures(session, SHOWN)
    return page(request, "erasures.html", erasures=found)


@router.get("/erasures/{person}", dependencies=READ)
async def one(request: Request, person: Id, house: InHouse) -> Response:
    """Which kiosks have confirmed an erasure, and which have not."""
    return page(request, "erasure.html", **await confirmations(house, person))


@router.get("/erasures/{person}/kiosks", dependencies=READ)
async def kiosks(request: Request, person: Id, house: InHouse) -> Response:
    """The same by itself, for a page that is looked at while they confirm."""
    return page(request, "receipts.html", **await confirmations(house, person))


async def confirmations(house: House, person: str) -> dict[str, Any]:
    """What the pages show of an erasure: its `receipts`, whether some are still `waiting`, how often to ask again."""
    async with house.database.reading() as session:
        receipts = await shown_receipts(session, person)
    waiting = any(one.confirmed_utc is None and not one.revoked for one in receipts)
    newest = max((one.asked_utc for one in receipts), default=house.clock.utc())
    every_s = SOON_S if house.clock.utc() - newest < FRESH else LATER_S
    return {"person": person, "receipts": receipts, "waiting": waiting, "every_s": every_s}
