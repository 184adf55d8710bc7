"""The connection to SQLite: how it is opened, how a transaction runs, and what its errors mean in our words."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from kiosk.domain.errors import StoreBusy, StoreDamaged, StoreError, StoreFailing, StoreFull, StoreUnwritable

_ON_OPENING = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA trusted_schema = OFF",
)

_WORDS: dict[int, tuple[type[StoreError], str]] = {
    sqlite3.SQLITE_BUSY: (StoreBusy, "the store is in use by another program; try again in a moment"),
    sqlite3.SQLITE_LOCKED: (StoreBusy, "the store is in use by another program; try again in a moment"),
    sqlite3.SQLITE_CORRUPT: (StoreDamaged, "the store is damaged; restore it from a copy, nothing was overwritten"),
    sqlite3.SQLITE_NOTADB: (StoreDamaged, "the store is damaged; restore it from a copy, nothing was overwritten"),
    sqlite3.SQLITE_FULL: (StoreFull, "the disk is full, so nothing was stored; free some space"),
    sqlite3.SQLITE_IOERR: (StoreFailing, "the disk failed while the store was in use; check the card or disk"),
    sqlite3.SQLITE_READONLY: (
        StoreUnwritable,
        "the store may not be written; check who owns its folder and its rights",
    ),
    sqlite3.SQLITE_CANTOPEN: (StoreUnwritable, "the store can't be opened; check the owner and rights of its folder"),
    sqlite3.SQLITE_PERM: (StoreUnwritable, "the store can't be opened; check the owner and rights of its folder"),
}
_PRIMARY = 0xFF
SQLITE_VERSION = sqlite3.sqlite_version

Connect = Callable[[str, float], sqlite3.Connection]


def by_sqlite(uri: str, patience_s: float) -> sqlite3.Connection:
    """A connection to the file of that URI, which waits up to `patience_s` for a lock."""
    return sqlite3.connect(uri, uri=True, timeout=patience_s, isolation_level=None)


@contextmanager
def in_our_words() -> Iterator[None]:
    """Raises SQLite's errors as StoreBusy, StoreDamaged or StoreError; a mistake in our SQL stays what it is."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        words = _WORDS.get(_code(error))
        if words is None:
            raise
        kind, message = words
        raise kind(message) from error
    except UnicodeDecodeError as error:  # from SQLite's own complaint when it quotes a damaged schema
        kind, message = _WORDS[sqlite3.SQLITE_CORRUPT]
        raise kind(message) from error


def _code(error: sqlite3.DatabaseError) -> int:
    """SQLite's primary result code; what can only come from damage counts as such."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # Python's own: OperationalError for a text that is not UTF-8, ProgrammingError for our mistakes
        return sqlite3.SQLITE_CORRUPT if isinstance(error, sqlite3.OperationalError) else sqlite3.SQLITE_ERROR
    return sqlite3.SQLITE_CORRUPT if code == sqlite3.SQLITE_IOERR_SHORT_READ else int(code) & _PRIMARY


def connect(path: Path, patience_s: float, by: Connect = by_sqlite) -> Database:
    """A connection that writes; it belongs to this thread. The file must exist. Raises StoreError."""
    with in_our_words():
        return _connect(by(_uri(path, "rw"), patience_s), _ON_OPENING)


def connect_to_look(path: Path, patience_s: float, by: Connect = by_sqlite) -> Database:
    """A connection that changes no byte of the database. The file must exist. Raises StoreError."""
    with in_our_words():
        return _connect(by(_uri(path, "ro"), patience_s), ("PRAGMA trusted_schema = OFF",))


def _uri(path: Path, mode: str) -> str:
    return f"{path.absolute().as_uri()}?mode={mode}"


def _connect(raw: sqlite3.Connection, pragmas: tuple[str, ...]) -> Database:
    db = Database(raw, execute_plugins=False)
    for pragma in pragmas:
        db.execute(pragma)
    return db


@contextmanager
def transaction(db: Database) -> Iterator[None]:
    """All or nothing, and durable when the block is left. Raises StoreBusy, StoreDamaged, StoreError.

    IMMEDIATE takes the write lock at once: a transaction that reads first and writes later could fail half-way.
    """
    with in_our_words():
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
            db.execute("COMMIT")
        except BaseException:
            db.rollback()
            raise
