"""Events of many kiosks in one transaction: those that came while the one before was being written.

A kiosk that is alone waits for nobody. Of a fleet that pushes all at once, each transaction takes what has gathered:
the disk is waited for once, and not once for each kiosk.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import IntegrityError

from kiosk.central.access.principal import KioskPrincipal
from kiosk.central.clock import Clock
from kiosk.central.database import AWAY, Database
from kiosk.central.errors import Unavailable
from kiosk.central.sync.taken_events import happened
from kiosk.central.sync.taker import Taken
from kiosk.wire.pushed import Happened

PUSHES_MOST = 50


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """A push whose events wait to be written."""

    kiosk: KioskPrincipal
    events: Sequence[Happened]
    done: "asyncio.Future[list[Taken]]"


@dataclass(slots=True)
class Gathering:
    """Used by one event loop. Nobody is answered before what they told is durable."""

    database: Database
    clock: Clock
    _waiting: list[Waiting] = field(default_factory=list)
    _writing: "asyncio.Task[None] | None" = None

    async def take(self, kiosk: KioskPrincipal, events: Sequence[Happened]) -> list[Taken]:
        """What became of each of them. Raises Unavailable, IntegrityError."""
        one = Waiting(kiosk, events, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await one.done

    async def _write(self) -> None:
        while self._waiting:
            some, self._waiting = self._waiting[:PUSHES_MOST], self._waiting[PUSHES_MOST:]
            try:
                await self._together(some)
            finally:
                for one in some:  # whatever happened, nobody is left waiting
                    if not one.done.done():
                        one.done.set_exception(Unavailable(AWAY))

    async def _together(self, some: Sequence[Waiting]) -> None:
        try:
            await self._written(some)
        except (Unavailable, IntegrityError):
            for one in some:  # what keeps one from being written is none of the others' business
                await self._alone(one)

    async def _alone(self, one: Waiting) -> None:
        try:
            await self._written([one])
        except (Unavailable, IntegrityError) as error:
            if not one.done.done():
                one.done.set_exception(error)

    async def _written(self, some: Sequence[Waiting]) -> None:
        async with self.database.writing() as session:
            taken = await happened(session, [(one.kiosk, one.events) for one in some], self.clock.utc())
        for one, what in zip(some, taken, strict=True):
            if not one.done.done():  # whoever asked may have gone
                one.done.set_result(what)
