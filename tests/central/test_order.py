"""Whoever follows the events by a cursor sees each of them, however many write and however slow one is."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.access.principal import KioskPrincipal
from kiosk.central.database import Database
from kiosk.central.events import journal
from kiosk.central.events.reading import after
from kiosk.central.events.tables import EventRow
from tests.central.events import an_event
from tests.central.making import Running, running, settings_for
from tests.central.servers import Postgres

WRITERS, BATCHES, SIZE = 16, 6, 5
SLOW_S = 1.0
Draw = Callable[[AsyncSession, int], Awaitable[int]]
SEQUENCE = text("SELECT nextval('plain')")


async def from_a_sequence(session: AsyncSession, count: int) -> int:
    """What one would write first: fast, and wrong."""
    assert count == SIZE
    last: int = (await session.execute(SEQUENCE)).scalar_one()
    return last


async def write(central: Running, kiosk: str, draw: Draw, pause_s: float = 0.0) -> None:
    """A batch, committed so long after its positions were drawn."""
    batch = [an_event() for _ in range(SIZE)]
    async with central.house.database.writing() as session:
        await journal.Journal(session, draw).take(batch, KioskPrincipal(kiosk, "here"), central.clock.utc())
        await asyncio.sleep(pause_s)


async def follow(database: Database, done: asyncio.Event) -> list[int]:
    """What a reader sees who goes on from the last position each time, until all is written."""
    seen: list[int] = []
    while True:
        is_last = done.is_set()
        async with database.reading() as session:
            found = await after(session, seen[-1] if seen else 0, 1000)
        seen += [event.position for event in found]
        if is_last and not found:
            return seen
        await asyncio.sleep(0.005)


async def seen_and_kept(central: Running, draw: Draw) -> tuple[list[int], list[int]]:
    done = asyncio.Event()
    reader = asyncio.create_task(follow(central.house.database, done))

    async def writer(number: int) -> None:
        for _ in range(BATCHES):
            await write(central, f"kiosk-{number}", draw)

    slow = asyncio.create_task(write(central, "slow", draw, SLOW_S))
    await asyncio.sleep(0.1)  # it has drawn its positions, and commits behind everybody
    await asyncio.gather(slow, *(writer(number) for number in range(WRITERS)))
    done.set()
    seen = await reader
    async with central.house.database.reading() as session:
        kept = (await session.scalars(select(EventRow.position).order_by(EventRow.position))).all()
    return seen, list(kept)


@pytest.fixture
def on_postgresql(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(settings_for(tmp_path_factory.mktemp("order"), postgres.new_database())) as here:
        yield here


def test_a_reader_misses_nothing_of_sixteen_writers_and_a_slow_one(on_postgresql: Running) -> None:
    seen, kept = on_postgresql.run(seen_and_kept, on_postgresql, journal.draw)
    assert len(kept) == (WRITERS * BATCHES + 1) * SIZE
    assert seen == kept


def test_the_same_reader_misses_events_when_positions_come_from_a_sequence(on_postgresql: Running) -> None:
    """What the order is for; were this reader unable to miss anything, the test above would say nothing."""

    async def prepare() -> None:
        async with on_postgresql.house.database.writing() as session:
            await session.execute(text(f"CREATE SEQUENCE plain INCREMENT BY {SIZE} START {SIZE}"))

    on_postgresql.run(prepare)
    seen, kept = on_postgresql.run(seen_and_kept, on_postgresql, from_a_sequence)
    assert len(kept) == (WRITERS * BATCHES + 1) * SIZE
    assert set(seen) < set(kept)
