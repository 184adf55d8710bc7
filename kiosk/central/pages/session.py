"""Signing in and out, choosing a password by a link, and one's own account."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from markupsafe import Markup

from kiosk.central.access import passwords
from kiosk.central.access.rules import COOKIE, Allow, Open
from kiosk.central.access.scopes import Scope
from kiosk.central.access.service import Credentials
from kiosk.central.access.users import Users
from kiosk.central.errors import TooMany, Unauthorised
from kiosk.central.pages.render import page, see
from kiosk.central.passes import badges
from kiosk.central.requests import AtDoor, InHouse, doer_of, who_of

router = APIRouter(include_in_schema=False)

ANYBODY = [Depends(Open("signing in is how one becomes somebody"))]
ONESELF = [Depends(Allow(Scope.SELF))]


@router.get("/sign-in", dependencies=ANYBODY)
async def ask(request: Request) -> Response:
    """The form."""
    return page(request, "sign_in.html", sentence="")


@router.post("/sign-in", dependencies=ANYBODY)
async def sign_in(
    request: Request,
    door: AtDoor,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    code: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """Let somebody in, or say why not."""
    address = request.client.host if request.client else ""
    try:
        signed_in = await door.start_session(await door.admit(Credentials(name, password, code, address)))
    except (Unauthorised, TooMany) as error:
        return page(request, "sign_in.html", error.status, sentence=str(error))
    answer = see("/")
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
    who = who_of(request)
    async with house.database.reading() as session:
        user = await Users(session, house.vault).find(who.user)
    secret = passwords.new_totp()
    code = Markup(badges.svg(passwords.totp_uri(secret, who.name)).decode())
    tokens = await door.tokens(who)
    return page(request, "account.html", user=user, secret=secret, code=code, tokens=tokens, sentence="")


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
