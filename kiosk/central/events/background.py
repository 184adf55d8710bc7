"""What goes on in a web process besides answering: waking whoever listens, webhooks, what kiosks said."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kiosk.central.events.deliverer import Deliverer
from kiosk.central.house import House

log = logging.getLogger(__name__)


@asynccontextmanager
async def going_on(house: House) -> AsyncIterator[None]:
    """Runs while this is open."""
    deliverer = Deliverer(house.database, house.vault, house.clock, house.settings.webhooks.private)
    tasks = [
        asyncio.create_task(house.feed.run(), name="feed"),
        asyncio.create_task(house.wakes.run(), name="wakes"),
        asyncio.create_task(deliverer.run(), name="deliverer"),
        asyncio.create_task(house.gate.beats.run(), name="beats"),
    ]
    for task in tasks:
        task.add_done_callback(_say)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _say(task: "asyncio.Task[None]") -> None:
    """A task that ends by itself is a mistake of ours: it is not to go unnoticed."""
    error = None if task.cancelled() else task.exception()
    if error is not None:
        log.error("the task %s ended: %s", task.get_name(), type(error).__name__)
