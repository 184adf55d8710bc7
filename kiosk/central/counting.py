"""How much of a request's body is taken: a message's worth, before anybody was asked who they are."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.exceptions import HTTPException

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

BODY_MOST = 4_000_000
PLACE = "kiosk.counted"  # in the request's scope


@dataclass(slots=True)
class Counted:
    """The body as it comes. FastAPI reads it whole before a rule runs, whatever its content type is called, so no more
    of it is taken than a message may have, until a route says that it counts by itself. More is 413.
    """

    receive: Receive
    taken: int = 0
    is_limited: bool = True

    async def __call__(self) -> Message:
        """What comes next."""
        message = await self.receive()
        self.taken += len(message.get("body", b""))
        if self.is_limited and self.taken > BODY_MOST:
            raise HTTPException(413, f"A message may have {BODY_MOST // 1_000_000} MB at most.")
        return message


def count_alone(request: Request) -> None:
    """From here on whoever calls this reads the body, in pieces, and stops at a limit of its own."""
    counted = request.scope.get(PLACE)
    if isinstance(counted, Counted):
        counted.is_limited = False
