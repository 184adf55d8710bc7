"""The database: one engine, short transactions, and what it means when the database says no."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVarTuple

from sqlalchemy import Row, Select, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, InterfaceError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from kiosk.central.direct import DirectConnection
from kiosk.central.errors import Unavailable, Unusable
from kiosk.central.settings import DatabaseOptions
from kiosk.domain.errors import BadSettings

SQLITE, POSTGRESQL = "sqlite+aiosqlite", "postgresql+psycopg"
AWAY = "The database can't be reached now; try again in a moment."
WRITING = "central_writing"
Columns = TypeVarTuple("Columns")
# SQLSTATE classes and codes after which the same may work a moment later: connection lost, serialisation, deadlock,
# lock not available, too many connections, shutting down.
PASSING = ("08", "40001", "40P01", "55P03", "53300", "57P0")


@dataclass(frozen=True, slots=True)
class Database:
    """Each request takes a session for as long as it needs one. `reads` is another engine for short reads only where
    that is faster: of SQLite, which then needs no thread.

    SQLite has one write lock and no queue before it: who waits for it asks again now and then, and may be overtaken for
    as long as others write. So the writers of this process queue at `turn`, for `wait_s` at most.
    """

    engine: AsyncEngine
    reads: AsyncEngine
    wait_s: float
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_postgresql(self) -> bool:
        """Whether it is PostgreSQL, else SQLite."""
        return self.engine.dialect.name == "postgresql"

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session for reads of a few rows, which sees one state of the database. Raises Unavailable."""
        with in_our_words():
            async with AsyncSession(self.reads, expire_on_commit=False, autoflush=False) as session:
                yield session

    async def first(self, query: Select[*Columns], parameters: Mapping[str, object]) -> Row[*Columns] | None:
        """The first row of one query, without what a session does besides. Raises Unavailable."""
        with in_our_words():
            async with self.reads.connect() as connection:
                return (await connection.execute(query, parameters)).first()

    @asynccontextmanager
    async def scanning(self) -> AsyncIterator[AsyncSession]:
        """The same for reads of many rows, during which others are served. Raises Unavailable."""
        with in_our_words():
            async with AsyncSession(self.engine, expire_on_commit=False, autoflush=False) as session:
                yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A session whose changes are durable when the block ends, and undone when it raises. Raises Unavailable."""
        with in_our_words():
            async with self._in_turn(), AsyncSession(self.engine, expire_on_commit=False) as session:
                # SQLite then takes its one write lock at the start, where waiting for it still can't fail halfway.
                await session.connection(execution_options={WRITING: True})
                yield session
                await session.commit()

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[None]:
        """Alone among those of this process that write to SQLite; at once on PostgreSQL. Raises Unavailable."""
        if self.is_postgresql:
            yield
            return
        try:
            async with asyncio.timeout(self.wait_s):
                await self.turn.acquire()
        except TimeoutError as error:
            raise Unavailable(AWAY) from error
        try:
            yield
        finally:
            self.turn.release()

    async def ping(self) -> None:
        """Raises Unavailable where the database does not answer."""
        async with self.reading() as session:
            await session.execute(text("SELECT 1"))

    async def tidy(self) -> None:
        """After an erasure: SQLite's log, where what was erased still stands, is written back and emptied.

        Where somebody reads just now, the next one does it. PostgreSQL's dead rows are autovacuum's.
        """
        await self._sqlite("PRAGMA busy_timeout=0", "PRAGMA wal_checkpoint(TRUNCATE)", self._patience())

    async def rewrite(self) -> None:
        """Once a day: SQLite's file is written anew, for copies of rows that it moved from page to page stay in it when
        the row is erased. Writing waits meanwhile. Raises Unavailable, also where the disk has no room.
        """
        await self._sqlite("VACUUM")
        await self.tidy()

    def _patience(self) -> str:
        """As connections have it, but while the log is emptied: nobody who writes waits there for those who read."""
        return f"PRAGMA busy_timeout={round(self.wait_s * 1000)}"

    async def _sqlite(self, *statements: str) -> None:
        if self.is_postgresql:
            return
        with in_our_words():
            async with self._in_turn(), self.engine.connect() as connection:
                raw = await connection.get_raw_connection()
                for statement in statements:
                    if raw.driver_connection is not None:
                        await raw.driver_connection.execute(statement)

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
        await self.reads.dispose()


def open_database(url: str, options: DatabaseOptions) -> Database:
    """The database at that address; nothing is connected yet. Raises BadSettings."""
    engine = _engine(url, options, _connect_args(url, options))
    path = sqlite_file(url)
    if path is None:
        return Database(engine, engine, options.wait_s)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)

    async def opened(*_arguments: object, **_options: object) -> DirectConnection:
        return DirectConnection(str(path))

    reads = _engine(url, options, {"async_creator_fn": opened})
    event.listen(reads.sync_engine, "begin", _begin_sqlite)
    return Database(engine, reads, options.wait_s)


def _engine(url: str, options: DatabaseOptions, connect_args: dict[str, Any]) -> AsyncEngine:
    return create_async_engine(
        url_of(url),
        pool_size=options.connections,
        max_overflow=0,
        pool_timeout=options.wait_s,
        pool_pre_ping=url_of(url).drivername == POSTGRESQL,
        hide_parameters=True,
        connect_args=connect_args,
    )


def url_of(text_: str) -> Any:  # noqa: ANN401 - SQLAlchemy's URL
    """The address, with the drivers that we know. Raises BadSettings, without repeating what may be a password."""
    try:
        url = make_url(text_)
        if url.drivername in ("postgresql", "postgres"):
            url = url.set(drivername=POSTGRESQL)
        if url.drivername == "sqlite":
            url = url.set(drivername=SQLITE)
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise BadSettings("database.url is no address; give postgresql+psycopg://user@host/name.") from error
    if url.drivername not in (SQLITE, POSTGRESQL):
        raise BadSettings("database.url must begin with postgresql+psycopg:// or sqlite+aiosqlite:///.")
    return url


def sqlite_file(url: str) -> Path | None:
    """Where SQLite's database is; None for PostgreSQL. Raises BadSettings."""
    parsed = url_of(url)
    if parsed.drivername != SQLITE:
        return None
    if not parsed.database or parsed.database == ":memory:":
        raise BadSettings("database.url must name a file; a database in memory would forget everybody.")
    return Path(parsed.database)


@contextlib.contextmanager
def in_our_words() -> Iterator[None]:
    """What the database says when it is away, as Unavailable; what it can't keep (a zero byte), as Unusable."""
    try:
        yield
    except (OperationalError, InterfaceError, NoConnection, ConnectionError) as error:
        raise Unavailable(AWAY) from error
    except (DataError, OverflowError) as error:
        raise Unusable("That holds a character or a number that can't be kept; leave it out.", "value") from error
    except DBAPIError as error:
        if error.connection_invalidated or is_passing(error):
            raise Unavailable(AWAY) from error
        raise


def is_passing(error: DBAPIError) -> bool:
    """Whether the same might work a moment later."""
    state = getattr(error.orig, "sqlstate", None) or ""
    return state.startswith(PASSING)


def _connect_args(url: str, options: DatabaseOptions) -> dict[str, Any]:
    if url_of(url).drivername == SQLITE:
        return {"timeout": options.wait_s}
    return {"connect_timeout": max(1, round(options.wait_s)), "application_name": "kiosk-central"}


def _prepare_sqlite(connection: Any, entry: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's own
    """Durable, with foreign keys, many readers beside one writer, and erased bytes overwritten."""
    del entry
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "cache_size=-32000"):
        with contextlib.suppress(sqlite3.OperationalError):
            cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def insert_of(session: AsyncSession) -> type[postgresql.Insert] | type[sqlite.Insert]:
    """The INSERT of the session's database that can say what to do where the row is there."""
    return postgresql.Insert if session.get_bind().dialect.name == "postgresql" else sqlite.Insert
