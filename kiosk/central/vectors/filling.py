"""`kiosk-central vectors`: makes the table of vectors, fills it from the sealed templates, and indexes it.

It may be stopped and run again at any time. Others may search and enrol meanwhile; they use memory until it is done.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from kiosk.central.audit.service import SYSTEM, Act, record
from kiosk.central.clock import Clock
from kiosk.central.database import Database, in_our_words
from kiosk.central.people.tables import GalleryRow, TemplateRow
from kiosk.central.search import opened
from kiosk.central.vectors.table import INDEX, NAME, VECTORS, indexed, made, marked, state_of
from kiosk.domain.errors import Refused
from kiosk.vault import Vault
from kiosk.vision.manifest import EmbeddingModel

BATCH = 2000
POLL_S = 5.0
# What building takes of the database's memory for each vector, and the most that is asked for.
BYTES_A_VECTOR, MEMORY_MOST_MB = 1300, 4096
Say = Callable[[str], None]
NO_POSTGRESQL = "pgvector is a part of PostgreSQL, and this database is SQLite; its search is in memory."
NO_EXTENSION = (
    "the database has no pgvector, or this user may not make it: install it (Debian: postgresql-17-pgvector) "
    "and run CREATE EXTENSION vector as the database's owner."
)
_AVAILABLE = text("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")
_INVALID = text(f"SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('{INDEX}') AND NOT indisvalid")
_PROGRESS = text("SELECT phase, tuples_done FROM pg_stat_progress_create_index")


@dataclass(frozen=True, slots=True)
class Filling:
    """What is filled, with what, and who hears how far it is."""

    database: Database
    vault: Vault
    clock: Clock
    model: EmbeddingModel
    say: Say


async def fill(filling: Filling) -> int:
    """Every template of the model in the table, and an index over it; how many. Raises Refused, Unavailable."""
    await make_table(filling)
    count = await _copy_templates(filling)
    await build_index(filling.database, count, filling.say)
    async with filling.database.writing() as session:
        # Every enrolment holds this row. One that began before there was a table is over now, and its template is seen.
        await session.execute(select(GalleryRow).with_for_update())
        while await _copy_batch(session, filling, ""):
            pass
        await session.execute(text(marked(filling.model.name)))
        return await session.scalar(select(func.count()).select_from(VECTORS)) or 0


async def drop(filling: Filling) -> None:
    """Take the table away. Raises Refused, Unavailable."""
    _check(filling.database)
    async with filling.database.writing() as session:
        if await state_of(session) is not None:
            await session.execute(text(f"DROP TABLE {NAME}"))
            await _record(session, filling, "vectors-dropped")


async def make_table(filling: Filling) -> None:
    """The extension and the empty table; one of another dimension is replaced. Raises Refused, Unavailable."""
    _check(filling.database)
    try:
        async with filling.database.writing() as session:
            if await session.scalar(_AVAILABLE) is None:
                raise Refused(NO_EXTENSION)
            await session.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
            await session.execute(text("SELECT NULL::halfvec"))
    except DBAPIError as error:
        raise Refused(NO_EXTENSION) from error
    dimension = filling.model.dimension
    async with filling.database.writing() as session:
        state = await state_of(session)
        if state is not None and state.dimension != dimension:
            await session.execute(text(f"DROP TABLE {NAME}"))
        if state is None:
            await _record(session, filling, "vectors-made")
        await session.execute(text(made(dimension)))
        others = select(TemplateRow.id).where(TemplateRow.model != filling.model.name)
        await session.execute(VECTORS.delete().where(VECTORS.c.template.in_(others)))


async def build_index(database: Database, count: int, say: Say) -> None:
    """An index over the table, unless there is one; half an index of a run that was stopped is replaced."""
    async with _at_once(database) as connection:
        if await connection.scalar(_INVALID):
            await connection.execute(text(f"DROP INDEX {INDEX}"))
        memory_mb = min(64 + count * BYTES_A_VECTOR // 1_000_000, MEMORY_MOST_MB)
        await connection.execute(text(f"SET maintenance_work_mem = '{memory_mb}MB'"))
        await connection.execute(text("SET statement_timeout = 0"))
        building = asyncio.ensure_future(connection.execute(text(indexed())))
        while not (await asyncio.wait([building], timeout=POLL_S))[0]:
            await _say_progress(database, count, say)
        await building
        await connection.execute(text("RESET maintenance_work_mem"))
        await connection.execute(text("RESET statement_timeout"))
        await connection.execute(text(f"ANALYZE {NAME}"))


async def _copy_templates(filling: Filling) -> int:
    """Batch after batch, each in a transaction of its own; those that are there already are passed over."""
    async with filling.database.scanning() as session:
        total = await session.scalar(select(func.count()).where(TemplateRow.model == filling.model.name)) or 0
        there = await session.scalar(select(func.count()).select_from(VECTORS)) or 0
    after = ""
    while True:
        filling.say(f"{there:,} of {total:,} templates are there")
        async with filling.database.writing() as session:
            copied = await _copy_batch(session, filling, after)
        if not copied:
            return total
        after, there = copied[-1], there + len(copied)


async def _copy_batch(session: AsyncSession, filling: Filling, after: str) -> list[str]:
    """Writes the vectors of the next templates that have none; the ids of these templates, in order."""
    rows = await _missing(session, filling.model.name, after)
    if rows:
        vectors = await asyncio.to_thread(_opened, filling.vault, rows)
        await session.execute(insert(VECTORS).on_conflict_do_nothing(), vectors)
    return [row.id for row in rows]


async def _missing(session: AsyncSession, model: str, after: str) -> Sequence[TemplateRow]:
    """The next templates without a vector, held so that nobody erases them before their vectors are written."""
    query = select(TemplateRow).outerjoin(VECTORS, VECTORS.c.template == TemplateRow.id)
    query = query.where(TemplateRow.model == model, VECTORS.c.template.is_(None), TemplateRow.id > after)
    query = query.order_by(TemplateRow.id).limit(BATCH)
    held = query.with_for_update(read=True, key_share=True, of=TemplateRow)
    return (await session.scalars(held)).all()


def _opened(vault: Vault, rows: Sequence[TemplateRow]) -> list[dict[str, object]]:
    return [{"template": row.id, "vector": opened(vault, row).vector} for row in rows]


async def _say_progress(database: Database, count: int, say: Say) -> None:
    async with database.reading() as session:
        row = (await session.execute(_PROGRESS)).first()
    if row is not None:
        say(f"index: {row.phase}, {row.tuples_done:,} of {count:,}")


async def _record(session: AsyncSession, filling: Filling, name: str) -> None:
    """That templates became readable for whoever reads the database, or are so no longer."""
    act = Act(SYSTEM, "command-line", name, "vectors", {"model": filling.model.name})
    await record(session, filling.vault, act, filling.clock.utc())


@contextlib.asynccontextmanager
async def _at_once(database: Database) -> AsyncIterator[AsyncConnection]:
    """A connection whose every statement is a transaction, as making an index beside others needs it."""
    with in_our_words():
        async with database.engine.connect() as connection:
            yield await connection.execution_options(isolation_level="AUTOCOMMIT")


def _check(database: Database) -> None:
    if not database.is_postgresql:
        raise Refused(NO_POSTGRESQL)
