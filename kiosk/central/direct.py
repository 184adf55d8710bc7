"""SQLite without a thread in between, for short reads.

aiosqlite hands every step of every statement to a thread and back, four times a statement; a read of a few rows takes
SQLite a twentieth of that. In WAL mode readers wait for nobody, so such reads may run within the event loop. What
these classes look like is what SQLAlchemy's adapter for aiosqlite expects of a connection.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any

BUSY_S = 0.1  # for the moments in which even a reader waits: the first one after a crash


class DirectCursor:
    """A cursor whose every step is done at once."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor
        self.arraysize = cursor.arraysize

    async def __aenter__(self) -> "DirectCursor":
        """Itself."""
        return self

    @property
    def description(self) -> Any:  # noqa: ANN401 - as the database API has it
        """The columns of the result."""
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        """As the database API has it."""
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        """As the database API has it."""
        return self._cursor.lastrowid

    async def execute(self, statement: str, parameters: Any = ()) -> "DirectCursor":  # noqa: ANN401 - any values
        """Run a statement."""
        self._cursor.execute(statement, parameters)
        return self

    async def fetchall(self) -> Sequence[Any]:
        """Every row that is left."""
        return self._cursor.fetchall()

    async def fetchone(self) -> Any:  # noqa: ANN401 - a row
        """The next row."""
        return self._cursor.fetchone()

    async def fetchmany(self, size: int | None = None) -> Sequence[Any]:
        """The next rows."""
        return self._cursor.fetchmany(size or self.arraysize)

    async def setinputsizes(self, sizes: Sequence[Any]) -> None:
        """Nothing: SQLite needs none."""

    async def close(self) -> None:
        """Let go of the result."""
        self._cursor.close()


class DirectConnection:
    """A connection that only reads, and belongs to the thread of the event loop."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
        self._connection.execute("PRAGMA query_only=ON")
        self.isolation_level = None

    def cursor(self) -> DirectCursor:
        """A new cursor."""
        return DirectCursor(self._connection.cursor())

    async def create_function(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - as sqlite3 has it
        """Make a function known to this connection."""
        self._connection.create_function(*arguments, **options)

    async def commit(self) -> None:
        """End the transaction."""
        self._connection.commit()

    async def rollback(self) -> None:
        """End the transaction."""
        self._connection.rollback()

    async def close(self) -> None:
        """Close it."""
        self._connection.close()

    def stop(self) -> None:
        """Close it, whatever is under way."""
        self._connection.close()
