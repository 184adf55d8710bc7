"""The page on which two people are made one: both side by side, and which of them is kept."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.house import House
from kiosk.central.pages.render import page, see
from kiosk.central.people.burying import Half, why_apart
from kiosk.central.people.messages import PersonDetails
from kiosk.central.people.service import Register
from kiosk.central.requests import InHouse, doer_of

router = APIRouter(include_in_schema=False)

Id = Annotated[str, Query(min_length=1, max_length=64)]
Chosen = Annotated[str, Form(min_length=1, max_length=64)]
ERASE = [Depends(Allow(Scope.PEOPLE_ERASE))]


@router.get("/merge", dependencies=ERASE)
async def ask(request: Request, house: InHouse, a: Id, b: Id) -> Response:
    """Both, with what each has."""
    pair = (await _details(house, a), await _details(house, b))
    one, two = (Half(person.site, person.disabled) for person in pair)
    return page(request, "merge.html", pair=pair, apart=(why_apart(one, two), why_apart(two, one)))


@router.post("/merge", dependencies=ERASE)
async def merge(
    request: Request, house: InHouse, kept: Chosen, other: Chosen, version: Annotated[int, Form(ge=1)]
) -> Response:
    """The other's faces, consents and passes become the kept one's."""
    async with house.database.writing() as session:
        row = await Register(session, house.vault).merge(kept, other, version, doer_of(request))
    await house.database.tidy()
    return see(f"/people/{row.id}")


async def _details(house: House, person: str) -> PersonDetails:
    async with house.database.reading() as session:
        return await Register(session, house.vault).details(person)
