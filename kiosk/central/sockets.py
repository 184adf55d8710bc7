"""WebSockets: saying no to whoever opens one, and telling something while it is open."""

import asyncio
import contextlib
from collections.abc import Coroutine, Mapping
from typing import Any

from fastapi import WebSocket
from starlette.responses import Response
from starlette.websockets import WebSocketDisconnect, WebSocketState

NOT_ALLOWED = 1008
MESSAGE_MOST = 4096  # bytes; nobody tells us more than a token
# For uvicorn, which else takes 16 MiB, and those packed, of somebody of whom nobody knows yet who they are.
LIMITS: Mapping[str, Any] = {"ws_max_size": MESSAGE_MOST, "ws_per_message_deflate": False}


async def refuse(socket: WebSocket, answer: Response) -> None:
    """As an HTTP answer, so that the status says why; by closing, where the socket was accepted already."""
    if socket.client_state is WebSocketState.DISCONNECTED:
        return
    if socket.application_state is WebSocketState.CONNECTED:
        await socket.close(NOT_ALLOWED)
    elif "websocket.http.response" in socket.scope.get("extensions", {}):
        await socket.send_denial_response(answer)
    else:
        await socket.close(NOT_ALLOWED)  # before it was accepted: a server answers 403


async def while_open(socket: WebSocket, telling: Coroutine[None, None, int]) -> None:
    """What is told, until the other side is gone or there is nothing more to tell; it gives the code to close with."""
    tell, gone = asyncio.create_task(telling), asyncio.create_task(_gone(socket))
    try:
        await asyncio.wait({tell, gone}, return_when=asyncio.FIRST_COMPLETED)
        if tell.done():
            await socket.close(tell.result())
    finally:
        for task in (tell, gone):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect):
                await task


async def _gone(socket: WebSocket) -> None:
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await socket.receive()
            if socket.client_state is WebSocketState.DISCONNECTED:
                return
