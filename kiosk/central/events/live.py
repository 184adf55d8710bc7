"""`/v1/events/live`: events as they come, as server-sent events and over a WebSocket.

Whoever listens is asked again every minute whether they may: a token can be revoked, and a session ends.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, WebSocket
from fastapi.responses import StreamingResponse
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketState

from kiosk.central.access.rules import Allow, AllowSocket, still_allowed
from kiosk.central.access.scopes import Scope
from kiosk.central.errors import Forbidden, Unauthorised, Unavailable
from kiosk.central.events.messages import EventOut, Sought
from kiosk.central.events.seeking import Wanted, matches
from kiosk.central.house import House
from kiosk.central.requests import InHouse
from kiosk.central.sockets import NOT_ALLOWED, while_open

router = APIRouter(tags=["events"])

SCOPE = Scope.EVENTS_READ
ASKED_AGAIN_S = 45.0
QUIET_S = 15.0  # with the one above: a minute at most
AGAIN_LATER = 1013
AGAIN_MS = 2000
Position = Annotated[int | None, Query(ge=0, lt=2**63, description="Only what came after that position.")]


class EventStream(StreamingResponse):
    """Server-sent events."""

    media_type = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Listener:
    """Somebody who watches: through which connection, which events, after which position."""

    connection: HTTPConnection
    house: House
    sought: Sought
    cursor: int

    async def heard(self) -> AsyncIterator[list[EventOut]]:
        """What comes, some at a time; an empty list now and then, when nothing does.

        Raises Unauthorised or Forbidden once they may not any more, Unavailable.
        """
        feed, clock = self.house.feed, self.house.clock
        async with feed.listening():
            cursor = self.cursor
            ask_at = clock.monotonic() + ASKED_AGAIN_S
            while True:
                events, cursor = await feed.after(cursor, QUIET_S)
                if clock.monotonic() >= ask_at:
                    await still_allowed(self.connection, SCOPE)
                    ask_at = clock.monotonic() + ASKED_AGAIN_S
                yield [event for event in events if matches(event, self.sought)]


@router.get("/v1/events/live", dependencies=[Depends(Allow(SCOPE))], response_class=EventStream)
async def live(
    request: Request,
    house: InHouse,
    sought: Wanted,
    after: Position = None,
    last_event_id: Annotated[str, Header(max_length=20, pattern="^[0-9]{0,18}$")] = "",
) -> EventStream:
    """Events as they come, as server-sent events; their ids are positions, so a browser goes on where it was."""
    house.feed.check_room()
    listener = Listener(request, house, sought, await _cursor(house, int(last_event_id) if last_event_id else after))
    return EventStream(_told(listener), headers={"X-Accel-Buffering": "no"})


@router.websocket("/v1/events/live", dependencies=[Depends(AllowSocket(SCOPE))])
async def socket(socket: WebSocket, sought: Wanted, after: Position = None) -> None:
    """The same over a WebSocket, one JSON text for each event."""
    house: House = socket.app.state.house
    house.feed.check_room()
    cursor = await _cursor(house, after)
    if socket.application_state is not WebSocketState.CONNECTED:
        await socket.accept()
    await while_open(socket, _tell(socket, Listener(socket, house, sought, cursor)))


async def _cursor(house: House, after: int | None) -> int:
    """Where somebody begins to listen, asked before they hear that they do: what comes from then on is told."""
    newest = await house.feed.newest()
    # A position that was never given comes from a server that was restored since: what it has is new to them.
    return newest if after is None else after if after <= newest else 0


async def _told(listener: Listener) -> AsyncIterator[str]:
    """The text of the stream. It ends when they may not listen any more; who comes back is told so by the rule."""
    yield f"retry: {AGAIN_MS}\n\n"
    with contextlib.suppress(Unauthorised, Forbidden, Unavailable):
        async for events in listener.heard():
            yield "".join(f"id: {event.position}\ndata: {event.model_dump_json()}\n\n" for event in events) or ":\n\n"


async def _tell(socket: WebSocket, listener: Listener) -> int:
    """Sends until there is a reason to close; its code."""
    try:
        async for events in listener.heard():
            for event in events:
                await socket.send_text(event.model_dump_json())
    except (Unauthorised, Forbidden):
        return NOT_ALLOWED
    except Unavailable:
        pass
    return AGAIN_LATER
