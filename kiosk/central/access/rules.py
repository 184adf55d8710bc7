"""The rule of a route: which scope it needs, or that it is open to anybody. A route without one fails a test.

Rules run before a body is read where the body is large: such routes take the request and read it themselves.
"""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, WebSocket
from fastapi.security import APIKeyCookie, OAuth2PasswordBearer
from fastapi.security.utils import get_authorization_scheme_param
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketDisconnect

from kiosk.central.access.principal import KioskPrincipal, Principal, Via
from kiosk.central.access.scopes import Scope
from kiosk.central.access.secrets import is_same
from kiosk.central.access.service import Door
from kiosk.central.errors import Forbidden, Unauthorised
from kiosk.central.kiosks.gate import Asking, Gate
from kiosk.central.sockets import MESSAGE_MOST
from kiosk.central.sync.bodies import sent
from kiosk.wire.signing import SIGNATURE_HEADER, WIRE_HEADER

COOKIE = "kiosk_central"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
NO_KIOSK = "Only kiosks may do that; send a kiosk's token: Authorization: Bearer …"
NOBODY = "Sign in, or send a token: Authorization: Bearer …"

password_flow = OAuth2PasswordBearer("/v1/token", auto_error=False)
cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="The session of a browser.")
FIRST_WORD_S = 10.0
SMALL = 16 * 1024  # bytes: no more is taken of a kiosk before anybody looks whether it is one
WIRE_FORM = re.compile("^[0-9]{1,6}$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody showed of who they are: a token, or the session of their browser."""

    token: str | None = field(repr=False)
    session: str | None = field(repr=False)


@dataclass(frozen=True)
class Allow:
    """The rule as a dependency: whoever asks must be somebody, and have `scope`."""

    scope: Scope

    async def __call__(
        self,
        request: Request,
        shown: Annotated[str | None, Depends(password_flow)],
        session: Annotated[str | None, Depends(cookie)],
    ) -> Principal:
        """Whoever asks. Raises Unauthorised, Forbidden."""
        who = await _whoever(request, shown, session)
        request.state.who, request.state.shown = who, Shown(shown, session)
        return _allowed(who, self.scope)


@dataclass(frozen=True)
class AllowSocket:
    """The rule of a WebSocket. Whoever shows nothing with their request is accepted, and has ten seconds to send
    `{"token": "…"}`; a session counts only from a page of this server.
    """

    scope: Scope

    async def __call__(self, socket: WebSocket) -> Principal:
        """Whoever asks. Raises Unauthorised, Forbidden."""
        shown = await _shown_by(socket)
        socket.state.shown = shown
        socket.state.who = await still_allowed(socket, self.scope)
        who: Principal = socket.state.who
        return who


@dataclass(frozen=True)
class AllowKiosk:
    """The rule of a route for kiosks: whoever asks must show a kiosk's token; a person's is not enough.

    A kiosk that has a key must have signed the request as it was sent. `is_light`: doing it twice does no harm and
    tells nothing, so that its counter need not be on the disk before the answer.
    """

    is_light: bool = False

    async def __call__(self, request: Request, shown: Annotated[str | None, Depends(password_flow)]) -> KioskPrincipal:
        """The kiosk. Raises Unauthorised, BadSignature, CounterBehind, Revoked, TooLarge."""
        if not shown:
            raise Unauthorised(NO_KIOSK)
        gate: Gate = request.app.state.house.gate
        if _may_be_large(request):
            await gate.check(shown)  # asked again below: it takes a while to send much
        kiosk = await gate.admit(await _asking(request, shown), is_light=self.is_light)
        request.state.kiosk = kiosk
        return kiosk


@dataclass(frozen=True)
class Open:
    """The rule of a route for anybody; `why` is for whoever reads the code."""

    why: str

    async def __call__(self) -> None:
        """Lets everybody through."""


def rule_of(call: Callable[..., object] | None) -> Allow | AllowKiosk | AllowSocket | Open | None:
    """The rule, where a dependency is one."""
    return call if isinstance(call, Allow | AllowKiosk | AllowSocket | Open) else None


async def still_allowed(connection: HTTPConnection, scope: Scope) -> Principal:
    """Whoever was let in, if they would be let in now; a session does not become younger by it.

    Raises Unauthorised, Forbidden.
    """
    door: Door = connection.app.state.door
    shown: Shown = connection.state.shown
    if shown.token:
        return _allowed(await door.by_token(shown.token), scope)
    if not shown.session:
        raise Unauthorised(NOBODY)
    return _allowed(await door.by_session(shown.session, is_used=False), scope)


async def _asking(request: Request, token: str) -> Asking:
    """The request as it was sent; of the body no more is taken than a kiosk may send."""
    query = request.scope["query_string"].decode("latin-1")
    path = request.scope.get("raw_path") or request.scope["path"].encode()
    target = path.decode("latin-1") + (f"?{query}" if query else "")
    wire = request.headers.get(WIRE_HEADER, "")
    header = request.headers.get(SIGNATURE_HEADER, "")
    spoken = int(wire) if WIRE_FORM.match(wire) else 0
    return Asking(token, request.method, target, header, await sent(request), spoken)


def _may_be_large(request: Request) -> bool:
    announced = request.headers.get("content-length", "")
    return not (int(announced) <= SMALL if announced.isdigit() else request.method in SAFE)


def _allowed(who: Principal, scope: Scope) -> Principal:
    if not who.may(scope):
        raise Forbidden(f"You may not do that; it needs {scope.value}.")
    return who


async def _shown_by(socket: WebSocket) -> Shown:
    scheme, token = get_authorization_scheme_param(socket.headers.get("authorization"))
    if scheme.lower() == "bearer" and token:
        return Shown(token, None)
    session = socket.cookies.get(COOKIE)
    if session:
        _check_origin(socket)
        return Shown(None, session)
    await socket.accept()
    return Shown(await _first_word(socket), None)


def _check_origin(socket: WebSocket) -> None:
    """A page of another site can make a browser open a WebSocket with our cookie; the browser says which site it is."""
    origin = urlsplit(socket.headers.get("origin", ""))
    if origin.scheme not in ("http", "https") or origin.netloc != socket.headers.get("host"):
        raise Forbidden("A session is good for the pages of this server; send a token instead.")


async def _first_word(socket: WebSocket) -> str:
    """The token that the first message holds. Raises Unauthorised."""
    try:
        async with asyncio.timeout(FIRST_WORD_S):
            word = await socket.receive_text()
        said = json.loads(word) if len(word) <= MESSAGE_MOST else None
    except (TimeoutError, WebSocketDisconnect, ValueError, KeyError, RecursionError) as error:
        raise Unauthorised(NOBODY) from error
    token = said.get("token") if isinstance(said, dict) else None
    if not isinstance(token, str) or not token:
        raise Unauthorised(NOBODY)
    return token


async def _whoever(request: Request, shown: str | None, session: str | None) -> Principal:
    door: Door = request.app.state.door
    if shown:
        return await door.by_token(shown)
    if not session:
        raise Unauthorised(NOBODY)
    who = await door.by_session(session)
    if who.via is Via.SESSION and request.method not in SAFE:
        await _check_csrf(request, who)
    return who


async def _check_csrf(request: Request, who: Principal) -> None:
    """A page of another site can make a browser send our cookie, but neither set this header nor know the value."""
    said = request.headers.get(CSRF_HEADER, "")
    if not said and request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = await request.form()
        field = form.get(CSRF_FIELD)
        said = field if isinstance(field, str) else ""
    if not is_same(said, who.csrf):
        raise Forbidden("This page is out of date; load it again and repeat what you did.")
