"""How much of a request's body is taken: a message's worth, in bytes and in values, before anybody was asked who they
are.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.exceptions import HTTPException

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

BODY_MOST = 4_000_000
VALUES_MOST = 100_000  # of JSON, of which a byte can take twenty-four of memory
MARKS = (b",", b"[", b"{")  # each value is the first of a list or an object, or stands behind a comma
PLACE = "kiosk.counted"  # in the request's scope


@dataclass(slots=True)
class Counted:
    """The body as it comes. FastAPI reads it whole before a rule runs, whatever its content type is called, and makes
    values of what is called JSON; so no more of it is taken than a message may have, until a route says that it counts
    by itself. More is 413.
    """

    receive: Receive
    is_json: bool = False
    taken: int = 0
    values: int = 0
    is_limited: bool = True

    async def __call__(self) -> Message:
        """What comes next."""
        message = await self.receive()
        body = message.get("body", b"")
        self.taken += len(body)
        if self.is_limited and self.taken > BODY_MOST:
            raise HTTPException(413, f"A message may have {BODY_MOST // 1_000_000} MB at most.")
        if self.is_limited and self.is_json:
            self.values += sum(body.count(mark) for mark in MARKS)
            if self.values > VALUES_MOST:
                raise HTTPException(413, f"A message may hold {VALUES_MOST:,} values at most.")
        return message


def counted(scope: MutableMapping[str, Any], receive: Receive) -> Counted:
    """The body of that request, which finds itself in its scope."""
    kinds = (value for name, value in scope["headers"] if name == b"content-type")
    is_json = any(b"json" in kind.partition(b";")[0].lower() for kind in kinds)  # application/x+json too
    scope[PLACE] = made = Counted(receive, is_json)
    return made


def count_alone(request: Request) -> None:
    """From here on whoever calls this reads the body, in pieces, and stops at a limit of its own."""
    body = request.scope.get(PLACE)
    if isinstance(body, Counted):
        body.is_limited = False


def count_values_alone(request: Request) -> None:
    """From here on whoever calls this counts the values by itself, before it makes them."""
    body = request.scope.get(PLACE)
    if isinstance(body, Counted):
        body.is_json = False
