"""A worker: holds one job after another, and says so while it does."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from types import MappingProxyType

from sqlalchemy import select

from kiosk.central.database import Database, open_database
from kiosk.central.errors import Unavailable
from kiosk.central.house import House
from kiosk.central.jobs.calibrating import calibrate
from kiosk.central.jobs.enrolling import enrol_archive
from kiosk.central.jobs.exporting import export
from kiosk.central.jobs.measuring import measure
from kiosk.central.jobs.messages import Kind, State
from kiosk.central.jobs.reencoding import re_encode
from kiosk.central.jobs.retention import retain
from kiosk.central.jobs.service import Cancelled, Held, JobBook, Lost
from kiosk.central.jobs.tables import JobRow
from kiosk.central.jobs.undoing import undo
from kiosk.central.jobs.uploading import Shelf
from kiosk.central.jobs.work import Ended, Work
from kiosk.central.keeping import open_vault
from kiosk.central.opening import Foundation, opened_house
from kiosk.domain.errors import KioskError
from kiosk.vault import Vault

log = logging.getLogger(__name__)

LOOKS = 5  # in the time that a job is held without a word
AGAIN_S = 2.0
DISK = "The worker's disk can't be used ({}); make room, and begin it again. What was done stays done."
STOPPED = "Somebody ended it. What it had done by then stays done."

KINDS: Mapping[Kind, Callable[[Work], Awaitable[Ended]]] = MappingProxyType(
    {
        Kind.ENROL_ARCHIVE: enrol_archive,
        Kind.UNDO: undo,
        Kind.CALIBRATE: calibrate,
        Kind.EXPORT: export,
        Kind.RETENTION: retain,
        Kind.EVALUATE: measure,
        Kind.RE_ENCODE: re_encode,
    }
)


async def run_jobs(foundation: Foundation) -> None:
    """Do every job that nobody does, and those of workers that are heard of no more.

    The models are only loaded where there is something to do.
    """
    settings = foundation.settings
    vault, database = open_vault(settings.data), open_database(settings.database_url, settings.database)
    patience_s = 1.5 * settings.jobs.lease_s
    try:
        async with AsyncExitStack() as stack:
            houses: list[House] = []
            until = foundation.clock.monotonic() + patience_s
            while foundation.clock.monotonic() < until and await _is_wanted(database):
                held = await _claimed(database, vault, foundation)
                if held is None:
                    await asyncio.sleep(settings.jobs.lease_s / LOOKS)
                    continue
                if not houses:
                    houses.append(await stack.enter_async_context(opened_house(foundation)))
                await run_job(houses[0], held)
                until = foundation.clock.monotonic() + patience_s
    finally:
        await database.close()


async def run_job(house: House, held: Held) -> None:
    """Do that job to its end, unless another worker has it meanwhile, or the database is away for now."""
    work = Work(house, held, Shelf.of(house.settings))
    try:
        ended = await _while_held(work)
        await _end(work, State.DONE, ended)
    except Cancelled:
        await _end(work, State.CANCELLED, Ended(STOPPED))
    except Lost:
        log.warning("a job of kind %s is done by another worker meanwhile", held.kind.value)
    except Unavailable:
        log.warning("a job of kind %s can't go on now; it is tried again", held.kind.value)
        await asyncio.sleep(AGAIN_S)
    except KioskError as error:
        await _end(work, State.FAILED, Ended(str(error)))
    except OSError as error:
        log.warning("a job of kind %s met the disk: %s", held.kind.value, error.strerror)
        await _end(work, State.FAILED, Ended(DISK.format(error.strerror or "an error")))


async def _while_held(work: Work) -> Ended:
    """What the job comes to. Whatever takes the job away ends the work on it at once."""
    doing = asyncio.ensure_future(KINDS[work.held.kind](work))
    beating = asyncio.create_task(_beating(work))
    try:
        await asyncio.wait({doing, beating}, return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            beating.result()
        return await doing
    finally:
        for task in (doing, beating):
            task.cancel()
        await asyncio.gather(doing, beating, return_exceptions=True)


async def _beating(work: Work) -> None:
    """Says that the job is held. Raises Lost, Cancelled.

    Where it can't be said just now, it is tried again: the job itself may be what writes for so long, and another
    worker that took it meanwhile is Lost the next time.
    """
    while True:
        await asyncio.sleep(work.house.settings.jobs.lease_s / LOOKS)
        with suppress(Unavailable):
            async with work.saving():
                pass


async def _end(work: Work, state: State, ended: Ended) -> None:
    """It is over, and so is its archive, in one transaction: a job that is tried again still has it."""
    upload = _used_up(work.held, state)
    try:
        async with work.house.database.writing() as session:
            book = JobBook(session, work.house.vault)
            await book.end(work.held, state, ended.sentence, ended.result, work.house.clock.utc())
            if upload is not None:
                await work.shelf.strike(session, upload)
        if upload is not None:
            with suppress(OSError):  # then it is a stray, for which the daily retention looks
                work.shelf.path(upload).unlink(missing_ok=True)
    except Lost:
        log.warning("a job of kind %s was ended by another worker", work.held.kind.value)


def _used_up(held: Held, state: State) -> str | None:
    """The archive that is of no more use when that job ends so: a set to measure on in any case, one of people when
    they are enrolled. None where there is none.
    """
    is_import = held.kind is Kind.ENROL_ARCHIVE and state is State.DONE and not held.params["dry_run"]
    return str(held.params["upload"]) if is_import or held.kind is Kind.EVALUATE else None


async def _claimed(database: Database, vault: Vault, foundation: Foundation) -> Held | None:
    async with database.writing() as session:
        book = JobBook(session, vault, foundation.settings.jobs.lease_s)
        return await book.claim(foundation.clock.utc())


async def _is_wanted(database: Database) -> bool:
    """Whether there is a job that is not over, held or not."""
    states = (State.WAITING.value, State.RUNNING.value)
    async with database.scanning() as session:
        return await session.scalar(select(JobRow.id).where(JobRow.state.in_(states)).limit(1)) is not None
