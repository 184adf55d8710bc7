"""Whether a process can do its work. Anybody may ask, so all who do share one look, which holds for some seconds."""

import asyncio
from dataclasses import dataclass

from pydantic import BaseModel

from kiosk.central.clock import Clock
from kiosk.central.database import Database
from kiosk.central.inference.pool import Pool
from kiosk.central.inference.tasks import Embedded
from kiosk.central.inference.trial import trial_face
from kiosk.central.migrating import is_current
from kiosk.domain.errors import KioskError

READY_S = 10.0
HOLDS_S = 5.0


class Check(BaseModel):
    """One thing that was tried."""

    ok: bool
    sentence: str


class Ready(BaseModel):
    """Whether this process can do its work, and what was tried."""

    ready: bool
    checks: dict[str, Check]


@dataclass(slots=True)
class Readiness:
    """Used by one event loop. A face is looked for in the queue that staff wait in: 44 ms of a core each time."""

    database: Database
    pool: Pool
    clock: Clock
    _looking: "asyncio.Task[Ready] | None" = None
    _until: float = 0.0

    async def now(self) -> Ready:
        """As it was at the last look, some seconds ago at most."""
        if self._looking is None or (self._looking.done() and self.clock.monotonic() >= self._until):
            self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(self._looking)  # whoever goes takes it away from nobody

    async def _look(self) -> Ready:
        checks = {"database": await self._database(), "faces": await self._faces()}
        self._until = self.clock.monotonic() + HOLDS_S
        return Ready(ready=all(check.ok for check in checks.values()), checks=checks)

    async def _database(self) -> Check:
        try:
            async with asyncio.timeout(READY_S):
                current = await is_current(self.database)
        except (KioskError, TimeoutError):
            return Check(ok=False, sentence="The database does not answer.")
        old = "Its tables are of another version: kiosk-central migrate."
        return Check(ok=current, sentence="It answers and is up to date." if current else old)

    async def _faces(self) -> Check:
        try:
            async with asyncio.timeout(READY_S):
                answer = await self.pool.embed(trial_face())
        except (KioskError, TimeoutError):
            return Check(ok=False, sentence="No worker answers.")
        found = isinstance(answer, Embedded)
        sentence = "A face was found where one is." if found else "A face was not found where one is."
        return Check(ok=found, sentence=sentence)
