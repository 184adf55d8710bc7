"""One worker beside the web processes of a machine, so that a small central needs no second service.

Of all web processes that share a data folder, the one that holds a lock has the worker; when it dies, so does its
worker, and another one takes over.
"""

import asyncio
import contextlib
import fcntl
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kiosk.central.apart import apart
from kiosk.central.settings import Settings, environment_of

log = logging.getLogger(__name__)

LOCK = "worker.lock"
AGAIN_S = 1.0
END_S = 5.0


@asynccontextmanager
async def worker_beside(settings: Settings) -> AsyncIterator[None]:
    """While this is open there is a worker, here or beside another process."""
    if not settings.jobs.embedded:
        yield
        return
    keeper = asyncio.create_task(_keep(settings))
    try:
        yield
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)


async def _keep(settings: Settings) -> None:
    descriptor = os.open(settings.data / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while not _locked(descriptor):
            await asyncio.sleep(AGAIN_S)
        while True:
            await _one(settings)
            log.warning("the worker beside this server ended; another one is started")
            await asyncio.sleep(AGAIN_S)
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _one(settings: Settings) -> None:
    """A worker, until it ends."""
    command = apart("kiosk.central", "worker", "--parent", str(os.getpid()))
    environment = os.environ | environment_of(settings)
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdin=asyncio.subprocess.DEVNULL)
    try:
        await process.wait()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await process.wait()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
