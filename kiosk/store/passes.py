"""The passes that were issued here, and those that central told of, so that one can be withdrawn."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from kiosk.domain.errors import NotFound, Refused
from kiosk.domain.people import Pass, PassClaims, PassKind
from kiosk.store.database import in_our_words, transaction
from kiosk.store.dates import from_text, to_text
from kiosk.store.journal import StoredJournal
from kiosk.store.secrets import Secrets
from kiosk.store.spending import Spending
from kiosk.vault import Vault
from kiosk.wire.pushed import Kind

_COLUMNS = "SELECT id, person, site, not_before_utc, expires_utc, revoked_utc, single_use FROM passes"
_KNOWN = "SELECT EXISTS (SELECT 1 FROM people WHERE id = ?)"


@dataclass(frozen=True, slots=True)
class StoredPasses:
    """`Passes` in the store; one thread uses it."""

    db: Database
    vault: Vault
    journal: StoredJournal

    def keep(self, issued: Pass) -> None:
        """Remember a pass before it is shown, durable on return.

        Raises NotFound for an unknown person, Refused for a pass that is known already.
        """
        try:
            with transaction(self.db):
                if not self.db.execute(_KNOWN, [issued.person]).fetchone()[0]:
                    raise NotFound("nobody with that id is enrolled, so no pass was issued")
                key = Secrets(self.db, self.vault, self.journal).pass_key().id.hex()
                self.db.table("passes").insert(_row(issued) | {"key_id": key})
                self.journal.outgoing.tell(Kind.PASS, issued.id, issued.not_before_utc)
                self.journal.note_within("pass-issued", issued.not_before_utc, issued.person)
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
            query = "UPDATE passes SET revoked_utc = coalesce(revoked_utc, ?) WHERE id = ? RETURNING person"
            row = self.db.execute(query, [to_text(at_utc), pass_id]).fetchone()
            if row is None:
                raise _not_found()
            self.journal.outgoing.tell(Kind.REVOCATION, pass_id, at_utc)
            self.journal.note_within("pass-revoked", at_utc, row[0])

    def withdraw(self, claims: PassClaims, at_utc: datetime) -> None:
        """Make a pass that was never kept (a carried one) worthless, by what it says; forgotten when it expires."""
        with transaction(self.db):
            if self._spending.withdraw(claims.pass_id, claims.expires_utc):
                self.journal.note_within("pass-revoked", at_utc)

    def is_withdrawn(self, claims: PassClaims) -> bool:
        """Whether that pass was revoked or withdrawn; a reference pass that is not known counts as revoked."""
        if claims.kind is PassKind.CARRIED:
            with in_our_words():
                return self._spending.is_withdrawn(claims.pass_id)
        try:
            return self.pass_of(claims.pass_id).revoked_utc is not None
        except NotFound:
            return True

    def is_spent(self, claims: PassClaims) -> bool:
        """Whether that single-use pass let somebody in already."""
        if not claims.single_use:
            return False
        with in_our_words():
            used = self.db.execute("SELECT 1 FROM passes WHERE id = ? AND used", [claims.pass_id]).fetchone()
            return used is not None or self._spending.is_spent(claims.pass_id)

    @property
    def _spending(self) -> Spending:
        return Spending(self.db, self.vault)


def _row(issued: Pass) -> dict[str, str | int | None]:
    return {
        "id": issued.id,
        "person": issued.person,
        "site": issued.site,
        "not_before_utc": to_text(issued.not_before_utc),
        "expires_utc": to_text(issued.expires_utc),
        "revoked_utc": None if issued.revoked_utc is None else to_text(issued.revoked_utc),
        "single_use": int(issued.single_use),
    }


def _pass(row: tuple[Any, ...]) -> Pass:
    number, person, site, not_before, expires, revoked, single_use = row
    return Pass(
        id=number,
        person=person,
        site=site,
        not_before_utc=from_text(not_before),
        expires_utc=from_text(expires),
        revoked_utc=None if revoked is None else from_text(revoked),
        single_use=bool(single_use),
    )


def _not_found() -> NotFound:
    return NotFound("no pass with that id was issued here")
