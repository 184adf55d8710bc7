"""The passes that were issued, so that one can be withdrawn."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from kiosk.domain.errors import NotFound, Refused
from kiosk.domain.people import Pass
from kiosk.store.database import in_our_words, transaction
from kiosk.store.dates import from_text, to_text

_COLUMNS = "SELECT id, person, site, not_before_utc, expires_utc, revoked_utc FROM passes"
_KNOWN = "SELECT EXISTS (SELECT 1 FROM people WHERE id = ?)"


@dataclass(frozen=True, slots=True)
class StoredPasses:
    """`Passes` in the store; one thread uses it."""

    db: Database

    def keep(self, issued: Pass) -> None:
        """Remember a pass before it is shown, durable on return.

        Raises NotFound for an unknown person, Refused for a pass that is known already.
        """
        try:
            with transaction(self.db):
                if not self.db.execute(_KNOWN, [issued.person]).fetchone()[0]:
                    raise NotFound("nobody with that id is enrolled, so no pass was issued")
                self.db.table("passes").insert(_row(issued))
        except sqlite3.IntegrityError as error:
            raise Refused("a pass with that id was issued already; issue a new one") from error

    def pass_of(self, pass_id: str) -> Pass:
        """The pass of that id. Raises NotFound."""
        with in_our_words():
            row = self.db.execute(f"{_COLUMNS} WHERE id = ?", [pass_id]).fetchone()
        if row is None:
            raise _not_found()
        return _pass(row)

    def passes_of(self, person: str) -> Sequence[Pass]:
        """A person's passes, newest first."""
        with in_our_words():
            rows = self.db.execute(f"{_COLUMNS} WHERE person = ? ORDER BY seq DESC", [person]).fetchall()
        return tuple(_pass(row) for row in rows)

    def revoke(self, pass_id: str, at_utc: datetime) -> None:
        """Make a pass worthless; one that is already revoked keeps its first date. Raises NotFound."""
        with transaction(self.db):
            query = "UPDATE passes SET revoked_utc = coalesce(revoked_utc, ?) WHERE id = ?"
            if self.db.execute(query, [to_text(at_utc), pass_id]).rowcount == 0:
                raise _not_found()


def _row(issued: Pass) -> dict[str, str | None]:
    return {
        "id": issued.id,
        "person": issued.person,
        "site": issued.site,
        "not_before_utc": to_text(issued.not_before_utc),
        "expires_utc": to_text(issued.expires_utc),
        "revoked_utc": None if issued.revoked_utc is None else to_text(issued.revoked_utc),
    }


def _pass(row: tuple[Any, ...]) -> Pass:
    number, person, site, not_before, expires, revoked = row
    return Pass(
        id=number,
        person=person,
        site=site,
        not_before_utc=from_text(not_before),
        expires_utc=from_text(expires),
        revoked_utc=None if revoked is None else from_text(revoked),
    )


def _not_found() -> NotFound:
    return NotFound("no pass with that id was issued here")
