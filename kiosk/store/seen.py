"""The time that the kiosk can be sure of: the system's clock, held against the latest time it was sure of before."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from kiosk.domain.ports import Clock
from kiosk.domain.reckoning import Reckoning, reckon
from kiosk.store.database import in_our_words
from kiosk.store.dates import from_text, to_text

NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """The latest time known for sure, kept in the store; it moves with every event that is recorded without doubt."""

    db: Database
    clock: Clock

    def reckon(self) -> Reckoning:
        """What time it is, and whether that is sure. Raises StoreError."""
        with in_our_words():
            return reckon(self.clock.utc(), self.latest())

    def latest(self) -> datetime | None:
        """The latest time known for sure; None in a new store."""
        row = self.db.execute("SELECT utc FROM seen WHERE id = 1").fetchone()
        return None if row is None else from_text(row[0])

    def notice(self) -> None:
        """Move on to the present time where there is no doubt, inside the transaction that is open."""
        before = self.latest()
        now = reckon(self.clock.utc(), before)
        if now.doubt is None and (before is None or now.utc >= before + NOTED_EVERY):
            self.set(now.utc)

    def set(self, utc: datetime) -> None:
        """Take that for the latest sure time, even if it is earlier, inside the transaction that is open."""
        self.db.execute("INSERT OR REPLACE INTO seen (id, utc) VALUES (1, ?)", [to_text(utc)])
