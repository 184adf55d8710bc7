"""What routes take from a request besides its message: the house, who asks, and whether they are still there."""

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from kiosk.central.access.principal import KioskPrincipal, Principal
from kiosk.central.access.service import Door
from kiosk.central.errors import Unavailable
from kiosk.central.house import House
from kiosk.central.people.service import Doer

T = TypeVar("T")


def house_of(request: Request) -> House:
    """The parts of this server."""
    house: House = request.app.state.house
    return house


def door_of(request: Request) -> Door:
    """What lets people in."""
    door: Door = request.app.state.door
    return door


def who_of(request: Request) -> Principal:
    """Whoever asks, as the route's rule found them."""
    who: Principal = request.state.who
    return who


def kiosk_of(request: Request) -> KioskPrincipal:
    """The kiosk that asks, as the route's rule found it."""
    who: KioskPrincipal = request.state.kiosk
    return who


def doer_of(request: Request) -> Doer:
    """Whoever asks, as the doer of something, now."""
    who = who_of(request)
    return Doer(who.user, who.via.value, house_of(request).clock.utc())


async def _house(request: Request) -> House:
    """As a dependency: FastAPI would hand a plain function to another thread."""
    return house_of(request)


async def _door(request: Request) -> Door:
    return door_of(request)


InHouse = Annotated[House, Depends(_house)]
AtDoor = Annotated[Door, Depends(_door)]


async def while_there(request: Request, work: Awaitable[T]) -> T:
    """What the work gives; it is cancelled when whoever asked has gone. The body must have been read before."""
    task = asyncio.ensure_future(work)
    gone = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise Unavailable("Whoever asked has gone.")
        return task.result()
    finally:
        for one in (task, gone):
            if not one.done():
                one.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await one


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
