"""What this kiosk is the author of, told to central again: once central was restored, or the kiosk is at its site."""

from collections.abc import Sequence

from sqlite_utils import Database

from kiosk.domain.ids import new_id
from kiosk.domain.ports import Clock
from kiosk.wire.pushed import Kind

_AUTHORED = {
    Kind.ERASURE: """SELECT person, erased_utc FROM tombstones AS it
        WHERE NOT merged AND NOT EXISTS (SELECT 1 FROM outbox WHERE subject = it.person AND kind = ?)""",
    Kind.PERSON: """SELECT id, enrolled_utc FROM people AS it
        WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE subject = it.id AND kind = ?) AND (origin = 'here'
        OR EXISTS (SELECT 1 FROM templates WHERE person = it.id AND origin = 'here')) ORDER BY seq""",
    Kind.PASS: """SELECT id, not_before_utc FROM passes AS it WHERE origin = 'here'
        AND site = (SELECT value FROM sync WHERE name = 'site')
        AND NOT EXISTS (SELECT 1 FROM outbox WHERE subject = it.id AND kind = ?) ORDER BY seq""",
    Kind.REVOCATION: """SELECT id, revoked_utc FROM passes AS it WHERE revoked_utc IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM outbox WHERE subject = it.id AND kind = ?) ORDER BY seq""",
    Kind.SPENT: """SELECT id, coalesce(revoked_utc, not_before_utc) FROM passes AS it WHERE used
        AND NOT EXISTS (SELECT 1 FROM outbox WHERE subject = it.id AND kind = ?) ORDER BY seq""",
}
EVERYTHING = tuple(_AUTHORED)
OF_PASSES = (Kind.PASS, Kind.REVOCATION, Kind.SPENT)
# Each may need those before it.
_ORDER = (
    Kind.PASS_KEY,
    Kind.ERASURE,
    Kind.PERSON,
    Kind.EDIT,
    Kind.PASS,
    Kind.REVOCATION,
    Kind.SPENT,
    Kind.RECEIPT,
    Kind.MODEL,
    Kind.EVENT,
)


def tell_again(db: Database, clock: Clock, kinds: Sequence[Kind]) -> None:
    """Rows of these kinds, of what has none, inside the transaction that is open."""
    now = clock.utc()
    for kind in kinds:
        found = db.execute(_AUTHORED[kind], [kind.value]).fetchall()
        insert_rows(db, [(new_id(now), kind.value, one, made) for one, made in found])


def insert_rows(db: Database, rows: Sequence[tuple[str, str, str, str]]) -> None:
    """Rows of the outbox: id, kind, subject, when it was made."""
    db.conn.executemany("INSERT INTO outbox (id, kind, subject, made_utc) VALUES (?, ?, ?, ?)", rows)


def put_in_order(db: Database) -> None:
    """What waited already may need what was just written: nobody can use up a pass that central does not have."""
    query = "SELECT id, kind, subject, made_utc, body FROM outbox WHERE state = 'waiting' ORDER BY seq"
    rows = sorted(db.execute(query).fetchall(), key=lambda row: _ORDER.index(row[1]))
    db.execute("DELETE FROM outbox WHERE state = 'waiting'")
    db.conn.executemany("INSERT INTO outbox (id, kind, subject, made_utc, body) VALUES (?, ?, ?, ?, ?)", rows)
