"""What was kept long enough: people whose validity ended, and archives and exports that nobody used."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from kiosk.central.jobs.messages import Kind
from kiosk.central.jobs.tables import ItemRow, JobRow, UploadRow
from kiosk.central.jobs.work import Ended, Work
from kiosk.central.people.service import Register
from kiosk.central.people.tables import PersonRow
from kiosk.central.policies.tables import PolicyRow

PEOPLE_A_STEP = 20
REPORT_DAYS = 30


async def retain(work: Work) -> Ended:
    """Erase what the rules of each site say is to go; a dry run says how much that is."""
    now = work.house.clock.utc()
    people = await _due(work, now)
    if work.held.params.get("dry_run"):
        return Ended(f"{len(people):,} people would be erased.", {"people": len(people)})
    for start in range(0, len(people), PEOPLE_A_STEP):
        step = people[start : start + PEOPLE_A_STEP]
        async with work.saving(done=start + len(step), total=len(people)) as session:
            register = Register(session, work.house.vault)
            for person in step:
                await register.erase(person, work.doer)
    files = await _tidied(work, now)
    await work.house.database.tidy()
    return Ended(
        f"{len(people):,} people were erased, and {files:,} archives or reports removed.",
        {"people": len(people), "files": files},
    )


async def _due(work: Work, now: datetime) -> list[str]:
    """Whose validity ended so long ago that their site keeps them no longer."""
    found: list[str] = []
    async with work.house.database.scanning() as session:
        rules = (await session.scalars(select(PolicyRow).where(PolicyRow.retention_days.is_not(None)))).all()
        for rule in rules:
            limit = now - timedelta(days=rule.retention_days or 0)
            ended = select(PersonRow.id).where(PersonRow.site == rule.site, PersonRow.valid_until_utc < limit)
            found += (await session.scalars(ended)).all()
    return found


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
    return len(uploads) + len(exports)
