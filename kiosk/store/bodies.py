"""What an item of the outbox says, made from the store as it is when it is sent."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from sqlite_utils import Database

from kiosk.domain.errors import NotFound, StoreDamaged
from kiosk.domain.ids import new_id
from kiosk.domain.verdict import Outcome
from kiosk.passes.keys import PassKey
from kiosk.store.chips import packed as packed_chip
from kiosk.store.dates import from_text
from kiosk.store.people import StoredPeople
from kiosk.store.secrets import Secrets
from kiosk.store.told import told_policy
from kiosk.vault import Context, What
from kiosk.wire.fields import EARLIEST, Message, packed
from kiosk.wire.pushed import (
    CONSENTS_MOST,
    TEMPLATES_MOST,
    Consented,
    Edited,
    Enrolled,
    Erased,
    Face,
    Happened,
    Kind,
    ModelReport,
    PassEnded,
    PassIssued,
    PassKeyMade,
    Receipt,
)

DECIDED = {
    Outcome.RECOGNISED: "recognised",
    Outcome.VERIFIED: "verified",
    Outcome.UNKNOWN: "unknown",
    Outcome.UNSURE: "asked-for-pass",
    Outcome.REFUSED: "refused",
}
_EVENT = "SELECT id, seq, at_utc, kind, outcome, reason, person, similarity FROM events WHERE id = ?"
_PASS = """
SELECT id, person, site, key_id, not_before_utc, expires_utc, single_use FROM passes
WHERE id = ? AND site = (SELECT value FROM sync WHERE name = 'site')
"""
_BASE = """
SELECT min(json_extract(body, '$.base')) FROM outbox WHERE subject = ? AND kind = 'edit' AND state = 'waiting'
"""
# Of somebody who has templates made here, those: whose the others are is for central to say.
_FACES = """
SELECT id, model, samples, made_utc, vector FROM templates AS it WHERE person = ?
AND (origin = 'here' OR NOT EXISTS (SELECT 1 FROM templates WHERE person = it.person AND origin = 'here'))
ORDER BY seq DESC LIMIT ?
"""


class CannotTravel(Exception):
    """A subject that can't be put into its message; the text is the code by which it is kept as a dead letter."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the outbox."""

    seq: int
    id: str
    kind: str
    subject: str
    body: str
    made_utc: str

    @property
    def kept(self) -> Mapping[str, Any]:
        """What the act wrote down because it stands nowhere else."""
        found: Mapping[str, Any] = json.loads(self.body)
        return found


@dataclass(frozen=True, slots=True)
class Bodies:
    """Makes bodies; used by the thread that opened the store."""

    db: Database
    people: StoredPeople
    secrets: Secrets

    def of(self, row: Row) -> Message | None:
        """The body of that row; None where its subject is gone. Raises CannotTravel."""
        try:
            return self._of(row)
        except NotFound:
            return None
        except StoreDamaged as error:
            raise CannotTravel("damaged") from error
        except ValueError as error:
            raise CannotTravel("unsendable") from error

    def _of(self, row: Row) -> Message | None:
        match row.kind:
            case Kind.EVENT:
                return self._event(row)
            case Kind.PERSON:
                return self._person(row.subject)
            case Kind.EDIT:
                return self._edit(row)
            case Kind.PASS:
                return self._pass(row)
            case Kind.PASS_KEY:
                return self._key(row)
        return _of_the_row(row)

    def _event(self, row: Row) -> Message | None:
        found = self.db.execute(_EVENT, [row.subject]).fetchone()
        if found is None:
            return None
        number, seq, at_utc, kind, outcome, reason, person, similarity = found
        return Happened(
            id=wire_id(number, at_utc),
            seq=seq,
            kind=kind if outcome is None else DECIDED[Outcome(outcome)],
            taken_utc=of_our_time(at_utc),
            outcome=outcome or "",
            reason=reason or "",
            person=person,
            similarity=None if similarity is None else max(-1.0, min(1.0, similarity)),
        )

    def _person(self, person: str) -> Message:
        found = self.people.find(person)
        policy = told_policy(self.db)
        chip = self.people.chip_of(person) if policy is None or policy.keep_pictures else None
        return Enrolled(
            id=person,
            name=found.name,
            enrolled_utc=of_our_time(found.enrolled_utc.isoformat()),
            consents=self._consents(person),
            faces=self._faces(person),
            chip=None if chip is None else packed_chip(chip),
        )

    def _consents(self, person: str) -> list[Consented]:
        return [
            Consented(
                text_version=one.text_version,
                language=one.language,
                given_utc=of_our_time(one.given_utc.isoformat()),
                channel=one.channel,
            )
            for one in self.people.consents(person)[-CONSENTS_MOST:]
        ]

    def _faces(self, person: str) -> list[Face]:
        """Templates, the newest where there are too many, oldest first."""
        rows: Sequence[tuple[Any, ...]] = self.db.execute(_FACES, [person, TEMPLATES_MOST]).fetchall()
        return [
            Face(
                id=number,
                model=model,
                samples=min(samples, 10_000),
                made_utc=of_our_time(made),
                vector=packed(np.frombuffer(self._opened(person, model, vector), np.dtype("<f4"))),
            )
            for number, model, samples, made, vector in reversed(rows)
        ]

    def _opened(self, person: str, model: str, sealed: bytes) -> bytes:
        return self.people.vault.open(sealed, Context(What.TEMPLATE, person, model))

    def _edit(self, row: Row) -> Message:
        """The first of several edits that wait says what they were made to: nobody has seen what central has since."""
        (base,) = self.db.execute(_BASE, [row.subject]).fetchone()
        return Edited(person=row.subject, base=base, name=self.people.find(row.subject).name)

    def _key(self, row: Row) -> Message | None:
        if "public" in row.kept:
            public, dropped = bytes.fromhex(row.kept["public"]), from_text(row.kept["dropped_utc"])
            return PassKeyMade(id=row.subject, public=public, dropped_utc=max(dropped, EARLIEST))
        return next((_made(key) for key in self.secrets.pass_keys() if key.id.hex() == row.subject), None)

    def _pass(self, row: Row) -> Message | None:
        """None also for a pass of a site that is not the fleet's: only this kiosk takes it."""
        found = self.db.execute(_PASS, [row.subject]).fetchone()
        if found is None:
            return None
        number, person, site, key, not_before, expires, single_use = found
        return PassIssued(
            id=number,
            person=person,
            site=site,
            key=key or self.secrets.pass_key().id.hex(),
            not_before_utc=of_our_time(not_before),
            expires_utc=of_our_time(expires),
            single_use=bool(single_use),
        )


def _of_the_row(row: Row) -> Message:
    """What says all of itself: its subject and its time are all that is left, or ever was."""
    at_utc = of_our_time(row.made_utc)
    match row.kind:
        case Kind.ERASURE:
            return Erased(person=row.subject, erased_utc=at_utc)
        case Kind.RECEIPT:
            return Receipt(person=row.subject, gone_utc=at_utc)
        case Kind.MODEL:
            return ModelReport(tag=row.subject, at_utc=at_utc, **row.kept)
    return PassEnded(id=row.subject, at_utc=at_utc)


def wire_id(number: str, at_utc: str) -> str:
    """The id of an event as it travels: its own where that is a UUIDv7, else always the same one made from it."""
    try:
        if UUID(number).version == 7 and str(UUID(number)) == number:
            return number
    except ValueError:
        pass
    time = UUID(new_id(from_text(at_utc))).int >> 80
    chance = int.from_bytes(hashlib.sha256(number.encode()).digest()[:10])
    return str(UUID(int=time << 80 | 7 << 76 | (chance >> 62 & 0xFFF) << 64 | 2 << 62 | chance & (1 << 62) - 1))


def of_our_time(text: str) -> datetime:
    """That date; 2000 for what a clock that was never set wrote."""
    return max(from_text(text), EARLIEST)


def _made(key: PassKey) -> PassKeyMade:
    return PassKeyMade(id=key.id.hex(), public=key.public_bytes)
