"""The pages of those who run central: users and the audit trail."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from sqlalchemy import select

from kiosk.central.access.api import audit, user_out
from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Role, Scope
from kiosk.central.access.users import Users, link_of
from kiosk.central.audit.service import first_break
from kiosk.central.audit.tables import EndRow
from kiosk.central.pages.render import page, see
from kiosk.central.requests import InHouse, doer_of

router = APIRouter(include_in_schema=False)

Id = Annotated[str, Path(min_length=1, max_length=64)]
USERS = [Depends(Allow(Scope.USERS))]
AUDIT = [Depends(Allow(Scope.AUDIT))]
CHECKED = 20_000  # the newest acts; each takes 35 microseconds


@router.get("/users", dependencies=USERS)
async def everybody(request: Request, house: InHouse) -> Response:
    """Everybody who may sign in."""
    return await _users(request, house, "")


@router.post("/users", dependencies=USERS)
async def invite(
    request: Request,
    house: InHouse,
    name: Annotated[str, Form(max_length=80)],
    role: Annotated[Role, Form()],
) -> Response:
    """A new user; the link for them is shown this once."""
    hours = house.settings.sign_in.invitation_h
    async with house.database.writing() as session:
        _, secret = await Users(session, house.vault).invite(name, role, doer_of(request), hours)
    return await _users(request, house, house.settings.base_url + link_of(secret))


@router.post("/users/{user}", dependencies=USERS)
async def edit(
    request: Request,
    user: Id,
    house: InHouse,
    role: Annotated[Role | None, Form()] = None,
    disabled: Annotated[bool | None, Form()] = None,
) -> Response:
    """Another role, kept out, or let in again."""
    async with house.database.writing() as session:
        known = Users(session, house.vault)
        if role is not None:
            await known.set_role(user, role, doer_of(request))
        if disabled is not None:
            await known.set_disabled(user, disabled, doer_of(request))
    return see("/users")


@router.post("/users/{user}/link", dependencies=USERS)
async def new_link(request: Request, user: Id, house: InHouse) -> Response:
    """A new one-time link, shown this once."""
    hours = house.settings.sign_in.invitation_h
    async with house.database.writing() as session:
        _, secret = await Users(session, house.vault).new_link(user, doer_of(request), hours)
    return await _users(request, house, house.settings.base_url + link_of(secret))


@router.get("/audit", dependencies=AUDIT)
async def trail(request: Request, house: InHouse, before: Annotated[int | None, Query(ge=1)] = None) -> Response:
    """What was done, newest first, and whether the chain holds."""
    shown = await audit(house, before)
    async with house.database.scanning() as session:
        broken = await first_break(session, house.vault, CHECKED)
        names = {row.id: row.name for row in await Users(session, house.vault).everybody()}
        last = await session.scalar(select(EndRow.seq)) or 0
    checked = CHECKED if last > CHECKED else 0
    return page(request, "audit.html", acts=shown.acts, next=shown.next, broken=broken, names=names, checked=checked)


async def _users(request: Request, house: InHouse, link: str) -> Response:
    async with house.database.reading() as session:
        users = [user_out(row) for row in await Users(session, house.vault).everybody()]
    return page(request, "users.html", users=users, link=link, roles=list(Role))
