"""`/v1/token`, `/v1/me`, `/v1/tokens`, `/v1/users`, `/v1/audit`: signing in by scripts, and who may what."""

import json
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response, status
from pydantic import BaseModel, Field
from sqlalchemy import select

from kiosk.central.access import passwords
from kiosk.central.access.rules import Allow, Open
from kiosk.central.access.scopes import Role, Scope
from kiosk.central.access.service import Credentials
from kiosk.central.access.tables import TokenRow, UserRow
from kiosk.central.access.users import Users, link_of
from kiosk.central.audit.service import first_break
from kiosk.central.audit.tables import ActRow
from kiosk.central.people.messages import Strict
from kiosk.central.requests import AtDoor, InHouse, doer_of, who_of

router = APIRouter(prefix="/v1", tags=["access"])

ANYBODY = [Depends(Open("signing in is how one becomes somebody"))]
ONESELF = [Depends(Allow(Scope.SELF))]
USERS = [Depends(Allow(Scope.USERS))]
Id = Annotated[str, Path(min_length=1, max_length=64)]


class PasswordForm(BaseModel):
    """OAuth2's password flow, and a one-time code where the user has them."""

    username: Annotated[str, Field(max_length=200)]
    password: Annotated[str, Field(max_length=1000)]
    grant_type: Annotated[str, Field(pattern="^password$")] = "password"
    scope: Annotated[str, Field(max_length=1000)] = ""
    code: Annotated[str, Field(max_length=8)] = ""


class Bearer(BaseModel):
    """A token, as OAuth2 has it."""

    access_token: str
    token_type: str = "bearer"
    expires_in: int
    scope: str


class ChosenPassword(Strict):
    """The secret of a one-time link, and the password that is chosen by it."""

    secret: Annotated[str, Field(max_length=100)]
    password: Annotated[str, Field(max_length=1000)]


class Me(BaseModel):
    """Whoever asks."""

    id: str
    name: str
    role: Role
    scopes: list[Scope]


class NewToken(Strict):
    """A token to be made."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    hours: Annotated[float, Field(gt=0, le=24 * 366)] = 24 * 30


class TokenOut(BaseModel):
    """A token, without its secret."""

    id: str
    name: str
    scopes: list[Scope]
    created_utc: datetime
    expires_utc: datetime
    revoked_utc: datetime | None


class MadeToken(TokenOut):
    """A new token with its secret, which is shown this once."""

    token: str


class UserOut(BaseModel):
    """A user. `invited`: they have not chosen a password yet."""

    id: str
    name: str
    role: Role
    invited: bool
    has_codes: bool
    disabled: bool
    created_utc: datetime


class NewUser(Strict):
    """A user to be invited."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    role: Role


class Invited(BaseModel):
    """A new user, and the path of their one-time link, which is shown this once. Its secret stands behind the #."""

    user: UserOut
    link: str


class EditedUser(Strict):
    """What is to change of a user; what is left out stays."""

    role: Role | None = None
    disabled: bool | None = None


class CodesOut(BaseModel):
    """A new secret for an authenticator; it counts once a code of it was sent back."""

    secret: str
    uri: str


class Codes(Strict):
    """The secret, and the code that the authenticator shows."""

    secret: Annotated[str, Field(min_length=16, max_length=64, pattern="^[A-Z2-7]+$")]
    code: Annotated[str, Field(min_length=6, max_length=8)]


class ActOut(BaseModel):
    """One act of the audit trail."""

    seq: int
    at_utc: datetime
    actor: str
    via: str
    act: str
    subject: str
    details: dict[str, Any]


class Trail(BaseModel):
    """A page of the audit trail, newest first."""

    acts: list[ActOut]
    next: int | None


@router.post("/token", dependencies=ANYBODY)
async def sign_in(request: Request, door: AtDoor, given: Annotated[PasswordForm, Form()]) -> Bearer:
    """Exchange a name and password for a token (OAuth2's password flow)."""
    address = request.client.host if request.client else ""
    user = await door.admit(Credentials(given.username, given.password, given.code, address))
    signed_in = await door.start_session(user, "password")
    who = signed_in.principal
    asked = frozenset(one for one in Scope if one.value in given.scope.split()) or who.scopes
    hours = door.options.token_h
    secret, row = await door.new_token(who, "password flow", asked, hours)
    await door.sign_out(who)
    return Bearer(access_token=secret, expires_in=int(hours * 3600), scope=row.scopes)


@router.post("/welcome", dependencies=ANYBODY, status_code=status.HTTP_204_NO_CONTENT)
async def welcome(chosen: ChosenPassword, house: InHouse, door: AtDoor) -> None:
    """Choose a password by a one-time link, which is used up by it."""
    hashed = await door.hashes.make(chosen.password)
    async with house.database.writing() as session:
        await Users(session, house.vault).choose_password(chosen.secret, hashed, house.clock.utc())


@router.get("/me", dependencies=ONESELF)
async def me(request: Request) -> Me:
    """Whoever asks, and what they may do."""
    who = who_of(request)
    return Me(id=who.user, name=who.name, role=who.role, scopes=sorted(who.scopes))


@router.post("/me/codes/new", dependencies=ONESELF)
async def new_codes(request: Request) -> CodesOut:
    """A secret for an authenticator; nothing is kept yet."""
    secret = passwords.new_totp()
    return CodesOut(secret=secret, uri=passwords.totp_uri(secret, who_of(request).name))


@router.put("/me/codes", dependencies=ONESELF, status_code=status.HTTP_204_NO_CONTENT)
async def set_codes(codes: Codes, request: Request, house: InHouse) -> None:
    """Ask for one-time codes at every sign-in from now on."""
    async with house.database.writing() as session:
        await Users(session, house.vault).set_totp(who_of(request).user, codes.secret, codes.code, doer_of(request))


@router.get("/tokens", dependencies=ONESELF)
async def tokens(request: Request, door: AtDoor) -> list[TokenOut]:
    """One's own tokens."""
    return [token_out(row) for row in await door.tokens(who_of(request))]


@router.post("/tokens", dependencies=ONESELF, status_code=status.HTTP_201_CREATED)
async def make_token(new: NewToken, request: Request, door: AtDoor) -> MadeToken:
    """A token for a script."""
    secret, row = await door.new_token(who_of(request), new.name, frozenset(new.scopes), new.hours)
    return MadeToken(**token_out(row).model_dump(), token=secret)


@router.delete("/tokens/{token}", dependencies=ONESELF, status_code=status.HTTP_204_NO_CONTENT)
async def revoke_token(token: Id, request: Request, door: AtDoor) -> None:
    """End a token."""
    await door.revoke_token(who_of(request), token)


@router.get("/users", dependencies=USERS)
async def users(house: InHouse) -> list[UserOut]:
    """Everybody who may sign in."""
    async with house.database.reading() as session:
        return [user_out(row) for row in await Users(session, house.vault).everybody()]


@router.post("/users", dependencies=USERS, status_code=status.HTTP_201_CREATED)
async def invite(new: NewUser, request: Request, house: InHouse) -> Invited:
    """A new user, who chooses a password by a one-time link."""
    async with house.database.writing() as session:
        made = Users(session, house.vault)
        user, secret = await made.invite(new.name, new.role, doer_of(request), house.settings.sign_in.invitation_h)
    return Invited(user=user_out(user), link=link_of(secret))


@router.post("/users/{user}/link", dependencies=USERS)
async def new_link(user: Id, request: Request, house: InHouse) -> Invited:
    """A new one-time link for a user who forgot their password or lost the first one."""
    hours = house.settings.sign_in.invitation_h
    async with house.database.writing() as session:
        row, secret = await Users(session, house.vault).new_link(user, doer_of(request), hours)
    return Invited(user=user_out(row), link=link_of(secret))


@router.patch("/users/{user}", dependencies=USERS)
async def edit_user(user: Id, edited: EditedUser, request: Request, house: InHouse) -> UserOut:
    """Another role, or kept out, or let in again."""
    async with house.database.writing() as session:
        known = Users(session, house.vault)
        row = await known.find(user)
        if edited.role is not None:
            row = await known.set_role(user, edited.role, doer_of(request))
        if edited.disabled is not None:
            row = await known.set_disabled(user, edited.disabled, doer_of(request))
    return user_out(row)


@router.get("/audit", dependencies=[Depends(Allow(Scope.AUDIT))])
async def audit(
    house: InHouse,
    before: Annotated[int | None, Query(ge=1)] = None,
    subject: Annotated[str, Query(max_length=120)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Trail:
    """What was done, newest first."""
    query = select(ActRow).order_by(ActRow.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(ActRow.seq < before)
    if subject:
        query = query.where(ActRow.subject == subject)
    async with house.database.reading() as session:
        rows = (await session.scalars(query)).all()
    return Trail(acts=[act_out(row) for row in rows], next=rows[-1].seq if len(rows) == limit else None)


@router.get("/audit/check", dependencies=[Depends(Allow(Scope.AUDIT))])
async def check_audit(house: InHouse, response: Response) -> dict[str, int | None]:
    """The first act of the trail that is not as it was recorded; null where the chain holds."""
    response.headers["Cache-Control"] = "no-store"
    async with house.database.scanning() as session:
        return {"first_break": await first_break(session, house.vault)}


def token_out(row: TokenRow) -> TokenOut:
    """That token, for the API."""
    shown = {name: getattr(row, name) for name in ("id", "name", "created_utc", "expires_utc", "revoked_utc")}
    return TokenOut(**shown, scopes=[Scope(one) for one in row.scopes.split()])


def user_out(row: UserRow) -> UserOut:
    """That user, for the API."""
    return UserOut(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        invited=row.password is None,
        has_codes=row.totp is not None,
        disabled=row.disabled_utc is not None,
        created_utc=row.created_utc,
    )


def act_out(row: ActRow) -> ActOut:
    """That act, for the API."""
    shown = {name: getattr(row, name) for name in ("seq", "at_utc", "actor", "via", "act", "subject")}
    return ActOut(**shown, details=json.loads(row.details))
