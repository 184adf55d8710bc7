"""Backups of central: every table as it is at one moment, with the key, in one encrypted file (the age format).

The tables are lines of JSON, so a backup of SQLite can be restored into PostgreSQL and the other way round. Files of
models are not in it: they are content-addressed in the data folder, and are copied as files.
"""

import asyncio
import base64
import fcntl
import io
import json
import logging
import os
import shutil
import tarfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.age import Identity, Passphrase, Recipient, check_recipient, decrypt, encrypt
from kiosk.central.audit.service import first_break
from kiosk.central.database import Database
from kiosk.central.keeping import FILE, key_bytes
from kiosk.central.migrating import migrate, newest
from kiosk.central.schema import metadata
from kiosk.central.sync.signer import renew_epoch
from kiosk.domain.errors import BadInput, NotFound, Refused, StoreDamaged
from kiosk.vault import Key, Vault

log = logging.getLogger(__name__)

FORM = 1
UNFINISHED = ".unfinished-"
SUMMARY = "backup.json"
# What the triggers of a restored database write anew.
REMADE = frozenset({"changes", "change_order"})
ROWS_A_STEP = 1000
LINE_MOST = 20_000_000


@dataclass(frozen=True, slots=True)
class Summary:
    """What a backup holds: when it was made, of which version of the tables, and how many rows of each."""

    made_utc: str
    version: str
    rows: dict[str, int]

    @property
    def sentence(self) -> str:
        """For people."""
        return f"{self.rows.get('people', 0):,} people, {self.rows.get('templates', 0):,} templates, {self.made_utc}"


@dataclass(frozen=True, slots=True)
class Source:
    """What is backed up: a database, and the data folder with its key."""

    database: Database
    data: Path


async def back_up(source: Source, out: Path, lock: Recipient | Passphrase, now: datetime) -> Summary:
    """Write a new backup; the server may go on. Raises Refused for a file that is there already, BadInput."""
    if out.exists():
        raise Refused(f"{out} is there already and is not overwritten; choose another name.")
    if isinstance(lock, Recipient):
        check_recipient(lock)
    with _workshop(out.parent) as place:
        bundle, sealed = place / "bundle", place / "sealed"
        with tarfile.open(bundle, "x") as tar:
            _add(tar, FILE, key_bytes(source.data))
            rows = await _add_tables(tar, source.database, place)
            summary = Summary(now.isoformat(timespec="seconds"), newest(), rows)
            about = {"form": FORM, "made_utc": summary.made_utc, "version": summary.version, "rows": rows}
            _add(tar, SUMMARY, json.dumps(about).encode())
        await asyncio.to_thread(_seal, bundle, sealed, lock)  # a signal is heard meanwhile
        os.link(sealed, out)
    return summary


async def restore(file: Path, lock: Identity | Passphrase, into: Source) -> Summary:
    """Fill an empty database and data folder from a backup, and look at what came of it.

    Raises Refused where there is something already, BadInput, StoreDamaged.
    """
    if not file.is_file():
        raise NotFound(f"there is no backup at {file}.")
    into.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (into.data / FILE).exists():
        raise Refused(f"{into.data} holds a key already and is not overwritten; choose another folder.")
    await migrate(into.database)
    async with into.database.scanning() as session:
        if sum([await _count(session, table) for table in _tables()]):
            raise Refused("that database holds something already and is not overwritten; give an empty one.")
    with _workshop(into.data) as place:
        await asyncio.to_thread(decrypt, file, place / "bundle", lock)
        key, summary = await _fill(place / "bundle", into.database)
        (place / FILE).write_bytes(key)
        (place / FILE).chmod(0o600)
        os.link(place / FILE, into.data / FILE)
    return summary


def _seal(bundle: Path, sealed: Path, lock: Recipient | Passphrase) -> None:
    encrypt(bundle, sealed, lock)
    with sealed.open("rb+") as file:
        os.fsync(file.fileno())


async def _add_tables(tar: tarfile.TarFile, database: Database, place: Path) -> dict[str, int]:
    """Every table within one transaction that sees one state of the database."""
    rows = {}
    async with database.scanning() as session:
        if database.is_postgresql:
            await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        for table in _tables():
            lines, rows[table.name] = place / table.name, 0
            with lines.open("w", encoding="utf-8") as file:
                async for line in _lines(session, table):
                    file.write(line + "\n")
                    rows[table.name] += 1
            tar.add(lines, f"tables/{table.name}")
            lines.unlink()
    return rows


async def _lines(session: AsyncSession, table: Table) -> AsyncIterator[str]:
    found = await session.stream(select(table).execution_options(yield_per=ROWS_A_STEP))
    async for row in found.mappings():
        yield json.dumps({name: _plain(value) for name, value in row.items()}, ensure_ascii=False)


async def _fill(bundle: Path, database: Database) -> tuple[bytes, Summary]:
    try:
        with tarfile.open(bundle, "r:") as tar:
            about = json.loads(_content(tar, SUMMARY))
            if about["form"] != FORM or about["version"] != newest():
                raise BadInput("this backup is of another version of central; restore it with that version.")
            summary = Summary(about["made_utc"], about["version"], about["rows"])
            key = _content(tar, FILE)
            async with database.writing() as session:
                for table in _tables():
                    await _fill_table(session, table, tar)
                await _check(session, summary, key)
                await renew_epoch(session)
    except (tarfile.TarError, ValueError, KeyError, TypeError) as error:
        raise StoreDamaged("what is in this backup is not of central, or it is damaged; take another one.") from error
    return key, summary


async def _fill_table(session: AsyncSession, table: Table, tar: tarfile.TarFile) -> None:
    file = tar.extractfile(f"tables/{table.name}")
    if file is None:
        raise ValueError(table.name)
    rows: list[dict[str, Any]] = []
    while line := file.readline(LINE_MOST):
        rows.append(_row(table, json.loads(line)))
        if len(rows) == ROWS_A_STEP:
            await session.execute(insert(table), rows)
            rows.clear()
    if rows:
        await session.execute(insert(table), rows)


async def _check(session: AsyncSession, summary: Summary, key: bytes) -> None:
    """What was restored is what was backed up, and its audit trail holds."""
    for table in _tables():
        if await _count(session, table) != summary.rows.get(table.name):
            raise StoreDamaged(f"the table {table.name} of this backup is not whole; take another backup.")
    if await first_break(session, Vault(Key(key))) is not None:
        raise StoreDamaged("the audit trail in this backup does not hold; take another backup.")


def _tables() -> list[Table]:
    """Every table that is kept, those that others refer to first."""
    return [table for table in metadata().sorted_tables if table.name not in REMADE]


async def _count(session: AsyncSession, table: Table) -> int:
    return await session.scalar(select(func.count()).select_from(table)) or 0


def _plain(value: object) -> object:
    if isinstance(value, bytes | memoryview):
        return {"bytes": base64.b64encode(bytes(value)).decode()}
    return {"utc": value.isoformat()} if isinstance(value, datetime) else value


def _row(table: Table, line: dict[str, Any]) -> dict[str, Any]:
    if set(line) != {column.name for column in table.columns}:
        raise ValueError(table.name)
    return {name: _value(value) for name, value in line.items()}


def _value(value: object) -> object:
    match value:
        case {"bytes": str(content)}:
            return base64.b64decode(content)
        case {"utc": str(moment)}:
            return datetime.fromisoformat(moment)
    return value


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    tar.addfile(entry, io.BytesIO(content))


def _content(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    if file is None:
        raise ValueError(name)
    return file.read(LINE_MOST)


@contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """A folder for its owner alone, removed whatever happens; after a kill, by the next backup or restore there."""
    try:
        with _at_work(folder), TemporaryDirectory(dir=folder, prefix=UNFINISHED) as place:
            yield Path(place)
    except OSError as error:
        raise BadInput(f"{folder} can't be worked in ({error.strerror}); check its owner and free space.") from error


@contextmanager
def _at_work(folder: Path) -> Iterator[None]:
    """Others may work there too. Whoever is alone there removes what dead ones left: all tables and the key, in plain
    text.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if _locked(handle, fcntl.LOCK_EX | fcntl.LOCK_NB):
            _clear(folder)
        _locked(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def _locked(handle: int, how: int) -> bool:
    """False where somebody else is at work, or where the file system (a network's) has no locks for folders."""
    try:
        fcntl.flock(handle, how)
    except OSError:
        return False
    return True


def _clear(folder: Path) -> None:
    for place in folder.glob(f"{UNFINISHED}*"):
        try:
            shutil.rmtree(place)
        except OSError as error:
            log.warning("%s holds what a killed backup left; remove it (%s)", place, error.strerror)
