"""The rule of a route: which scope it needs, or that it is open to anybody. A route without one fails a test.

Rules run before a body is read where the body is large: such routes take the request and read it themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, OAuth2PasswordBearer

from kiosk.central.access.principal import KioskPrincipal, Principal, Via
from kiosk.central.access.scopes import Scope
from kiosk.central.access.secrets import is_same
from kiosk.central.access.service import Door
from kiosk.central.errors import Forbidden, Unauthorised

COOKIE = "kiosk_central"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
NO_KIOSK = "Only kiosks may do that; send a kiosk's token: Authorization: Bearer …"
NOBODY = "Sign in, or send a token: Authorization: Bearer …"

password_flow = OAuth2PasswordBearer("/v1/token", auto_error=False)
cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="The session of a browser.")


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
        request.state.who = who
        if not who.may(self.scope):
            raise Forbidden(f"You may not do that; it needs {self.scope.value}.")
        return who


@dataclass(frozen=True)
class AllowKiosk:
    """The rule of a route for kiosks: whoever asks must show a kiosk's token; a person's is not enough."""

    async def __call__(self, request: Request, shown: Annotated[str | None, Depends(password_flow)]) -> KioskPrincipal:
        """The kiosk. Raises Unauthorised."""
        if not shown:
            raise Unauthorised(NO_KIOSK)
        door: Door = request.app.state.door
        kiosk = await door.by_device(shown)
        request.state.kiosk = kiosk
        return kiosk


@dataclass(frozen=True)
class Open:
    """The rule of a route for anybody; `why` is for whoever reads the code."""

    why: str

    async def __call__(self) -> None:
        """Lets everybody through."""


def rule_of(call: Callable[..., object] | None) -> Allow | AllowKiosk | Open | None:
    """The rule, where a dependency is one."""
    return call if isinstance(call, Allow | AllowKiosk | Open) else None


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
