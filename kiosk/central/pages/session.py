"""Signing in and out, choosing a password by a link, and one's own account."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from markupsafe import Markup
from pydantic import BaseModel, Field

from kiosk.central.access import passwords
from kiosk.central.access.rules import COOKIE, Allow, Open
from kiosk.central.access.scopes import Scope
from kiosk.central.access.service import Credentials, Door
from kiosk.central.access.users import Users
from kiosk.central.errors import TooMany, Unauthorised
from kiosk.central.house import House
from kiosk.central.pages.render import HOME, own_page, page, see
from kiosk.central.passes import badges
from kiosk.central.requests import AtDoor, InHouse, doer_of, who_of

router = APIRouter(include_in_schema=False)

ANYBODY = [Depends(Open("signing in is how one becomes somebody"))]
ONESELF = [Depends(Allow(Scope.SELF))]


class May(StrEnum):
    """What a token may do: all that its owner may, or of that to read."""

    READ = "read"
    ALL = "all"


class TokenForm(BaseModel):
    """A token that somebody wants."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    hours: Annotated[float, Field(gt=0, le=24 * 366)]
    may: May
    csrf: str = ""


class SignInForm(BaseModel):
    """Who somebody says they are, and the page to go on to."""

    name: Annotated[str, Field(max_length=200)] = ""
    password: Annotated[str, Field(max_length=1000, repr=False)] = ""
    code: Annotated[str, Field(max_length=8)] = ""
    to: Annotated[str, Field(max_length=2000)] = HOME
    csrf: str = ""


@router.get("/sign-in", dependencies=ANYBODY)
async def ask(request: Request, to: Annotated[str, Query(max_length=2000)] = HOME) -> Response:
    """The form; `to` is the page that was asked for."""
    return page(request, "sign_in.html", sentence="", to=own_page(to))


@router.post("/sign-in", dependencies=ANYBODY)
async def sign_in(request: Request, door: AtDoor, given: Annotated[SignInForm, Form()]) -> Response:
    """Let somebody in, or say why not."""
    address, to = request.client.host if request.client else "", own_page(given.to)
    shown = Credentials(given.name, given.password, given.code, address)
    try:
        signed_in = await door.start_session(await door.admit(shown))
    except (Unauthorised, TooMany) as error:
        return page(request, "sign_in.html", error.status, sentence=str(error), to=to)
    answer = see(to)
    answer.set_cookie(
        COOKIE,
        signed_in.secret,
        expires=signed_in.expires_utc,
        httponly=True,
        secure=request.app.state.house.settings.is_secure,
        samesite="lax",
    )
    return answer


@router.post("/sign-out", dependencies=ONESELF)
async def sign_out(request: Request, door: AtDoor) -> Response:
    """End this session."""
    await door.sign_out(who_of(request))
    answer = see("/sign-in")
    answer.delete_cookie(COOKIE)
    return answer


@router.get("/welcome", dependencies=ANYBODY)
async def welcome(request: Request) -> Response:
    """Where a one-time link leads; its secret stays in the browser until a password was chosen."""
    return page(request, "welcome.html", shortest=passwords.SHORTEST)


@router.get("/account", dependencies=ONESELF)
async def account(request: Request, house: InHouse, door: AtDoor) -> Response:
    """Oneself: one-time codes and tokens."""
    return await _account(request, house, door, "")


@router.post("/account/tokens", dependencies=ONESELF)
async def make_token(request: Request, house: InHouse, door: AtDoor, wanted: Annotated[TokenForm, Form()]) -> Response:
    """A token for a script; it is shown this once."""
    who = who_of(request)
    scopes = frozenset(one for one in who.scopes if wanted.may is May.ALL or one.value.endswith(":read"))
    secret, _ = await door.new_token(who, wanted.name, scopes, wanted.hours)
    return await _account(request, house, door, secret)


@router.post("/account/tokens/{token}/revoke", dependencies=ONESELF)
async def revoke_token(request: Request, token: Annotated[str, Path(max_length=64)], door: AtDoor) -> Response:
    """End a token."""
    await door.revoke_token(who_of(request), token)
    return see("/account")


async def _account(request: Request, house: House, door: Door, made: str) -> Response:
    who = who_of(request)
    async with house.database.reading() as session:
        user = await Users(session, house.vault).find(who.user)
    secret = passwords.new_totp()
    code = Markup(badges.svg(passwords.totp_uri(secret, who.name)).decode())
    tokens = await door.tokens(who)
    return page(request, "account.html", user=user, secret=secret, code=code, tokens=tokens, made=made)


@router.post("/account/codes", dependencies=ONESELF)
async def codes(
    request: Request,
    house: InHouse,
    secret: Annotated[str, Form(max_length=64, pattern="^[A-Z2-7]{16,64}$")],
    code: Annotated[str, Form(max_length=8)],
) -> Response:
    """Ask for one-time codes from now on."""
    async with house.database.writing() as session:
        await Users(session, house.vault).set_totp(who_of(request).user, secret, code, doer_of(request))
    return see("/account")
