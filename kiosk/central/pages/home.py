"""The dashboard: what there is, and what needs attention."""

from fastapi import APIRouter, Depends, Request, Response

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.pages.render import page
from kiosk.central.people.messages import Wanted
from kiosk.central.people.service import Register
from kiosk.central.requests import InHouse

router = APIRouter(include_in_schema=False)

SHOWN = 6


@router.get("/", dependencies=[Depends(Allow(Scope.PEOPLE_READ))])
async def dashboard(request: Request, house: InHouse) -> Response:
    """Everything at a glance."""
    async with house.database.reading() as session:
        register = Register(session, house.vault)
        counts = await register.counts(house.clock.utc())
        newest, _ = await register.page(Wanted(limit=SHOWN))
        faceless, _ = await register.page(Wanted(limit=SHOWN, enrolled=False))
        people = await register.shown(newest)
        waiting = await register.shown(faceless)
    workers = len(house.pool.alive)
    return page(request, "home.html", counts=counts, people=people, waiting=waiting, workers=workers)
