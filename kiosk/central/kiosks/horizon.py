"""How far the feed is, for the answers to heart-beats: asked of the database once a second and site, not for each."""

from dataclasses import dataclass, field

from sqlalchemy import func, select

from kiosk.central.access.principal import KioskPrincipal
from kiosk.central.clock import Clock
from kiosk.central.database import Database
from kiosk.central.kiosks.tables import KioskRow
from kiosk.central.sync.cursor import read_cursor, reset_for
from kiosk.central.sync.scope import View, view_for
from kiosk.central.sync.sequencer import is_marked, newest, newest_of
from kiosk.central.sync.signer import epoch_of
from kiosk.vault import Vault
from kiosk.wire.beating import Heard

KEPT_S = 1.0
COUNTED_S = 60.0
A_SECOND = 2500  # so many kiosks may come back within a second
PAUSE_LEAST_S, PAUSE_MOST_S = 3.0, 60.0
SITES_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Reach:
    """The epoch, the last position of all and of that site, whether something waits for one; good `until` then."""

    epoch: str
    last: int
    of_site: int
    is_marked: bool
    until: float


@dataclass(slots=True)
class Horizon:
    """What the database said of each site within the last second. Used by one event loop."""

    database: Database
    vault: Vault
    clock: Clock
    _known: dict[str, Reach] = field(default_factory=dict)
    _pause: tuple[float, float] = (PAUSE_LEAST_S, float("-inf"))

    async def heard(self, kiosk: KioskPrincipal, asked: str) -> Heard:
        """What that kiosk with that cursor is answered; it may lag by a second. Raises Unavailable."""
        view = view_for(kiosk)
        reach = await self._reach(view)
        cursor = read_cursor(asked)
        reset = reset_for(cursor, reach.epoch, view.digest, reach.last)
        is_behind = bool(reset) or cursor is None or reach.of_site > cursor.position or reach.is_marked
        return Heard(
            at_utc=self.clock.utc(),
            epoch=reach.epoch,
            is_behind=is_behind,
            newest=reach.of_site,
            site=kiosk.site,
            longest_pause_s=await self._longest_pause_s(),
        )

    async def epoch(self, view: View) -> str:
        """The database's epoch. Raises Unavailable."""
        return (await self._reach(view)).epoch

    async def _reach(self, view: View) -> Reach:
        reach = self._known.get(view.site)
        return await self._ask(view) if reach is None or reach.until <= self.clock.monotonic() else reach

    async def _longest_pause_s(self) -> float:
        pause_s, until = self._pause
        if until > self.clock.monotonic():
            return pause_s
        async with self.database.reading() as session:
            count = await session.scalar(select(func.count()).where(KioskRow.revoked_utc.is_(None))) or 0
        pause_s = min(PAUSE_MOST_S, max(PAUSE_LEAST_S, count / A_SECOND))
        self._pause = pause_s, self.clock.monotonic() + COUNTED_S
        return pause_s

    async def _ask(self, view: View) -> Reach:
        epoch = await epoch_of(self.database, self.vault)
        marked = await is_marked(self.database, *view.sites)
        async with self.database.reading() as session:
            last, of_site = await newest(session), await newest_of(session, view.site)
        reach = Reach(epoch, last, of_site, marked, self.clock.monotonic() + KEPT_S)
        if len(self._known) >= SITES_MOST:
            self._known.clear()
        self._known[view.site] = reach
        return reach
