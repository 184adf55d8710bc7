"""A job as it goes on, told to whoever watches: as server-sent events, and over a WebSocket."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response, WebSocket
from fastapi.responses import StreamingResponse
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketState

from kiosk.central.access.rules import Allow, AllowSocket, still_allowed
from kiosk.central.access.scopes import Scope
from kiosk.central.errors import Forbidden, Missing, Unauthorised, Unavailable
from kiosk.central.house import House
from kiosk.central.jobs.messages import JobOut
from kiosk.central.jobs.service import JobBook, shown
from kiosk.central.requests import InHouse
from kiosk.central.sockets import NOT_ALLOWED, while_open

router = APIRouter(tags=["jobs"])

Id = Annotated[str, Path(min_length=1, max_length=64)]
SCOPE = Scope.JOBS_READ
LOOK_S = 0.5
QUIET_LOOKS, ASKED_AGAIN_LOOKS = 30, 100
OVER, AGAIN_LATER = 1000, 1013


@router.get("/v1/jobs/{job}/progress", dependencies=[Depends(Allow(SCOPE))], response_class=StreamingResponse)
async def progress(job: Id, request: Request, house: InHouse) -> Response:
    """A job as it goes on, as server-sent events, until it is over."""
    await _job(house, job)

    async def stream() -> AsyncIterator[str]:
        with contextlib.suppress(Unauthorised, Forbidden, Unavailable, Missing):
            async for now in told(request, house, job):
                yield ": still here\n\n" if now is None else f"event: job\ndata: {now.model_dump_json()}\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@router.websocket("/v1/jobs/{job}/live", dependencies=[Depends(AllowSocket(SCOPE))])
async def live(job: Id, socket: WebSocket) -> None:
    """The same over a WebSocket, one JSON text for each change."""
    house: House = socket.app.state.house
    await _job(house, job)
    if socket.application_state is not WebSocketState.CONNECTED:
        await socket.accept()

    async def tell() -> int:
        try:
            async for now in told(socket, house, job):
                if now is not None:
                    await socket.send_text(now.model_dump_json())
        except (Unauthorised, Forbidden):
            return NOT_ALLOWED
        except Unavailable:
            return AGAIN_LATER
        return OVER

    await while_open(socket, tell())


async def told(connection: HTTPConnection, house: House, job: str) -> AsyncIterator[JobOut | None]:
    """The job whenever it has changed, until it is over; None now and then while nothing does.

    Raises Missing, Unavailable; Unauthorised and Forbidden once they may not watch any more.
    """
    before: JobOut | None = None
    looks = quiet = 0
    while True:
        now = await _job(house, job)
        if now != before:
            before, quiet = now, 0
            yield now
            if now.is_over:
                return
        looks, quiet = looks + 1, quiet + 1
        if quiet >= QUIET_LOOKS:
            quiet = 0
            yield None
        if looks % ASKED_AGAIN_LOOKS == 0:
            await still_allowed(connection, SCOPE)
        await asyncio.sleep(LOOK_S)


async def _job(house: House, job: str) -> JobOut:
    async with house.database.reading() as session:
        return shown(await JobBook(session, house.vault).find(job))
