"""What was kept long enough: people whose validity ended, old events and passes, archives and exports nobody used."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.errors import Missing, Unavailable
from kiosk.central.events.tables import EventRow, VerdictRow
from kiosk.central.jobs.messages import Kind
from kiosk.central.jobs.outdated import remove_outdated
from kiosk.central.jobs.tables import ItemRow, JobRow, UploadRow
from kiosk.central.jobs.work import Ended, Work
from kiosk.central.people.service import Register
from kiosk.central.people.tables import PersonRow
from kiosk.central.policies.messages import Rules
from kiosk.central.policies.tables import PolicyRow

log = logging.getLogger(__name__)

PEOPLE_A_STEP = 20
EVENTS_A_STEP = 2000
REPORT_DAYS = 30


async def retain(work: Work) -> Ended:
    """Erase what the rules of each site say is to go; a dry run says how much that is."""
    now = work.house.clock.utc()
    people = await _due(work, now)
    if work.held.params.get("dry_run"):
        return Ended(f"{len(people):,} people would be erased.", {"people": len(people)})
    erased = await _erased(work, people, now)
    files, events = await _tidied(work, now), await _forgotten(work, now)
    passes, letters = await remove_outdated(work, now)
    try:
        await work.house.database.rewrite()
    except Unavailable:  # somebody writes for long, or there is no room: the next day does it
        log.warning("the database's file could not be written anew; make room on its disk")
        await work.house.database.tidy()
    return Ended(
        f"{erased:,} people were erased, and {events:,} events, {files:,} archives or exports, {passes:,} expired "
        f"passes and {letters:,} notes of what was not taken from kiosks removed.",
        {"people": erased, "events": events, "files": files, "passes": passes, "letters": letters},
    )


async def _erased(work: Work, people: Sequence[str], now: datetime) -> int:
    """How many of them were erased here: not by somebody else, nor kept longer, since they were looked up."""
    erased = 0
    for start in range(0, len(people), PEOPLE_A_STEP):
        step = people[start : start + PEOPLE_A_STEP]
        async with work.saving(done=start + len(step), total=len(people)) as session:
            register = Register(session, work.house.vault)
            still = set(await _still_due(session, step, now))
            for person in (one for one in step if one in still):
                with suppress(Missing):
                    await register.erase(person, work.doer)
                    erased += 1
    return erased


async def _forgotten(work: Work, now: datetime) -> int:
    """Events that are older than the rules of their site say, and what was said of visits of which none is left."""
    async with work.house.database.scanning() as session:
        sites = (await session.scalars(select(EventRow.site).distinct())).all()
        rows = await session.execute(select(PolicyRow.site, PolicyRow.events_days))
        days = {site: number for site, number in rows}
    gone = 0
    for site in sites:
        limit = now - timedelta(days=days.get(site, Rules().events_days))
        old = select(EventRow.position).where(EventRow.site == site, EventRow.taken_utc < limit)
        gone += await work.remove(EventRow.position, old, EVENTS_A_STEP)
    if gone:
        left = exists().where(EventRow.kiosk == VerdictRow.kiosk, EventRow.visit == VerdictRow.visit)
        async with work.saving() as session:
            await session.execute(delete(VerdictRow).where(~left))
    return gone


async def _due(work: Work, now: datetime) -> list[str]:
    """Whose validity ended so long ago that their site keeps them no longer."""
    found: list[str] = []
    async with work.house.database.scanning() as session:
        for ended in await _ended(session, now):
            found += (await session.scalars(ended)).all()
    return found


async def _still_due(session: AsyncSession, people: Sequence[str], now: datetime) -> list[str]:
    """Which of these people are to go, as things are now; nobody changes that until the transaction ends."""
    found: list[str] = []
    for ended in await _ended(session, now):
        query = ended.where(PersonRow.id.in_(people)).order_by(PersonRow.id).with_for_update()
        found += (await session.scalars(query)).all()
    return found


async def _ended(session: AsyncSession, now: datetime) -> list[Select[str]]:
    """A query for each site that keeps people for so long only."""
    rules = (await session.scalars(select(PolicyRow).where(PolicyRow.retention_days.is_not(None)))).all()
    limits = [(rule.site, now - timedelta(days=rule.retention_days or 0)) for rule in rules]
    return [
        select(PersonRow.id).where(PersonRow.site == site, PersonRow.valid_until_utc < limit) for site, limit in limits
    ]


async def _tidied(work: Work, now: datetime) -> int:
    """Archives that nobody used, exports that were there long enough, and the names of files in old reports."""
    old = now - timedelta(hours=work.house.settings.uploads.keep_h)
    older = select(JobRow.id).where(JobRow.ended_utc < now - timedelta(days=REPORT_DAYS))
    export = select(JobRow.id).where(JobRow.kind == Kind.EXPORT.value, JobRow.ended_utc < old)
    async with work.saving() as session:
        uploads = (await session.scalars(select(UploadRow.id).where(UploadRow.made_utc < old))).all()
        for upload in uploads:
            await work.shelf.drop(session, upload)
        exports = [job for job in await session.scalars(export) if work.shelf.drop_export(job)]
        await session.execute(update(ItemRow).where(ItemRow.job.in_(older)).values(file=""))
        strays = await work.shelf.strays(session, old)
    for file in strays:  # a worker was killed between the end of its job and this
        file.unlink(missing_ok=True)
    return len(uploads) + len(exports) + len(strays)
