"""The composition root of central: builds the parts, puts the routes together, and turns errors into answers."""

import contextlib
import logging
import traceback
from collections.abc import AsyncIterator, Callable
from typing import Any

from fastapi import FastAPI, Request, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from kiosk.central import health
from kiosk.central.access import api as access_api
from kiosk.central.errors import CentralError
from kiosk.central.events import routes as events
from kiosk.central.events.background import going_on
from kiosk.central.faces import api as faces_api
from kiosk.central.jobs import api as jobs_api
from kiosk.central.jobs import live as jobs_live
from kiosk.central.jobs.beside import worker_beside
from kiosk.central.kiosks import api as kiosks_api
from kiosk.central.kiosks import pairing_api
from kiosk.central.middleware import Guard
from kiosk.central.models import api as models_api
from kiosk.central.opening import Foundation, door_of, opened_house
from kiosk.central.pages import routes as pages
from kiosk.central.pages.render import is_page, refusal
from kiosk.central.passes import api as passes_api
from kiosk.central.people import api as people_api
from kiosk.central.people import groups as groups_api
from kiosk.central.people import lookalikes as lookalikes_api
from kiosk.central.policies import api as policies_api
from kiosk.central.sockets import refuse
from kiosk.central.sync import routes as sync
from kiosk.domain.errors import KioskError

log = logging.getLogger(__name__)

# Asked in this order: what a fleet asks all the time comes first.
ROUTERS = (
    health.router,
    *sync.ROUTERS,
    kiosks_api.router,
    access_api.router,
    people_api.router,
    groups_api.router,
    lookalikes_api.router,
    faces_api.router,
    passes_api.router,
    jobs_api.router,
    jobs_live.router,
    models_api.router,
    pairing_api.router,
    policies_api.router,
    *events.ROUTERS,
    *pages.ROUTERS,
)
CODES = {404: "missing", 405: "not-allowed", 413: "too-large"}
WRONG = "Something went wrong here; it was written into the log. Try again."


def create_app(foundation: Foundation) -> FastAPI:
    """Central as an ASGI application; its parts are opened when it is started, and closed when it stops."""
    app = FastAPI(
        title="Face kiosk central",
        version="1",
        description="The server from which admins run a fleet of face kiosks.",
        lifespan=_lifespan(foundation),
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    for router in ROUTERS:
        app.include_router(router)
    app.add_exception_handler(KioskError, _said)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _defect)
    app.add_middleware(Guard, settings=foundation.settings, clock=foundation.clock)
    return app


def _lifespan(foundation: Foundation) -> Callable[[FastAPI], Any]:
    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opened_house(foundation) as house, worker_beside(foundation.settings):
            if foundation.settings.inference.eager:
                house.pool.start()
            app.state.house, app.state.door = house, door_of(foundation, house.database, house)
            async with going_on(house):
                yield

    return lifespan


def said(status: int, code: str, sentence: str, **more: object) -> JSONResponse:
    """An answer that says no, in the one form that all of them have."""
    return JSONResponse({"error": code, "message": sentence, **more}, status)


def _no(request: Request, status: int, code: str, sentence: str, **more: object) -> Response:
    """For a program as JSON, for a person in a browser as a page or a part of one."""
    return refusal(request, status, sentence) if is_page(request) else said(status, code, sentence, **more)


async def _said(request: Request, error: Exception) -> Any:  # noqa: ANN401 - an answer; None where it was given here
    answer = _refusal(request, error)
    if not isinstance(request, WebSocket):  # what Starlette hands over for those, whatever the type says
        return answer
    await refuse(request, answer)
    return None  # else Starlette would answer a second time, and fail at it


def _refusal(request: Request, error: Exception) -> Response:
    if not isinstance(error, CentralError):
        code = error.code if isinstance(error, KioskError) else "error"
        return _no(request, 422, code, str(error))
    answer = _no(request, error.status, error.code, str(error), **error.more)
    if error.retry_after_s is not None:
        answer.headers["Retry-After"] = str(error.retry_after_s)
    if error.status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


async def _not_understood(request: Request, error: Exception) -> Response:
    """Where it went wrong and how, but not what was sent: it may be a name or a password."""
    problems = error.errors() if isinstance(error, RequestValidationError) else []
    fields = [{"where": ".".join(str(step) for step in one["loc"]), "what": one["msg"]} for one in problems]
    if is_page(request):
        where = ", ".join(one["where"].rpartition(".")[2] for one in fields)
        return refusal(request, 422, f"Look at this again: {where}.")
    return said(422, "not-understood", "That request can't be understood; `fields` says where.", fields=fields)


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else WRONG
    headers = error.headers if isinstance(error, HTTPException) else None
    answer = _no(request, status, CODES.get(status, f"http-{status}"), detail)
    answer.headers.update(headers or {})
    return answer


async def _defect(request: Request, error: Exception) -> Response:
    """A mistake of ours: where it was goes into the log, what it was about does not."""
    route = getattr(request.scope.get("route"), "path", "?")
    frames = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)][-6:]
    log.error("defect at %s %s: %s in %s", request.method, route, type(error).__name__, " < ".join(reversed(frames)))
    return _no(request, 500, "defect", WRONG)
