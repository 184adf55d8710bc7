"""Archives on their way here: kept in a folder, grown piece by piece, so that a lost connection costs little."""

import asyncio
import contextlib
import fcntl
import math
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.errors import Conflict, Missing, TooLarge, Unavailable
from kiosk.central.jobs.messages import UploadOut
from kiosk.central.jobs.tables import UploadRow
from kiosk.central.people.service import Doer
from kiosk.central.settings import Settings
from kiosk.domain.ids import new_id

GB = 1_000_000_000
SPARE = 1 * GB
PIECE = 1_000_000
NO_ROOM = "There is no room for that archive on the server's disk now; what came before stays. Tell whoever runs it."
GONE = "There is no such upload; it may have been used up, or was too old. Begin again."


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where archives are kept until a job has used them. Their names there are ids of ours."""

    folder: Path
    most: int

    @staticmethod
    def of(settings: Settings) -> "Shelf":
        """As the settings have it."""
        folder = settings.uploads.folder
        most = round(settings.uploads.archive_gb * GB)
        return Shelf(settings.data / "uploads" if folder is None else folder.expanduser(), most)

    async def begin(self, session: AsyncSession, size: int, doer: Doer) -> UploadRow:
        """Room for an archive of that size. Raises TooLarge, Unavailable where the disk has not that much."""
        if size > self.most:
            raise TooLarge(f"An archive may have {self.most / GB:g} GB at most; split it.")
        self._make()
        if shutil.disk_usage(self.folder).free < size + SPARE:
            raise Unavailable(NO_ROOM)
        row = UploadRow(id=new_id(doer.at_utc), size=size, made_by=doer.user, made_utc=doer.at_utc)
        session.add(row)
        try:
            os.close(os.open(self.path(row.id), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as error:
            raise Unavailable(NO_ROOM) from error
        return row

    async def find(self, session: AsyncSession, upload: str) -> UploadRow:
        """Raises Missing."""
        row = await session.get(UploadRow, upload)
        if row is None or not self.path(upload).exists():
            raise Missing(GONE)
        return row

    def shown(self, row: UploadRow) -> UploadOut:
        """How much of it is there. Raises Missing."""
        try:
            return UploadOut(id=row.id, size=row.size, offset=self.path(row.id).stat().st_size)
        except FileNotFoundError as error:
            raise Missing(GONE) from error

    async def append(self, row: UploadRow, offset: int, pieces: AsyncIterator[bytes]) -> UploadOut:
        """Take what comes, as far as it goes. Raises Conflict where that is not where it goes on, TooLarge."""
        try:
            descriptor = os.open(self.path(row.id), os.O_WRONLY | os.O_APPEND)
        except FileNotFoundError as error:
            raise Missing(GONE) from error
        except OSError as error:
            raise Unavailable(NO_ROOM) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            there = os.fstat(descriptor).st_size
            if there != offset:
                raise Conflict(f"{there} bytes of that upload are here; go on from there.")
            await self._taken(descriptor, row.size - there, pieces)
            await asyncio.to_thread(os.fsync, descriptor)
        except BlockingIOError as error:
            raise Conflict("Somebody is sending that upload just now.") from error
        except OSError as error:
            raise Unavailable(NO_ROOM) from error
        finally:
            with contextlib.suppress(OSError):  # what came before a lost connection is to stay too
                await asyncio.to_thread(os.fsync, descriptor)
            os.close(descriptor)
        return self.shown(row)

    async def drop(self, session: AsyncSession, upload: str) -> None:
        """Remove an archive; nothing where there is none."""
        await self.strike(session, upload)
        self.path(upload).unlink(missing_ok=True)

    async def strike(self, session: AsyncSession, upload: str) -> None:
        """Let nobody find an archive, whose file goes when that is durable: until then a job may need it again."""
        await session.execute(delete(UploadRow).where(UploadRow.id == upload))

    async def strays(self, session: AsyncSession, before: datetime) -> list[Path]:
        """Files of archives that nobody finds any more and that were last written to before that."""
        files = {path.stem: path for path in self.folder.glob("*.zip") if _written_at(path) < before.timestamp()}
        known = set((await session.scalars(select(UploadRow.id))).all()) if files else set()
        return [path for upload, path in files.items() if upload not in known]

    def path(self, upload: str) -> Path:
        """Where it is. Ids come from the database, never from whoever asks."""
        return self.folder / f"{upload}.zip"

    def export(self, job: str) -> Path:
        """Where the file of an export is."""
        return self.folder / f"{job}.age"

    def drop_export(self, job: str) -> bool:
        """Remove the file of an export; whether there was one."""
        there = self.export(job).exists()
        self.export(job).unlink(missing_ok=True)
        return there

    def _make(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise Unavailable(NO_ROOM) from error

    async def _taken(self, descriptor: int, room: int, pieces: AsyncIterator[bytes]) -> None:
        waiting = bytearray()
        async for piece in pieces:
            room -= len(piece)
            if room < 0:
                raise TooLarge("That is more than was announced.")
            waiting += piece
            if len(waiting) >= PIECE:
                await asyncio.to_thread(_written, descriptor, bytes(waiting))
                waiting.clear()
        await asyncio.to_thread(_written, descriptor, bytes(waiting))


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # gone meanwhile
        return math.inf


def _written(descriptor: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]
