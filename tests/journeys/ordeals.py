"""Everything that may go wrong beneath a kiosk: how it is brought about, what the screen must say, how it ends.

A cause begins when its context is entered and ends when it is left. `scripts/torture --faults` takes the times.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.screens.events import Fault, PartName
from tests.fakes.camera import Break
from tests.fakes.disk import Card, SmallDisk, break_writing, card, mend_writing, small_disk
from tests.journeys.rig import Bystander

LOCKED = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""
# A copy is made first. Then something is written, so that nobody's memory of the pages is good any more.
DAMAGED = """
import os, sqlite3, sys
path, copy = sys.argv[1:]
db, out = sqlite3.connect(path, isolation_level=None), sqlite3.connect(copy)
db.backup(out)
out.execute("PRAGMA journal_mode = WAL").fetchone()
out.close()
db.execute("INSERT INTO policy (name, value) VALUES ('x', '')")
db.execute("DELETE FROM policy WHERE name = 'x'")
db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
with open(path, "r+b") as file:
    file.seek(100)
    rest = file.read()
    file.seek(100)
    file.write(bytes(byte ^ 0x5A for byte in rest))
    os.fsync(file.fileno())
os._exit(0)
"""
FLIPPED = 0x5A


@dataclass
class Place:
    """Where it happens: the disk under the store, the store's folder, and the kiosk once it runs."""

    disk: Any
    store: Path
    bystander: Bystander | None = None

    @property
    def database(self) -> Path:
        return self.store / "kiosk.db"


@dataclass(frozen=True)
class Ordeal:
    """One fault. `at_start`: the kiosk is opened while the cause is there."""

    name: str
    part: PartName
    fault: Fault
    says: str
    cause: Callable[[Place], AbstractContextManager[None]]
    disk: Callable[[Path], AbstractContextManager[object]] = nullcontext
    at_start: bool = False


def _camera(fault: Break) -> Callable[[Place], AbstractContextManager[None]]:
    @contextmanager
    def cause(place: Place) -> Iterator[None]:
        assert place.bystander is not None
        place.bystander.device.break_by(fault)
        try:
            yield
        finally:
            place.bystander.device.mend()

    return cause


@contextmanager
def _full(place: Place) -> Iterator[None]:
    disk: SmallDisk = place.disk
    disk.fill()
    yield
    disk.free()


@contextmanager
def _read_only(place: Place) -> Iterator[None]:
    slot: Card = place.disk
    slot.turn_read_only()
    yield
    slot.repair()


@contextmanager
def _failing(_: Place) -> Iterator[None]:
    break_writing()
    try:
        yield
    finally:
        mend_writing()


@contextmanager
def _locked(place: Place) -> Iterator[None]:
    """By another process, as somebody's tool would."""
    command = [sys.executable, "-c", LOCKED, str(place.database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None and other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        yield
        other.stdin.close()


@contextmanager
def _damaged(place: Place) -> Iterator[None]:
    """Every page of the real file, by another process; at the end a copy made before is put in its place."""
    copy = place.store.parent / "copy.db"
    subprocess.run([sys.executable, "-c", DAMAGED, str(place.database), str(copy)], check=True)
    yield
    for leftover in place.store.glob("kiosk.db-*"):
        leftover.unlink(missing_ok=True)
    copy.replace(place.database)


@contextmanager
def _without_key(place: Place) -> Iterator[None]:
    key = place.store / "key"
    key.rename(place.store.parent / "key-kept")
    yield
    (place.store.parent / "key-kept").rename(key)


@contextmanager
def _wrong_key(place: Place) -> Iterator[None]:
    key = place.store / "key"
    right = key.read_bytes()
    key.write_bytes(bytes(byte ^ FLIPPED for byte in right))
    yield
    key.write_bytes(right)


CAMERA, STORE = PartName.CAMERA, PartName.STORE

ORDEALS = (
    Ordeal("camera unplugged", CAMERA, Fault.GONE, "camera is not answering", _camera(Break.UNPLUGGED)),
    Ordeal("camera hangs", CAMERA, Fault.GONE, "camera is not answering", _camera(Break.STALLED)),
    Ordeal("camera frozen", CAMERA, Fault.FROZEN, "picture stands still", _camera(Break.FROZEN)),
    Ordeal("camera black", CAMERA, Fault.BLIND, "camera sees nothing", _camera(Break.BLACK)),
    Ordeal("camera saturated", CAMERA, Fault.BLIND, "camera sees nothing", _camera(Break.WHITE)),
    Ordeal("frames of a wrong size", CAMERA, Fault.GONE, "camera is not answering", _camera(Break.RATIO)),
    Ordeal("frames of a wrong stride", CAMERA, Fault.GONE, "camera is not answering", _camera(Break.STRIDE)),
    Ordeal("timestamps backwards", CAMERA, Fault.GONE, "camera is not answering", _camera(Break.BACKWARDS)),
    Ordeal("camera part crashing in a loop", CAMERA, Fault.DEFECT, "camera is not answering", _camera(Break.CRASHING)),
    Ordeal("disk full", STORE, Fault.FULL, "memory is full", _full, disk=small_disk),
    Ordeal("disk read-only", STORE, Fault.UNWRITABLE, "can't write its memory", _read_only, disk=card),
    Ordeal("disk answers EIO", STORE, Fault.FAILING, "memory is failing", _failing),
    Ordeal("store locked by another process", STORE, Fault.BUSY, "memory is in use", _locked),
    Ordeal("page damaged while running", STORE, Fault.DAMAGED, "memory is damaged", _damaged),
    Ordeal("page damaged at the start", STORE, Fault.DAMAGED, "memory is damaged", _damaged, at_start=True),
    Ordeal(
        "key missing at the start",
        STORE,
        Fault.WRONG_KEY,
        "key of the store is missing or wrong",
        _without_key,
        at_start=True,
    ),
    Ordeal(
        "wrong key at the start",
        STORE,
        Fault.WRONG_KEY,
        "key of the store is missing or wrong",
        _wrong_key,
        at_start=True,
    ),
)
