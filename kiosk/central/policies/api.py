"""`/v1/policies`: the rules of each site, and its privacy notices."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.policies.messages import EditedRules, NewNotice, NoticeOut, PolicyOut
from kiosk.central.policies.service import Policies, notice_out
from kiosk.central.requests import InHouse, doer_of

router = APIRouter(prefix="/v1/policies", tags=["policies"])

Site = Annotated[str, Path(min_length=1, max_length=80)]
Tongue = Annotated[str, Path(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=16)]
READ = [Depends(Allow(Scope.POLICIES_READ))]
WRITE = [Depends(Allow(Scope.POLICIES_WRITE))]


@router.get("", dependencies=READ)
async def everything(house: InHouse) -> list[PolicyOut]:
    """The rules of every site that has some of its own."""
    async with house.database.reading() as session:
        return await Policies(session, house.vault).everything()


@router.get("/{site}", dependencies=READ)
async def read(site: Site, house: InHouse) -> PolicyOut:
    """The rules of a site; the usual ones, as version 0, where nobody has set any."""
    async with house.database.reading() as session:
        return await Policies(session, house.vault).of(site)


@router.put("/{site}", dependencies=WRITE)
async def edit(site: Site, edited: EditedRules, request: Request, house: InHouse) -> PolicyOut:
    """The rules as they are to be; 409 with how they are now, if somebody else changed them meanwhile."""
    async with house.database.writing() as session:
        return await Policies(session, house.vault).edit(site, edited, doer_of(request))


@router.get("/{site}/notices/{language}", dependencies=READ)
async def notice(site: Site, language: Tongue, house: InHouse) -> NoticeOut:
    """The privacy notice that is shown now."""
    async with house.database.reading() as session:
        return notice_out(await Policies(session, house.vault).newest(site, language))


@router.get("/{site}/notices/{language}/all", dependencies=READ)
async def notices(site: Site, language: Tongue, house: InHouse) -> list[NoticeOut]:
    """Every notice that was ever shown, newest first."""
    async with house.database.reading() as session:
        return [notice_out(row) for row in await Policies(session, house.vault).notices(site, language)]


@router.put("/{site}/notices/{language}", dependencies=WRITE)
async def write(site: Site, language: Tongue, new: NewNotice, request: Request, house: InHouse) -> NoticeOut:
    """A notice from now on; a text that differs gets a version of its own."""
    async with house.database.writing() as session:
        return notice_out(await Policies(session, house.vault).write(site, language, new.text, doer_of(request)))
