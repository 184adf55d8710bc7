"""The page of conflicts: names that were changed in two places at once, and which of the two it is to be."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.errors import Missing
from kiosk.central.house import House
from kiosk.central.kiosks.service import Fleet
from kiosk.central.pages.render import page, see
from kiosk.central.people.service import Register
from kiosk.central.requests import InHouse, doer_of
from kiosk.central.sync import kept_api
from kiosk.central.sync.messages import Resolution
from kiosk.central.sync.resolving import resolve as resolved
from kiosk.central.texts import checked_form

router = APIRouter(include_in_schema=False)

Id = Annotated[str, Path(min_length=1, max_length=64)]
READ = [Depends(Allow(Scope.PEOPLE_READ))]
WRITE = [Depends(Allow(Scope.PEOPLE_WRITE))]


@router.get("/conflicts", dependencies=READ)
async def everything(request: Request, house: InHouse, settled: Annotated[str, Query(max_length=64)] = "") -> Response:
    """What waits to be settled, oldest first; `settled` is the person of the one before."""
    return await _conflicts(request, house, settled=settled)


@router.post("/conflicts/{conflict}", dependencies=WRITE)
async def settle(request: Request, conflict: Id, house: InHouse, take: Annotated[str, Form(max_length=16)]) -> Response:
    """Which of the two it is; what is left follows."""
    chosen = checked_form(Resolution, {"take": take})
    try:
        async with house.database.writing() as session:
            person = await resolved(session, house.vault, conflict, chosen, doer_of(request))
    except Missing as error:
        return await _conflicts(request, house, sentence=str(error), status=error.status)
    return see(f"/conflicts?settled={person}")


async def _conflicts(
    request: Request, house: House, *, settled: str = "", sentence: str = "", status: int = 200
) -> Response:
    found = await kept_api.conflicts(house)
    async with house.database.reading() as session:
        kiosks = await Fleet(session, house.vault).names({one.kiosk for one in found})
        names = await Register(session, house.vault).names([settled])
    done = (settled, names[settled]) if settled in names else None
    return page(request, "conflicts.html", status, conflicts=found, kiosks=kiosks, done=done, sentence=sentence)
