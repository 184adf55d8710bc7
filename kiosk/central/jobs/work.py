"""What a job is given to work with, and how it ends."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from sqlalchemy import Select, delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from kiosk.central.house import House
from kiosk.central.jobs.service import Held, JobBook
from kiosk.central.jobs.uploading import Shelf
from kiosk.central.people.service import Doer

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended: a sentence for people, and figures."""

    sentence: str
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Work:
    """A job that is held, and the house to do it in."""

    house: House
    held: Held
    shelf: Shelf

    @property
    def doer(self) -> Doer:
        """Whoever asked for it, now."""
        return replace(self.held.doer, at_utc=self.house.clock.utc())

    @asynccontextmanager
    async def saving(self, done: int | None = None, total: int | None = None) -> AsyncIterator[AsyncSession]:
        """A session whose changes and progress are durable together, as long as this worker holds the job.

        Raises Lost, Cancelled, Unavailable.
        """
        async with self.house.database.writing() as session:
            book = JobBook(session, self.house.vault, self.house.settings.jobs.lease_s)
            await book.hold(self.held, self.house.clock.utc(), done=done, total=total)
            yield session

    async def remove(self, key: InstrumentedAttribute[Key], old: Select[Key], step: int) -> int:
        """Remove the rows whose `key` that query finds, so many a transaction; how many there were.

        Raises Lost, Cancelled, Unavailable.
        """
        gone = 0
        while True:
            async with self.saving() as session:
                found = (await session.scalars(old.limit(step))).all()
                await session.execute(delete(key.class_).where(key.in_(found)))
            gone += len(found)
            if len(found) < step:
                return gone
