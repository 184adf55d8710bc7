"""What the kiosk remembers of its membership that is no secret: small values by name."""

from dataclasses import dataclass

from sqlite_utils import Database

SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class State:
    """Small values; everything here runs inside a transaction, or a look, that is open."""

    db: Database

    def get(self, name: str) -> str | None:
        """What is kept under that name; None if nothing is."""
        row = self.db.execute("SELECT value FROM sync WHERE name = ?", [name]).fetchone()
        return None if row is None else str(row[0])

    def set(self, name: str, value: str) -> None:
        """Keep that; what is kept already is not written again."""
        query = """INSERT INTO sync (name, value) VALUES (?, ?)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE value <> excluded.value"""
        self.db.execute(query, [name, value])

    def clear(self, *names: str) -> None:
        """Keep nothing under those names."""
        for name in names:
            self.db.execute("DELETE FROM sync WHERE name = ?", [name])
