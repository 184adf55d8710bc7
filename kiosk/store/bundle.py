"""What is inside a backup: the database, its key, and what they held when it was made, as one tar file."""

import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

from kiosk.domain.errors import BadInput, StoreDamaged
from kiosk.domain.ports import Clock
from kiosk.store import Report, Store
from kiosk.store.database import connect_to_look, in_our_words
from kiosk.store.keyfile import KEY_FILE
from kiosk.store.opening import DATABASE
from kiosk.vault import KEY_BYTES, Key

FORM = 1
PAGES_A_STEP = 500
_SUMMARY = "backup.json"
_SUMMARY_MOST = 10_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a store held when it was backed up. `chain_end` is the journal's last hash, in short."""

    made_utc: str
    schema_version: int
    people: int
    templates: int
    events: int
    passes: int
    chain_end: str
    chain_holds: bool

    @property
    def sentence(self) -> str:
        """The counts, for people."""
        return f"{self.people:,} people, {self.templates:,} templates, {self.events:,} events, {self.passes:,} passes"


def snapshot(folder: Path, key: Key, place: Path, progress: Progress) -> None:
    """Copy the store of `folder` as it is at this moment into the empty `place`; whoever uses it goes on."""
    _new_file(place / KEY_FILE, key.secret)
    _new_file(place / DATABASE, b"")
    with in_our_words(), closing(connect_to_look(folder / DATABASE, 5.0)) as source:
        source.execute("BEGIN")  # what is written meanwhile does not make the copy begin again
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        with closing(sqlite3.connect(place / DATABASE)) as copy:
            source.conn.backup(copy, pages=PAGES_A_STEP, progress=lambda _, left, all_: progress(all_ - left, all_))
        source.rollback()


def summary_of(place: Path, clock: Clock, made_utc: str) -> Summary:
    """What the store in `place` holds, after a look at all of it. Raises StoreDamaged unless it is sound."""
    with Store.open(place, clock, environ={}) as store:
        report: Report = store.doctor()
    if not report.sound:
        raise StoreDamaged("the store is damaged, so that a backup of it would be; see kiosk doctor")
    return Summary(
        made_utc,
        report.schema_version,
        report.people,
        report.templates,
        report.events,
        report.passes,
        report.chain.end,
        report.chain.holds,
    )


def pack(place: Path, summary: Summary, bundle: Path) -> None:
    """Write the store in `place` and what it holds into one file."""
    with tarfile.open(bundle, "x") as tar:
        about = json.dumps({"form": FORM, **asdict(summary)}).encode()
        _add(tar, _SUMMARY, BytesIO(about), len(about))
        for name in (KEY_FILE, DATABASE):
            with (place / name).open("rb") as file:
                _add(tar, name, file, (place / name).stat().st_size)


def unpack(bundle: Path, place: Path) -> Summary:
    """Write what is in the bundle into the empty `place`; returns what it should hold. Raises StoreDamaged."""
    try:
        with tarfile.open(bundle, "r:") as tar:
            summary = _summary(_next(tar, _SUMMARY, _SUMMARY_MOST))
            _keep(_next(tar, KEY_FILE, KEY_BYTES), place / KEY_FILE)
            _keep(_next(tar, DATABASE, None), place / DATABASE)
    except (tarfile.TarError, ValueError, TypeError, KeyError) as error:
        raise StoreDamaged("what is in this backup is no kiosk's store, or it is damaged; take another one") from error
    return summary


def _add(tar: tarfile.TarFile, name: str, file: IO[bytes], size: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    tar.addfile(entry, file)


def _next(tar: tarfile.TarFile, name: str, most: int | None) -> IO[bytes]:
    entry = tar.next()
    if entry is None or entry.name != name or not entry.isreg() or (most is not None and entry.size > most):
        raise ValueError(name)
    file = tar.extractfile(entry)
    if file is None:
        raise ValueError(name)
    return file


def _summary(file: IO[bytes]) -> Summary:
    fields = json.loads(file.read(_SUMMARY_MOST))
    if fields.pop("form") != FORM:
        raise BadInput("this backup was made by a newer version of the kiosk; install that version or a later one")
    return Summary(**fields)


def _keep(file: IO[bytes], path: Path) -> None:
    _new_file(path, b"")
    with path.open("wb") as out:
        shutil.copyfileobj(file, out, 1 << 20)
        out.flush()
        os.fsync(out.fileno())


def _new_file(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
