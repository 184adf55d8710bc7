"""The fifth step: who was merged into somebody else is told from who was erased."""

from sqlite_utils import Database

_MERGED = """
-- Found at central to be somebody else: gone from here, and erased by nobody.
ALTER TABLE tombstones ADD COLUMN merged INTEGER NOT NULL DEFAULT 0;
"""


def m005_merged(db: Database) -> None:
    """Whether the person of a tombstone lives on as somebody else."""
    db.executescript(_MERGED)
    db.execute("PRAGMA user_version = 5")
