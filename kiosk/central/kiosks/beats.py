"""What kiosks say every half minute, gathered and written together: ten thousand of them are one write a second.

The answer does not wait for it. A second of it that is lost with the process is said again half a minute later.
"""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, case, delete, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import Update

from kiosk.central.database import Database
from kiosk.central.errors import CounterBehind, Unauthorised, Unavailable
from kiosk.central.kiosks.tables import KioskRow
from kiosk.central.sync.tables import DeadLetterRow

EVERY_S = 1.0
NOT_GOOD = "That kiosk's token is not good, or no longer; pair the kiosk again."
BEHIND = "That counter was used before; go on above `counter`."
LETTERS_OF = select(DeadLetterRow.kiosk).where(DeadLetterRow.kiosk.in_(bindparam("clear", expanding=True))).distinct()
OUTLIVED = delete(DeadLetterRow).where(DeadLetterRow.kiosk == bindparam("of"), DeadLetterRow.at_utc < bindparam("at"))
HEARD = (
    update(KioskRow).where(KioskRow.id == bindparam("of")).values(said=bindparam("words"), heard_utc=bindparam("at"))
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that was let in: whose, by which token, in which version of the wire, its counter (0: without)."""

    kiosk: str
    digest: str = field(repr=False)
    wire: int
    counter: int = 0

    def counted(self, counter: int) -> "Seen":
        """The same with that counter."""
        return replace(self, counter=counter)

    def values(self) -> dict[str, Any]:
        """For the statement."""
        return {"of": self.kiosk, "token": self.digest, "spoken": self.wire, "count": self.counter}


async def settle(database: Database, seen: Seen) -> None:
    """Write down that counter, durably, if it is above the last. Raises CounterBehind, Unauthorised."""
    async with database.writing() as session:
        if (await (await session.connection()).execute(COUNTED, seen.values())).rowcount:
            return
        last = await session.scalar(select(KioskRow.counter).where(KioskRow.id == seen.kiosk))
    if last is not None and last >= seen.counter:
        raise CounterBehind(BEHIND, last)
    raise Unauthorised(NOT_GOOD)  # it was replaced meanwhile


@dataclass(frozen=True, slots=True)
class Said:
    """A heart-beat: its words as JSON, when it came, and whether the kiosk has no dead letter."""

    words: str
    at_utc: datetime
    is_clear: bool


@dataclass(slots=True)
class Beats:
    """What came since the last write, the newest of each kiosk. Used by one event loop."""

    database: Database
    _seen: dict[str, Seen] = field(default_factory=dict)
    _heard: dict[str, Said] = field(default_factory=dict)
    _counters: dict[str, int] = field(default_factory=dict)
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    def see(self, seen: Seen, kept: int) -> None:
        """Write that down soon; `kept` is the counter in the database. Raises CounterBehind."""
        last = max(kept, self._counters.get(seen.kiosk, 0))
        if seen.counter and seen.counter <= last:
            raise CounterBehind(BEHIND, last)
        self._counters[seen.kiosk] = max(last, seen.counter)
        self._seen[seen.kiosk] = seen.counted(self._counters[seen.kiosk])

    def hear(self, kiosk: str, said: Said) -> None:
        """Keep what a kiosk said of itself."""
        self._heard[kiosk] = said

    async def run(self) -> None:
        """Write every second, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.flush()
            except Unavailable:
                continue  # what is newer of a kiosk by then is written instead

    async def flush(self) -> None:
        """Write what there is, in one transaction. Raises Unavailable; then it is kept for the next time."""
        async with self._one:
            if not self._seen and not self._heard:
                return
            seen, self._seen = self._seen, {}
            heard, self._heard = self._heard, {}
            try:
                await self._write(seen, heard)
            except Unavailable:
                self._seen, self._heard = seen | self._seen, heard | self._heard
                raise

    async def _write(self, seen: dict[str, Seen], heard: dict[str, Said]) -> None:
        # In one order everywhere, so that two processes never wait for each other.
        async with self.database.writing() as session:
            connection = await session.connection()
            if seen:
                await connection.execute(NOTED, [seen[kiosk].values() for kiosk in sorted(seen)])
            if heard:
                rows = [{"of": one, "words": heard[one].words, "at": heard[one].at_utc} for one in sorted(heard)]
                await connection.execute(HEARD, rows)
                await _forget_letters(session, {one: said for one, said in heard.items() if said.is_clear})


async def _forget_letters(session: AsyncSession, clear: dict[str, Said]) -> None:
    """What was not taken from them before was settled there since, by a newer item that says the same."""
    if not clear:
        return
    found = await session.scalars(LETTERS_OF, {"clear": sorted(clear)})
    for kiosk in sorted(found):
        await session.execute(OUTLIVED, {"of": kiosk, "at": clear[kiosk].at_utc})


def _noted() -> Update:
    """By being used a token is the only one, and the pairing that it came from is at its end."""
    token: BindParameter[str] = bindparam("token")
    count: BindParameter[int] = bindparam("count")
    return (
        update(KioskRow)
        .where(KioskRow.id == bindparam("of"), or_(KioskRow.digest == token, KioskRow.previous == token))
        .values(
            counter=case((KioskRow.counter < count, count), else_=KioskRow.counter),
            previous=case((KioskRow.digest == token, null()), else_=KioskRow.previous),
            pairing=None,
            wire=bindparam("spoken"),
        )
    )


NOTED = _noted()
COUNTED = NOTED.where(KioskRow.counter < bindparam("count"))
