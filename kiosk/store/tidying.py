"""That nothing of who was removed is left in the file or its log: due from the removal on, until it is done.

A row of the store says that it is due, written with the removal itself, so that neither a reader of the log, nor a full
disk, nor a power cut in between makes anybody forget it.
"""

import logging
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from kiosk.domain.errors import StoreDamaged, StoreError
from kiosk.domain.ports import Clock
from kiosk.store.database import in_our_words, transaction
from kiosk.store.pulse import ROOM_LEAST_BYTES
from kiosk.store.state import State

log = logging.getLogger(__name__)

FIRST_S, LONGEST_S = 5.0, 3600.0
SHARE = 4.0  # so many times as long as it took nobody waits for it again: many go one after another
_DUE = "tidy-due"
_COPIES = 2  # of the database: SQLite writes it beside the file first, then into the log


@dataclass(slots=True)
class Tidying:
    """Of one open store, on the thread that opened it; it remembers when it failed last, and how often in a row."""

    db: Database
    clock: Clock
    _failures: int = 0
    _not_before: float = float("-inf")

    def ask_within(self) -> None:
        """It is due from now on, inside the transaction that is open. Each time under another name, so that whoever is
        just done with what went before does not take this for done too.
        """
        State(self.db).set(_DUE, uuid.uuid4().hex)

    @property
    def not_before(self) -> float:
        """From when on `catch_up` does it, where it is due (monotonic)."""
        return self._not_before

    def is_due(self) -> bool:
        """Whether something may still stand there."""
        return self._due() is not None

    def catch_up(self) -> bool:
        """Do it if it is due, unless it failed or was done a moment ago: who writes waits while the file is written.

        Whether nothing stands there any more.
        """
        if not self.is_due():
            return True
        return self.clock.monotonic() >= self._not_before and self.now()

    def now(self) -> bool:
        """Write the file anew and empty the log, where what was removed may still stand.

        False while another connection uses them, or the disk has no room: it stays due then. Raises StoreDamaged.
        """
        began = self.clock.monotonic()
        try:
            is_done = self._is_done()
        except StoreDamaged:
            raise
        except StoreError:
            is_done = False
        if not is_done:
            self._fail()
            return False
        now = self.clock.monotonic()
        self._failures, self._not_before = 0, now + SHARE * (now - began)
        return True

    def _is_done(self) -> bool:
        """Written anew, because a row that SQLite moved to another page once may have left a copy in the room that
        became free, which `secure_delete` knows nothing of.

        The log is emptied before it too: whoever reads it would make that fail afterwards, when all is written. SQLite
        does not wait for the disk when it cuts the log off, so a power cut could bring it back; writing anything into
        the new log does wait, and what stood in the log at the second time are living rows alone.
        """
        due = self._due()
        if not self._has_room() or not self._is_emptied():
            return False
        with in_our_words():
            self.db.execute("VACUUM")
        if not self._is_emptied():
            return False
        with transaction(self.db):
            self.db.execute("DELETE FROM sync WHERE name = ? AND value = ?", [_DUE, due])
        return True

    def _due(self) -> str | None:
        with in_our_words():
            return State(self.db).get(_DUE)

    def _is_emptied(self) -> bool:
        with in_our_words():
            busy, _, _ = self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def _has_room(self) -> bool:
        with in_our_words():
            (pages,) = self.db.execute("PRAGMA page_count").fetchone()
            (size,) = self.db.execute("PRAGMA page_size").fetchone()
            (_, _, path) = self.db.execute("PRAGMA database_list").fetchone()
        disk = os.statvfs(Path(path).parent)
        return disk.f_bavail * disk.f_frsize >= _COPIES * int(pages) * int(size) + ROOM_LEAST_BYTES

    def _fail(self) -> None:
        if not self._failures:
            log.warning("what was removed may still stand, sealed, in the store's file; it is written anew later")
        self._not_before = self.clock.monotonic() + min(LONGEST_S, FIRST_S * 2.0 ** min(self._failures, 20))
        self._failures += 1
