"""From a folder to an open database: made where there is none, looked at without a touch where there is one."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from sqlite_utils import Database

from kiosk.domain.errors import StoreDamaged, StoreError, WrongKey
from kiosk.store.database import Connect, by_sqlite, connect, connect_to_look, in_our_words, transaction
from kiosk.store.files import build_new
from kiosk.store.migrations import KEY_CHECK, LATEST, check_shape, key_check_context, migrate, refuse_newer, version_of
from kiosk.store.secrets import make_secrets
from kiosk.vault import Key, Vault

DATABASE = "kiosk.db"


def is_made(folder: Path) -> bool:
    """Whether the folder holds a store, whole or not. Raises StoreDamaged if only a part of one is left."""
    path = folder / DATABASE
    if path.exists():
        return True
    if _has_log(path):
        raise StoreDamaged(f"{path} is missing though its log is there; put it back from a copy")
    return False


def make_database(folder: Path, key: Key, made_utc: str, by: Connect = by_sqlite) -> None:
    """A new, empty store, durable on return; one that somebody else makes at the same moment is left alone."""

    def build(path: Path) -> None:
        with in_our_words(), closing(connect(path, 1.0, by)) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = OFF")  # the whole file is synced before anybody finds it
            migrate(db, Vault(key))
            _begin(db, Vault(key), made_utc)

    build_new(folder / DATABASE, build)


def look(folder: Path, key: Key, patience_s: float, *, by: Connect = by_sqlite, pages: bool = True) -> None:
    """Check an existing store before anything writes to it: key first, then version, then (`pages`) every page.

    Raises WrongKey, StoreTooNew, StoreDamaged; not a byte of the database is changed.
    """
    path = folder / DATABASE
    if path.is_dir():
        raise StoreError(f"{path} is a folder, not a store; choose another folder for the store")
    _check_not_empty(path)
    with in_our_words(), _as_damage(), closing(connect_to_look(path, patience_s, by)) as db:
        _check_key(db, Vault(key))
        _check_length(path, db)
        refuse_newer(db)
        check_shape(db)
        if pages:
            check_pages(db)


def open_database(folder: Path, key: Key, patience_s: float, by: Connect = by_sqlite) -> Database:
    """The database, at the latest version. Raises StoreError."""
    db = connect(folder / DATABASE, patience_s, by)
    with ExitStack() as undo, in_our_words():
        undo.callback(db.close)
        migrate(db, Vault(key))
        undo.pop_all()
    return db


def check_pages(db: Database) -> None:
    """Raises StoreDamaged unless every page of the database hangs together."""
    found = [str(row[0]) for row in db.execute("PRAGMA quick_check(1)").fetchall()]
    if found != ["ok"]:
        raise StoreDamaged("the store is damaged; restore it from a copy, nothing was overwritten")


def _check_not_empty(path: Path) -> None:
    """SQLite forgives an empty file: it makes it a new database."""
    if path.exists() and path.stat().st_size == 0:
        raise StoreDamaged(f"{path} is empty, where a store should be; restore it from a copy")


def _check_length(path: Path, db: Database) -> None:
    """SQLite forgives a last page that was cut short: it fills it up.

    Nothing here opens the file itself: to close it again would drop the locks that SQLite holds on it for this whole
    process, and another program could then take away the log that we write to.
    """
    page_bytes = int(db.execute("PRAGMA page_size").fetchone()[0])
    if path.stat().st_size % page_bytes and not _has_log(path):
        raise StoreDamaged(f"{path} was cut short; restore it from a copy")


def _has_log(path: Path) -> bool:
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def _begin(db: Database, vault: Vault, made_utc: str) -> None:
    with transaction(db):
        sealed = vault.seal(KEY_CHECK, key_check_context(LATEST))
        db.table("store").insert({"id": 1, "key_id": vault.key_id, "key_check": sealed, "made_utc": made_utc})
        make_secrets(db, vault)


def _check_key(db: Database, vault: Vault) -> None:
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()]
    if "store" not in tables:
        refuse_newer(db)
        raise StoreDamaged("this database is not a kiosk's store; choose another folder or restore a copy")
    row = db.execute("SELECT key_id, key_check FROM store WHERE id = 1").fetchone()
    if row is None:
        raise StoreDamaged("the store has lost its own record; restore it from a copy")
    if row[0] != vault.key_id:
        raise WrongKey("this key is not the one that the store was made with; put back the right key")
    vault.open(row[1], key_check_context(version_of(db)))


@contextmanager
def _as_damage() -> Iterator[None]:
    """Raises StoreDamaged for SQL that fails while we look: the same SQL works on every store that we made."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_ERROR:
            raise
        raise StoreDamaged("the store's tables are damaged; restore it from a copy") from error
