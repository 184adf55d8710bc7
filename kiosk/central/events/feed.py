"""Events as they come, for whoever watches: one task of a process reads the table, and all listeners take from that.

Each listener has a cursor of its own and waits for nobody; one that is slow, or comes back after a while, reads what it
missed from the database.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from kiosk.central.database import Database
from kiosk.central.errors import Unavailable
from kiosk.central.events.messages import EventOut
from kiosk.central.events.reading import after, newest

POLL_S = 0.5
STEP = 500
RECENT = 1000
LISTENERS_MOST = 500


@dataclass(slots=True)
class Feed:
    """The newest events, read while somebody listens. `_recent` has every event after `_floor` up to `_last`."""

    database: Database
    _recent: deque[EventOut] = field(default_factory=deque)
    _floor: int = 0
    _last: int = 0
    _listeners: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Read what is new, until cancelled; without listeners nothing is read."""
        while True:
            await self._wanted.wait()
            try:
                is_more = await self._read()
            except Unavailable:
                is_more = False  # the next one may work; whoever listens just hears nothing meanwhile
            await asyncio.sleep(0 if is_more else POLL_S)

    def check_room(self) -> None:
        """Raises Unavailable where too many listen to this process."""
        if self._listeners >= LISTENERS_MOST:
            raise Unavailable("Too many watch the events just now; try again in a moment.")

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Events are read while this is open. Raises Unavailable."""
        self.check_room()
        self._listeners += 1
        try:
            if self._listeners == 1:
                await self._begin()
            yield
        finally:
            self._listeners -= 1
            if not self._listeners:
                self._wanted.clear()

    async def newest(self) -> int:
        """The position of the last event. Raises Unavailable."""
        async with self.database.reading() as session:
            return await newest(session)

    async def after(self, cursor: int, wait_s: float) -> tuple[list[EventOut], int]:
        """What came after that position, and the position up to which that is all; nothing, if nothing comes in time.

        Raises Unavailable.
        """
        floor = self._floor
        if cursor < floor:
            return await self._missed(cursor, floor)
        if cursor >= self._last:
            news = self._news
            try:
                async with asyncio.timeout(wait_s):
                    await news.wait()
            except TimeoutError:
                return [], cursor
        if cursor < self._floor:
            return [], cursor  # so much came at once that it has to be read
        return [event for event in self._recent if event.position > cursor], max(cursor, self._last)

    async def _begin(self) -> None:
        """Nobody listened for a while: what came meanwhile is not read by this task."""
        self._floor = self._last = await self.newest()
        self._recent.clear()
        self._wanted.set()

    async def _missed(self, cursor: int, floor: int) -> tuple[list[EventOut], int]:
        async with self.database.reading() as session:
            events = await after(session, cursor, STEP)
        if len(events) == STEP:
            return events, events[-1].position
        return events, max(floor, events[-1].position if events else 0)

    async def _read(self) -> bool:
        async with self.database.reading() as session:
            events = await after(session, self._last, STEP)
        if events:
            self._recent.extend(events)
            self._last = events[-1].position
            while len(self._recent) > RECENT:
                self._floor = self._recent.popleft().position
            told, self._news = self._news, asyncio.Event()
            told.set()
        return len(events) == STEP
