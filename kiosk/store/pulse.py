"""Whether the store could be written right now: felt often and cheaply, before a visitor finds out."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlite_utils import Database

from kiosk.domain.errors import StoreDamaged, StoreFailing, StoreFull, StoreUnwritable
from kiosk.store.database import in_our_words, transaction

# One decision with all that follows takes less than 100 KiB of the write-ahead log.
ROOM_LEAST_BYTES = 256 * 1024
_FORBIDDEN = (errno.EROFS, errno.EACCES, errno.EPERM)


@dataclass(slots=True)
class Pulse:
    """Of one open store, on the thread that opened it."""

    path: Path
    db: Database = field(repr=False)
    _file: tuple[int, int] | None = None

    def feel(self) -> None:
        """Nothing, if a transaction could begin now; nothing is written (tens of microseconds).

        Raises StoreFull, StoreUnwritable, StoreBusy, StoreFailing, or StoreDamaged when the file was taken away or
        replaced. A disk that fails, or a damaged page, shows itself only when it is used.
        """
        with _in_our_words():
            self._look_at_file()
            self._look_at_disk()
        with in_our_words():
            self.db.execute("BEGIN IMMEDIATE")
            self.db.rollback()

    def prove(self) -> None:
        """Like `feel`, and something was really written to the disk. Raises the same, StoreFailing above all."""
        self.feel()
        with transaction(self.db):  # a row that is changed to what it is already would not be written
            self.db.execute("INSERT INTO policy (name, value) VALUES ('pulse', '')")
            self.db.execute("DELETE FROM policy WHERE name = 'pulse'")

    def _look_at_file(self) -> None:
        try:
            status = os.stat(self.path)
        except FileNotFoundError as error:
            raise StoreDamaged(f"{self.path} is gone; put it back from a copy") from error
        now = (status.st_dev, status.st_ino)
        if self._file is None:
            self._file = now
        if now != self._file:
            raise StoreDamaged(f"{self.path} was replaced while it was in use; the kiosk opens the new one")

    def _look_at_disk(self) -> None:
        disk = os.statvfs(self.path.parent)
        if disk.f_bavail * disk.f_frsize < ROOM_LEAST_BYTES:
            raise StoreFull("the disk is full, so nothing can be stored; free some space")
        # The log, never the database itself: closing that would drop SQLite's locks on it.
        with suppress(FileNotFoundError):
            os.close(os.open(self.path.with_name(f"{self.path.name}-wal"), os.O_RDWR | os.O_CLOEXEC))


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FORBIDDEN:
            raise StoreUnwritable("the store's disk can't be written any more; check the card or disk") from error
        raise StoreFailing("the disk failed while the store was in use; check the card or disk") from error
