"""SQLite's one write lock, which central's writers share: in turn, and never for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from kiosk.central.database import Database, open_database
from kiosk.central.errors import Unavailable
from kiosk.central.settings import DatabaseOptions

WRITERS = 30


@asynccontextmanager
async def lines(folder: Path, wait_s: float = 60.0) -> AsyncIterator[Database]:
    """A database with a table of numbers."""
    database = open_database(f"sqlite:///{folder / 'lines.db'}", DatabaseOptions(wait_s=wait_s))
    try:
        async with database.writing() as session:
            await session.execute(text("CREATE TABLE lines (number INTEGER)"))
        yield database
    finally:
        await database.close()


async def write(database: Database, number: int) -> None:
    async with database.writing() as session:
        await session.execute(text("INSERT INTO lines VALUES (:number)"), {"number": number})
        await asyncio.sleep(0.005)


def test_whoever_writes_is_served_in_the_order_of_asking(tmp_path: Path) -> None:
    async def written() -> list[int]:
        async with lines(tmp_path) as database:
            await asyncio.gather(*(write(database, number) for number in range(WRITERS)))
            async with database.reading() as session:
                return [number for (number,) in await session.execute(text("SELECT number FROM lines ORDER BY rowid"))]

    assert asyncio.run(written()) == list(range(WRITERS))


def test_whoever_waits_too_long_is_told_and_the_next_one_is_served(tmp_path: Path) -> None:
    async def tried() -> None:
        async with lines(tmp_path, wait_s=0.1) as database:
            async with database.writing():
                with pytest.raises(Unavailable):
                    await write(database, 1)
                with pytest.raises(Unavailable):
                    await database.tidy()
            await write(database, 2)

    asyncio.run(tried())


def test_whoever_leaves_while_waiting_holds_up_nobody(tmp_path: Path) -> None:
    async def left() -> None:
        async with lines(tmp_path) as database:
            async with database.writing():
                waiting = asyncio.create_task(write(database, 1))
                await asyncio.sleep(0.01)
                waiting.cancel()
            await write(database, 2)

    asyncio.run(left())
