"""`/v1/passes`: issued, printed, listed, revoked; also for people who have no face here yet."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response, status
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.errors import Missing
from kiosk.central.house import House
from kiosk.central.passes import badges
from kiosk.central.passes.messages import KeyOut, NewPass, Passes, PassOut, Sheet
from kiosk.central.passes.service import Desk, key_out
from kiosk.central.people.service import Register
from kiosk.central.requests import InHouse, doer_of

router = APIRouter(prefix="/v1/passes", tags=["passes"])

Id = Annotated[str, Path(min_length=1, max_length=64)]
READ = [Depends(Allow(Scope.PASSES_READ))]
WRITE = [Depends(Allow(Scope.PASSES_WRITE))]
CODES = WRITE  # whoever sees the code of a pass can come in with it
KEYS = [Depends(Allow(Scope.POLICIES_WRITE))]
PRIVATE = {"Cache-Control": "private, no-store"}


@router.post("", dependencies=WRITE, status_code=status.HTTP_201_CREATED)
async def issue(new: NewPass, request: Request, house: InHouse) -> PassOut:
    """A pass for somebody, enrolled or not yet."""
    doer = doer_of(request)
    async with house.database.writing() as session:
        desk = Desk(session, house.vault)
        row = await desk.issue(new, house.settings.server.site, doer)
        (shown,) = await desk.shown([row], doer.at_utc)
    return shown


@router.get("", dependencies=READ)
async def page(
    house: InHouse,
    person: Annotated[str, Query(max_length=64)] = "",
    cursor: Annotated[str, Query(max_length=64)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Passes:
    """Passes, newest first; of one person, where one is given."""
    async with house.database.reading() as session:
        desk = Desk(session, house.vault)
        rows = await desk.page(person, cursor, limit)
        shown = await desk.shown(rows, house.clock.utc())
    return Passes(passes=shown, next=rows[-1].id if len(rows) == limit else None)


@router.get("/keys", dependencies=READ)
async def keys(house: InHouse) -> list[KeyOut]:
    """The public halves of the keys that sign passes."""
    async with house.database.reading() as session:
        rows = await Desk(session, house.vault).keys()
    signing = next((row.id for row in rows if row.dropped_utc is None and not row.kiosk), None)
    return [key_out(row, signing) for row in rows]


@router.post("/keys", dependencies=KEYS, status_code=status.HTTP_201_CREATED)
async def roll_key(request: Request, house: InHouse) -> KeyOut:
    """A new key, which signs from now on."""
    async with house.database.writing() as session:
        row = await Desk(session, house.vault).roll(doer_of(request))
        return key_out(row, row.id)


@router.delete("/keys/{key}", dependencies=KEYS, status_code=status.HTTP_204_NO_CONTENT)
async def drop_key(key: Id, request: Request, house: InHouse) -> None:
    """End every pass of a key. This can't be undone."""
    async with house.database.writing() as session:
        await Desk(session, house.vault).drop(key, doer_of(request))


@router.post("/badges.pdf", dependencies=CODES, response_class=Response)
async def sheet(wanted: Sheet, house: InHouse) -> Response:
    """Badges for several passes, one a page."""
    return await _printed(house, wanted.passes)


@router.get("/{pass_id}", dependencies=READ)
async def read(pass_id: Id, house: InHouse) -> PassOut:
    """A pass that was issued."""
    async with house.database.reading() as session:
        desk = Desk(session, house.vault)
        (shown,) = await desk.shown([await desk.find(pass_id)], house.clock.utc())
    return shown


@router.post("/{pass_id}/revoke", dependencies=WRITE)
async def revoke(pass_id: Id, request: Request, house: InHouse) -> PassOut:
    """Make a pass worthless."""
    doer = doer_of(request)
    async with house.database.writing() as session:
        desk = Desk(session, house.vault)
        (shown,) = await desk.shown([await desk.revoke(pass_id, doer)], doer.at_utc)
    return shown


@router.get("/{pass_id}/qr.png", dependencies=CODES, response_class=Response)
async def qr_png(pass_id: Id, house: InHouse) -> Response:
    """The QR code as PNG."""
    return Response(badges.png(await _text(house, pass_id)), media_type="image/png", headers=PRIVATE)


@router.get("/{pass_id}/qr.svg", dependencies=CODES, response_class=Response)
async def qr_svg(pass_id: Id, house: InHouse) -> Response:
    """The QR code as SVG."""
    return Response(badges.svg(await _text(house, pass_id)), media_type="image/svg+xml", headers=PRIVATE)


@router.get("/{pass_id}/badge.pdf", dependencies=CODES, response_class=Response)
async def badge(pass_id: Id, house: InHouse) -> Response:
    """A badge to print: name, picture, host, validity and the QR code."""
    return await _printed(house, [pass_id])


async def _text(house: House, pass_id: str) -> str:
    async with house.database.reading() as session:
        desk = Desk(session, house.vault)
        return await desk.text_of(await desk.find(pass_id), house.clock.utc())


async def _printed(house: House, passes: Sequence[str]) -> Response:
    async with house.database.reading() as session:
        drawn = [await _badge(session, house, one) for one in passes]
    return Response(badges.pdf(drawn), media_type="application/pdf", headers=PRIVATE)


async def _badge(session: AsyncSession, house: House, pass_id: str) -> badges.Badge:
    desk, register = Desk(session, house.vault), Register(session, house.vault)
    row = await desk.find(pass_id)
    person = await register.find(row.person)
    try:
        photo = await register.chip(row.person)
    except Missing:
        photo = None
    host = (f"Host: {person.host}",) if person.host else ()
    until = f"Until {row.expires_utc:%Y-%m-%d %H:%M} UTC"
    once = ("One visit",) if row.single_use else ()
    code = await desk.text_of(row, house.clock.utc())
    return badges.Badge(person.name, (*host, f"From {row.not_before_utc:%Y-%m-%d %H:%M}", until, *once), code, photo)
