"""The tables, as the steps that lead to them: a step is one function and one transaction, with its record.

A step that was shipped is never edited.
"""

from contextlib import closing
from functools import cache

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from kiosk.domain.errors import StoreDamaged, StoreTooNew
from kiosk.store.chain import Chain
from kiosk.store.m004 import m004_sync
from kiosk.store.m005 import m005_merged
from kiosk.vault import KEY_BYTES, Context, Key, Vault, What

_FIRST = """
CREATE TABLE store (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    key_id TEXT NOT NULL,
    key_check BLOB NOT NULL,
    made_utc TEXT NOT NULL
) STRICT;

CREATE TABLE secrets (
    name TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT;

CREATE TABLE staff (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    pin BLOB NOT NULL,
    failures INTEGER NOT NULL,
    wait_s REAL NOT NULL,
    failed_at REAL NOT NULL
) STRICT;

CREATE TABLE people (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name BLOB NOT NULL,
    enrolled_utc TEXT NOT NULL
) STRICT;

CREATE TABLE consents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    text_version TEXT NOT NULL,
    language TEXT NOT NULL,
    given_utc TEXT NOT NULL,
    channel TEXT NOT NULL
) STRICT;
CREATE INDEX consents_by_person ON consents (person);

CREATE TABLE templates (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    vector BLOB NOT NULL,
    samples INTEGER NOT NULL CHECK (samples > 0),
    made_utc TEXT NOT NULL
) STRICT;
CREATE INDEX templates_by_person ON templates (person);
CREATE INDEX templates_by_model ON templates (model);

CREATE TABLE passes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    site TEXT NOT NULL,
    not_before_utc TEXT NOT NULL,
    expires_utc TEXT NOT NULL,
    revoked_utc TEXT
) STRICT;
CREATE INDEX passes_by_person ON passes (person);

-- The journal: no reference to people, since an event outlives the person it was about.
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    at_utc TEXT NOT NULL,
    kind TEXT NOT NULL,
    outcome TEXT,
    reason TEXT,
    person TEXT,
    pass_id TEXT,
    similarity REAL,
    threshold REAL,
    latency_ms REAL
) STRICT;
CREATE INDEX events_by_time ON events (at_utc);

CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TRIGGER events_are_never_removed BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

-- INSERT OR REPLACE removes the old row without asking the trigger above, unless recursive triggers are on.
CREATE TRIGGER events_are_never_replaced BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE seq = NEW.seq OR id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
"""


def m001_first(db: Database) -> None:
    """People, consents, templates, passes, staff, secrets, and the journal."""
    db.executescript(_FIRST)
    db.execute("PRAGMA user_version = 1")


_TRUST = """
-- The small picture of a person, sealed, where their consent says that it is kept.
CREATE TABLE chips (
    person TEXT PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    sealed BLOB NOT NULL
) STRICT;

-- Faces that staff said are not that person, sealed.
CREATE TABLE negatives (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    vector BLOB NOT NULL,
    made_utc TEXT NOT NULL
) STRICT;
CREATE INDEX negatives_by_person ON negatives (person);
CREATE INDEX negatives_by_model ON negatives (model);

ALTER TABLE passes ADD COLUMN single_use INTEGER NOT NULL DEFAULT 0;

-- Passes by a keyed digest of their id, so that a carried one can't be traced to its bearer; kept until they expire.
CREATE TABLE withdrawn (
    digest TEXT PRIMARY KEY,
    until_utc TEXT NOT NULL
) STRICT;
CREATE TABLE spent (
    digest TEXT PRIMARY KEY,
    until_utc TEXT NOT NULL
) STRICT;

-- Failed tries: of 'pin', or of a claimed identity by a keyed digest of its subject.
CREATE TABLE tries (
    subject TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    wait_s REAL NOT NULL,
    failed_at REAL NOT NULL
) STRICT;
INSERT INTO tries (subject, failures, wait_s, failed_at) SELECT 'pin', failures, wait_s, failed_at FROM staff;
ALTER TABLE staff DROP COLUMN failures;
ALTER TABLE staff DROP COLUMN wait_s;
ALTER TABLE staff DROP COLUMN failed_at;

-- What staff chose on the screen, in place of the settings file's defaults.
CREATE TABLE policy (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- The latest time that the kiosk was sure of.
CREATE TABLE seen (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    utc TEXT NOT NULL
) STRICT;
"""


def m002_trust(db: Database) -> None:
    """Pictures, negatives, single use and withdrawal of passes, tries of any subject, choices, the time seen."""
    db.executescript(_TRUST)
    db.execute("PRAGMA user_version = 2")


_CHAIN = """
-- The keyed hash of an event and all before it, and the chain's sealed end.
ALTER TABLE events ADD COLUMN mark BLOB;
CREATE TABLE chain (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    head BLOB NOT NULL
) STRICT;
DROP TRIGGER events_are_never_changed;
"""

_NEVER_CHANGED = """
CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
"""


def m003_chain(db: Database, vault: Vault) -> None:
    """The chain of events, begun over those that are there.

    The store's key check says from now on that there is a chain: a store that is made to look like one of before,
    so that this step would chain a journal that was tampered with, is told by it.
    """
    db.executescript(_CHAIN)
    Chain(db, vault).begin()
    db.executescript(_NEVER_CHANGED)
    db.execute("UPDATE store SET key_check = ?", [vault.seal(KEY_CHECK, key_check_context(CHAINED))])
    db.execute("PRAGMA user_version = 3")


LATEST = 5
CHAINED = 3
KEY_CHECK = b"this key opens this store"


def key_check_context(version: int) -> Context:
    """What the key check of a store at that version is sealed as."""
    return Context(What.KEY_CHECK, name="chained" if version >= CHAINED else "")


def steps(vault: Vault) -> Migrations:
    """All steps, with the vault of the store that they lead to the latest version."""

    def m003(db: Database) -> None:
        m003_chain(db, vault)

    found = Migrations("kiosk")
    found(name="m001_first")(m001_first)
    found(name="m002_trust")(m002_trust)
    found(name="m003_chain")(m003)
    found(name="m004_sync")(m004_sync)
    found(name="m005_merged")(m005_merged)
    return found


def _for_nothing() -> Migrations:
    """The steps for a database that is thrown away, or only asked which steps it has behind it."""
    return steps(Vault(Key(bytes(KEY_BYTES))))


_SHAPE = """
SELECT thing.type, thing.name, part.name, part.type, part."notnull", part.pk, iif(thing.type = 'trigger', thing.sql, '')
FROM sqlite_master AS thing LEFT JOIN pragma_table_info(thing.name) AS part ON thing.type = 'table'
WHERE thing.name NOT LIKE '%sqlite%'
"""


def version_of(db: Database) -> int:
    """How many migrations made that database; 0 for an empty one."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)


def refuse_newer(db: Database) -> None:
    """Raises StoreTooNew for a database with migrations that this version does not know."""
    ours = _for_nothing()
    known = len(ours.applied(db)) + len(ours.pending(db))
    if version_of(db) > LATEST or known > LATEST:
        raise StoreTooNew("this store was written by a newer version of the kiosk; install that version or a later one")


def check_shape(db: Database) -> None:
    """Raises StoreDamaged unless the tables and triggers of a database at the latest version are what we made.

    SQLite keeps them as text in the file: a flipped bit there can rename a column, or take a trigger away.
    """
    if version_of(db) != LATEST:
        return
    if _our_shape() - _shape(db):
        raise StoreDamaged("the tables of the store are damaged; restore it from a copy, nothing was overwritten")


def migrate(db: Database, vault: Vault) -> None:
    """Bring the database to the latest version, a transaction a step. Raises StoreTooNew."""
    refuse_newer(db)
    if version_of(db) < LATEST:
        steps(vault).apply(db)


@cache
def _our_shape() -> frozenset[tuple[object, ...]]:
    """What a database at the latest version has; always the same, so worked out once."""
    with closing(Database(memory=True, execute_plugins=False)) as fresh:
        _for_nothing().apply(fresh)
        return _shape(fresh)


def _shape(db: Database) -> frozenset[tuple[object, ...]]:
    return frozenset(db.execute(_SHAPE).fetchall())
