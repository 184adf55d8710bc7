"""What nobody has to ask for: once a day, what was kept long enough goes."""

from datetime import datetime, timedelta

from sqlalchemy import select

from kiosk.central.audit.service import SYSTEM
from kiosk.central.database import Database
from kiosk.central.jobs.messages import Kind
from kiosk.central.jobs.service import JobBook
from kiosk.central.jobs.tables import JobRow
from kiosk.central.people.service import Doer
from kiosk.vault import Vault

EVERY = timedelta(days=1)


async def ask_daily(database: Database, vault: Vault, now: datetime) -> bool:
    """Ask for retention where nobody did within a day; whether that was so."""
    lately = select(JobRow.id).where(JobRow.kind == Kind.RETENTION.value, JobRow.asked_by == SYSTEM)
    async with database.writing() as session:
        if await session.scalar(lately.where(JobRow.asked_utc > now - EVERY).limit(1)) is not None:
            return False
        await JobBook(session, vault).ask(Kind.RETENTION, {"dry_run": False}, Doer(SYSTEM, SYSTEM, now))
    return True
