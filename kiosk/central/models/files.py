"""Where the files of models are: `models/<sha256>.tflite` in the data folder, complete or not there at all."""

import asyncio
import contextlib
import hashlib
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from kiosk.central.errors import Missing, Unavailable
from kiosk.central.house import House

STEP = 1 << 20
INCOMING, LABELLED, EXPORTED = ".incoming-", ".labelled-", ".export-"
LEFT_AFTER_S = 12 * 3600  # longer than anything may take that another server may be at


@dataclass(frozen=True, slots=True)
class Part:
    """A file on its way: complete and on disk, but under no name that anybody looks for."""

    path: Path
    sha256: str
    size: int


def folder_of(house: House) -> Path:
    """Where they are."""
    return house.settings.data / "models"


def path_of(house: House, sha256: str) -> Path:
    """Where the file of that content is. Raises Missing."""
    path = folder_of(house) / f"{sha256}.tflite"
    if not path.is_file():
        raise Missing("The file of that model is not on this server; restore its data folder.")
    return path


@asynccontextmanager
async def incoming(house: House, source: BinaryIO) -> AsyncIterator[Part]:
    """The content of `source` as a part, hashed while it is written; gone after the block unless it was kept."""
    folder = folder_of(house)
    part = await asyncio.to_thread(_written, folder, source)
    try:
        yield part
    finally:
        part.path.unlink(missing_ok=True)


def sweep(data: Path, shelf: Path, now: datetime) -> None:
    """Remove what a server that was stopped in the middle left lying: half a model, somebody's photographs, and on the
    shelf half an export. What was written to lately is of one that is at it.
    """
    left = [*data.glob(f"{LABELLED}*"), *(data / "models").glob(f"{INCOMING}*"), *shelf.glob(f"{EXPORTED}*")]
    for path in left:
        with contextlib.suppress(OSError):  # another server may be faster
            if now.timestamp() - _written_at(path) < LEFT_AFTER_S:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def _written_at(path: Path) -> float:
    """When something of it was last written to."""
    return max(one.stat().st_mtime for one in (path, *path.glob("*")))


def keep(part: Part) -> None:
    """Give the part its name, for good; the same content twice is one file."""
    folder = part.path.parent
    os.replace(part.path, folder / f"{part.sha256}.tflite")
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _written(folder: Path, source: BinaryIO) -> Part:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    with NamedTemporaryFile(dir=folder, prefix=INCOMING, suffix=".tflite", delete=False) as file:
        path = Path(file.name)
        try:
            while chunk := source.read(STEP):
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        except OSError as error:
            path.unlink(missing_ok=True)
            raise Unavailable("The file can't be kept; see to it that there is room in the data folder.") from error
    return Part(path, digest.hexdigest(), size)
