"""The fourth step of the tables: what sync needs. It touches no event, so that the journal's chain stays what it is."""

from sqlite_utils import Database

_PEOPLE = """
-- version: central's, 0 until it told of somebody; confirmed: central took them in; extra: its rules for them, sealed;
-- told_name: the name central has while an edit of ours waits; generation: the last reset that named them.
ALTER TABLE people ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE people ADD COLUMN origin TEXT NOT NULL DEFAULT 'here';
ALTER TABLE people ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE people ADD COLUMN extra BLOB;
ALTER TABLE people ADD COLUMN told_name BLOB;
ALTER TABLE people ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE templates ADD COLUMN origin TEXT NOT NULL DEFAULT 'here';
"""

_PASSES = """
-- A pass of central's may come before the person whom it is for, so passes refer to nobody; they go with their person.
CREATE TABLE passes_anew (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    person TEXT NOT NULL,
    site TEXT NOT NULL,
    not_before_utc TEXT NOT NULL,
    expires_utc TEXT NOT NULL,
    revoked_utc TEXT,
    single_use INTEGER NOT NULL DEFAULT 0,
    used INTEGER NOT NULL DEFAULT 0,
    origin TEXT NOT NULL DEFAULT 'here',
    key_id TEXT NOT NULL DEFAULT '',
    told INTEGER NOT NULL DEFAULT 0,
    generation INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO passes_anew (seq, id, person, site, not_before_utc, expires_utc, revoked_utc, single_use)
    SELECT seq, id, person, site, not_before_utc, expires_utc, revoked_utc, single_use FROM passes ORDER BY seq;
DROP TABLE passes;
ALTER TABLE passes_anew RENAME TO passes;
CREATE INDEX passes_by_person ON passes (person);
CREATE TRIGGER passes_go_with_their_person AFTER DELETE ON people
BEGIN DELETE FROM passes WHERE person = OLD.id; END;
"""

_SYNC = """
-- What this kiosk has to tell central: a reference each; `body` holds only what stands nowhere else, never a name.
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL DEFAULT '{}',
    made_utc TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'dead')),
    reason TEXT NOT NULL DEFAULT '',
    settled_utc TEXT
) STRICT;
CREATE INDEX outbox_by_state ON outbox (state, seq);
CREATE INDEX outbox_by_subject ON outbox (subject, kind);

-- Everything of the membership that is no secret: url, cursor, last contact, the reset that is going on.
CREATE TABLE sync (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
CREATE TABLE counters (
    lane TEXT PRIMARY KEY,
    next INTEGER NOT NULL
) STRICT;

-- Ids of erased people, so that no old page or copy brings anybody back.
CREATE TABLE tombstones (
    person TEXT PRIMARY KEY,
    erased_utc TEXT NOT NULL
) STRICT;

-- Gone from the tables, and perhaps not yet from the log: their receipts wait until it is emptied.
CREATE TABLE gone_pending (
    person TEXT PRIMARY KEY
) STRICT;

-- What central told besides people and passes: policy, due model, notices by language, each as JSON.
CREATE TABLE told (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    generation INTEGER NOT NULL
) STRICT;
CREATE TABLE known_keys (
    id TEXT PRIMARY KEY,
    public BLOB NOT NULL,
    dropped_utc TEXT,
    generation INTEGER NOT NULL
) STRICT;
"""


def m004_sync(db: Database) -> None:
    """The outbox, the inbox, tombstones, and what central says of people and passes."""
    for script in (_PEOPLE, _PASSES, _SYNC):
        db.executescript(script)
    db.execute("PRAGMA user_version = 4")
