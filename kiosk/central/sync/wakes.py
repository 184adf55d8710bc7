"""Waking kiosks: one task of a process looks at the feed, and everybody whose site has something new is told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy import bindparam, func, select

from kiosk.central.database import Database
from kiosk.central.errors import Unavailable
from kiosk.central.sync.sequencer import newest, number_all
from kiosk.central.sync.tables import ChangeRow

POLL_S = 0.3
LISTENERS_MOST = 20_000
LOOKED_MOST = 20_000  # rows at a time; what is beyond them is for the next look
_NEW = select(ChangeRow.site, ChangeRow.position).where(ChangeRow.position > bindparam("after"))
_SOME = _NEW.order_by(ChangeRow.position).limit(bindparam("most")).subquery()
NEWEST_OF_SITES = select(_SOME.c.site, func.max(_SOME.c.position)).group_by(_SOME.c.site)


@dataclass(slots=True)
class Wakes:
    """How far each site's feed is, as far as this process knows, since it began to look (`_last`)."""

    database: Database
    _last: int = 0
    _sites: dict[str, int] = field(default_factory=dict)
    _listeners: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Look at what is new, until cancelled; without listeners nothing is looked at."""
        while True:
            await self._wanted.wait()
            with contextlib.suppress(Unavailable):  # the next look may work, and kiosks ask by themselves now and then
                await self._look()
            await asyncio.sleep(POLL_S)

    def check_room(self) -> None:
        """Raises Unavailable where too many listen to this process."""
        if self._listeners >= LISTENERS_MOST:
            raise Unavailable("Too many kiosks listen here just now; try again in a moment.")

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """The feed is looked at while this is open. Raises Unavailable."""
        self.check_room()
        self._listeners += 1
        try:
            if not self._wanted.is_set():
                await self._begin()
            yield
        finally:
            self._listeners -= 1
            if not self._listeners:
                self._wanted.clear()

    def newest(self, site: str) -> int:
        """The last position that this process saw for that site; 0 where there was none since it began to look."""
        return max(self._sites.get(site, 0), self._sites.get("", 0))

    async def after(self, site: str, position: int, wait_s: float) -> int | None:
        """The newest position for that site, once it is another than that one; None if it does not come in time."""
        try:
            async with asyncio.timeout(wait_s):
                while self.newest(site) <= position:
                    await self._news.wait()
        except TimeoutError:
            return None
        return self.newest(site)

    async def _begin(self) -> None:
        """Nobody listened for a while: what came meanwhile is no news."""
        async with self.database.reading() as session:
            last = await newest(session)
        if not self._wanted.is_set():  # somebody else may have begun while this one asked
            self._last = last
            self._sites.clear()
            self._wanted.set()

    async def _look(self) -> None:
        await number_all(self.database)
        async with self.database.reading() as session:
            last = await newest(session)
            if last <= self._last:
                return
            found = (await session.execute(NEWEST_OF_SITES, {"after": self._last, "most": LOOKED_MOST})).all()
        self._sites |= dict(found)
        self._last = max(self._sites[site] for site, _ in found) if found else last
        told, self._news = self._news, asyncio.Event()
        told.set()
