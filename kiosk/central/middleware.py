"""What happens to every request: `/health` at once, security headers, a word in the log, and the figures."""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.datastructures import MutableHeaders

from kiosk.central.clock import Clock
from kiosk.central.counting import Message, Receive, counted
from kiosk.central.settings import Settings

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "font-src 'self'; media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}
SECURE = {"Strict-Transport-Security": "max-age=31536000"}
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
HEALTH = b'{"status":"alive"}'


class Guard:
    """Around the application: what every answer must have, whatever route gave it."""

    def __init__(self, app: App, settings: Settings, clock: Clock) -> None:
        self.app = app
        self.clock = clock
        self.headers = HEADERS | (SECURE if settings.is_secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"] == "/health" and scope["method"] == "GET":
            await self._health(send)
            return
        await self._served(scope, counted(scope, receive), send)

    async def _served(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = self.clock.monotonic()
        status = 500

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self.app(scope, receive, with_headers)
        finally:
            self._count(scope, status, self.clock.monotonic() - began)

    def _count(self, scope: Scope, status: int, took_s: float) -> None:
        """By the route's pattern, not the address: ids of people belong neither into figures nor into the log."""
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in METHODS else "other"
        house = getattr(scope["app"].state, "house", None)
        if house is not None:
            house.metrics.requests.labels(method, route, str(status)).inc()
            house.metrics.request_s.observe(took_s)
        log.info("%s %s %d %.0f ms", method, route, status, took_s * 1000)

    async def _health(self, send: Send) -> None:
        head = [(b"content-type", b"application/json"), (b"content-length", str(len(HEALTH)).encode())]
        more = [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": head + more})
        await send({"type": "http.response.body", "body": HEALTH})
