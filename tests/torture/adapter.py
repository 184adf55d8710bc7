"""A connection of apsw that looks like one of the standard library, so that the real store runs on a made-up disk."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import apsw

_PRIMARY = 0xFF
_DAMAGED = (apsw.SQLITE_CORRUPT, apsw.SQLITE_NOTADB)


class Cursor:
    """The whole answer to one statement."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self.description: tuple[tuple[str, ...], ...] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self._rows: list[Any] = []
        self._next = 0

    def execute(self, sql: str, parameters: Sequence[object] | dict[str, object] = ()) -> "Cursor":
        with as_sqlite3():
            self._run(sql, parameters)
        return self

    def _run(self, sql: str, parameters: Sequence[object] | dict[str, object]) -> None:
        raw = self._connection.raw
        cursor, before = raw.cursor(), raw.total_changes()
        cursor.exec_trace = self._describe
        self._rows, self._next = cursor.execute(self._connection.wanted(sql), parameters).fetchall(), 0
        self.rowcount = -1 if self.description else raw.total_changes() - before
        self.lastrowid = raw.last_insert_rowid()
        changed = raw.total_changes() != before or sql.lstrip()[:6].upper() == "COMMIT"
        if changed and not raw.in_transaction:
            self._connection.committed(self._connection)

    def _describe(self, cursor: apsw.Cursor, sql: str, bindings: object) -> bool:
        found = cursor.get_description()
        self.description = tuple((column[0], *[""] * 6) for column in found) or None
        return True

    def fetchone(self) -> Any:
        return next(self, None)

    def fetchall(self) -> list[Any]:
        return list(self)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self._next >= len(self._rows):
            raise StopIteration
        self._next += 1
        return self._rows[self._next - 1]

    def close(self) -> None:
        self._rows = []


class Connection:
    """What sqlite-utils and the store use of `sqlite3.Connection`. `committed` is called after every commit."""

    isolation_level = None

    def __init__(self, path: str, vfs: str, committed: "Callable[[Connection], None]", *, writes: bool) -> None:
        with as_sqlite3():
            flags = apsw.SQLITE_OPEN_READWRITE if writes else apsw.SQLITE_OPEN_READONLY
            self.raw = apsw.Connection(path, vfs=vfs, flags=flags)
        self.committed = committed
        self.without: tuple[str, ...] = ()  # statements that are left out, to see what they are good for

    @property
    def in_transaction(self) -> bool:
        return bool(self.raw.in_transaction)

    def cursor(self) -> Cursor:
        return Cursor(self)

    def execute(self, sql: str, parameters: Sequence[object] | dict[str, object] = ()) -> Cursor:
        return self.cursor().execute(sql, parameters)

    def wanted(self, sql: str) -> str:
        return "SELECT 1 WHERE 0" + " AND ?" * sql.count("?") if sql.startswith(self.without) else sql

    def executescript(self, sql: str) -> Cursor:
        return self.execute(sql)

    def close(self) -> None:
        with as_sqlite3():
            self.raw.close()


@contextmanager
def as_sqlite3() -> Iterator[None]:
    """Raises the errors of the standard library's module, with its codes."""
    try:
        yield
    except apsw.Error as error:
        code = getattr(error, "extendedresult", getattr(error, "result", apsw.SQLITE_ERROR))
        primary = code & _PRIMARY
        kind: type[sqlite3.DatabaseError] = sqlite3.OperationalError
        if primary == apsw.SQLITE_CONSTRAINT:
            kind = sqlite3.IntegrityError
        elif primary in _DAMAGED:
            kind = sqlite3.DatabaseError
        told = kind(str(error))
        told.sqlite_errorcode = code
        raise told from error
