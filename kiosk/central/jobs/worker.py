"""A worker: holds one job after another, and says so while it does."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from sqlalchemy import select

from kiosk.central.app import Foundation, opened_house
from kiosk.central.database import Database, open_database
from kiosk.central.errors import Unavailable
from kiosk.central.house import House
from kiosk.central.jobs.calibrating import calibrate
from kiosk.central.jobs.enrolling import enrol_archive
from kiosk.central.jobs.exporting import export
from kiosk.central.jobs.messages import Kind, State
from kiosk.central.jobs.retention import retain
from kiosk.central.jobs.service import Cancelled, Held, JobBook, Lost
from kiosk.central.jobs.tables import JobRow
from kiosk.central.jobs.undoing import undo
from kiosk.central.jobs.uploading import Shelf
from kiosk.central.jobs.work import Ended, Work
from kiosk.domain.errors import KioskError

log = logging.getLogger(__name__)

BEAT_S = 4.0
AGAIN_S = 2.0
STOPPED = "Somebody ended it. What it had done by then stays done."

KINDS: Mapping[Kind, Callable[[Work], Awaitable[Ended]]] = MappingProxyType(
    {
        Kind.ENROL_ARCHIVE: enrol_archive,
        Kind.UNDO: undo,
        Kind.CALIBRATE: calibrate,
        Kind.EXPORT: export,
        Kind.RETENTION: retain,
    }
)


async def run_jobs(foundation: Foundation) -> None:
    """Do every job that nobody does; the models are only loaded where there is one."""
    if not await _is_wanted(foundation):
        return
    async with opened_house(foundation) as house:
        while (held := await _claimed(house)) is not None:
            await run_job(house, held)


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
    """Says that the job is held. Raises Lost, Cancelled, Unavailable."""
    while True:
        await asyncio.sleep(BEAT_S)
        async with work.saving():
            pass


async def _end(work: Work, state: State, ended: Ended) -> None:
    try:
        async with work.house.database.writing() as session:
            book = JobBook(session, work.house.vault)
            await book.end(work.held, state, ended.sentence, ended.result, work.house.clock.utc())
    except Lost:
        log.warning("a job of kind %s was ended by another worker", work.held.kind.value)


async def _claimed(house: House) -> Held | None:
    async with house.database.writing() as session:
        return await JobBook(session, house.vault).claim(house.clock.utc())


async def _is_wanted(foundation: Foundation) -> bool:
    settings = foundation.settings
    database: Database = open_database(settings.database_url, settings.database)
    open_states = (State.WAITING.value, State.RUNNING.value)
    try:
        async with database.scanning() as session:
            return await session.scalar(select(JobRow.id).where(JobRow.state.in_(open_states)).limit(1)) is not None
    finally:
        await database.close()
