"""A job as it goes on, told to whoever watches."""

import asyncio
from collections.abc import AsyncIterator

from kiosk.central.house import House
from kiosk.central.jobs.messages import JobOut
from kiosk.central.jobs.service import JobBook, shown

LOOK_S = 0.5
SILENT_MOST = 30


async def told(house: House, job: str) -> AsyncIterator[JobOut | None]:
    """The job whenever it has changed, until it is over; None now and then while nothing does. Raises Missing."""
    before: JobOut | None = None
    silent = 0
    while True:
        async with house.database.reading() as session:
            now = shown(await JobBook(session, house.vault).find(job))
        if now != before:
            before, silent = now, 0
            yield now
            if now.is_over:
                return
        else:
            silent += 1
            if silent % SILENT_MOST == 0:
                yield None
        await asyncio.sleep(LOOK_S)
