"""The pages of passes: a list, one of them to show or print, and a new one."""

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from markupsafe import Markup

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.errors import Conflict
from kiosk.central.pages.render import page, see
from kiosk.central.passes import badges
from kiosk.central.passes.messages import NewPass
from kiosk.central.passes.service import Desk
from kiosk.central.requests import InHouse, doer_of, who_of
from kiosk.central.texts import checked_form

router = APIRouter(include_in_schema=False)

Id = Annotated[str, Path(min_length=1, max_length=64)]
READ = [Depends(Allow(Scope.PASSES_READ))]
WRITE = [Depends(Allow(Scope.PASSES_WRITE))]
PAGE = 50


@router.get("/passes", dependencies=READ)
async def everything(request: Request, house: InHouse, cursor: Annotated[str, Query(max_length=64)] = "") -> Response:
    """Passes, newest first."""
    async with house.database.reading() as session:
        desk = Desk(session, house.vault)
        rows = await desk.page("", cursor, PAGE)
        shown = await desk.shown(rows, house.clock.utc())
    following = rows[-1].id if len(rows) == PAGE else None
    return page(request, "passes.html", passes=shown, next=following)


@router.get("/passes/{pass_id}", dependencies=READ)
async def one(request: Request, pass_id: Id, house: InHouse) -> Response:
    """A pass with its code, as long as it is good, for those who may issue one: whoever sees it can come in with it."""
    now, code = house.clock.utc(), None
    async with house.database.reading() as session:
        desk = Desk(session, house.vault)
        row = await desk.find(pass_id)
        (shown,) = await desk.shown([row], now)
        if who_of(request).may(Scope.PASSES_WRITE):
            with suppress(Conflict):
                code = Markup(badges.svg(await desk.text_of(row, now)).decode())
    return page(request, "pass.html", one=shown, code=code)


@router.post("/people/{person}/passes", dependencies=WRITE)
async def issue(
    request: Request,
    person: Id,
    house: InHouse,
    hours: Annotated[float, Form()] = 8.0,
    once: Annotated[bool, Form()] = False,
) -> Response:
    """A new pass, which is then shown."""
    new = checked_form(NewPass, {"person": person, "hours": hours, "single_use": once})
    async with house.database.writing() as session:
        row = await Desk(session, house.vault).issue(new, house.settings.server.site, doer_of(request))
    return see(f"/passes/{row.id}")


@router.post("/passes/{pass_id}/revoke", dependencies=WRITE)
async def revoke(request: Request, pass_id: Id, house: InHouse) -> Response:
    """Make a pass worthless."""
    async with house.database.writing() as session:
        await Desk(session, house.vault).revoke(pass_id, doer_of(request))
    return see(f"/passes/{pass_id}")
