"""Passes that are used up or withdrawn, each known by a keyed digest of its id until it would have expired anyway."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from kiosk.store.dates import from_text, to_text
from kiosk.vault import Vault

KEPT_LONGER = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Spending:
    """Two lists in the store. Everything here runs inside a transaction, or a look, that is open."""

    db: Database
    vault: Vault

    def spend(self, pass_id: str, until_utc: datetime) -> bool:
        """Use that pass up; False if it was before."""
        return self._add("spent", pass_id, until_utc)

    def is_spent(self, pass_id: str) -> bool:
        """Whether that pass let somebody in already."""
        return self._has("spent", pass_id)

    def withdraw(self, pass_id: str, until_utc: datetime) -> bool:
        """Make that pass worthless; False if it was before."""
        return self._add("withdrawn", pass_id, until_utc)

    def is_withdrawn(self, pass_id: str) -> bool:
        """Whether that pass was withdrawn."""
        return self._has("withdrawn", pass_id)

    def _add(self, table: str, pass_id: str, until_utc: datetime) -> bool:
        self._tidy(table)
        query = f"INSERT OR IGNORE INTO {table} (digest, until_utc) VALUES (?, ?)"  # noqa: S608 - a name of ours
        return self.db.execute(query, [self._digest(pass_id), to_text(until_utc)]).rowcount == 1

    def _has(self, table: str, pass_id: str) -> bool:
        query = f"SELECT EXISTS (SELECT 1 FROM {table} WHERE digest = ?)"  # noqa: S608 - a name of ours
        return bool(self.db.execute(query, [self._digest(pass_id)]).fetchone()[0])

    def _tidy(self, table: str) -> None:
        """Forget passes that expired days before the latest time that was sure: by no clock are they good again."""
        row = self.db.execute("SELECT utc FROM seen WHERE id = 1").fetchone()
        if row is None:
            return
        before = to_text(from_text(row[0]) - KEPT_LONGER)
        self.db.execute(f"DELETE FROM {table} WHERE until_utc < ?", [before])  # noqa: S608 - a name of ours

    def _digest(self, pass_id: str) -> str:
        return self.vault.digest("passes", pass_id)
