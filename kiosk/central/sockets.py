"""Saying no to whoever opens a WebSocket."""

from fastapi import WebSocket
from starlette.responses import Response
from starlette.websockets import WebSocketState

NOT_ALLOWED = 1008


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
