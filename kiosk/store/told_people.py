"""People as central tells of them: taken in, changed, and removed, inside the transaction of a page."""

from dataclasses import dataclass
from datetime import datetime

from kiosk.domain.errors import BadInput
from kiosk.domain.sight import Embedding
from kiosk.store.access import sealed_rules
from kiosk.store.dates import to_text
from kiosk.store.outgoing import bury, is_buried, part_again
from kiosk.store.people import StoredPeople, plain
from kiosk.vault import Context, Vault, What
from kiosk.wire import forms
from kiosk.wire.fields import EARLIEST, unpacked
from kiosk.wire.pulled import Gone, Known
from kiosk.wire.pushed import Consented, Face, Kind

REMOVED = "removed-by-central"

_UPSERT = """
INSERT INTO people (id, name, enrolled_utc, version, origin, confirmed, extra, told_name, generation)
VALUES (:id, :name, :enrolled_utc, :version, 'central', 1, :extra, NULL, :generation)
ON CONFLICT (id) DO UPDATE SET enrolled_utc = :enrolled_utc, version = :version, confirmed = 1, extra = :extra,
    name = iif(:edited, name, :name), told_name = :told_name, generation = :generation
"""
_CONSENT = """
INSERT INTO consents (person, text_version, language, given_utc, channel) SELECT ?, ?, ?, ?, ?
WHERE NOT EXISTS (SELECT 1 FROM consents
    WHERE person = ? AND text_version = ? AND language = ? AND max(given_utc, ?) = ? AND channel = ?)
"""
_TEMPLATE = """
INSERT INTO templates (id, person, model, samples, vector, made_utc, origin) VALUES (?, ?, ?, ?, ?, ?, 'central')
"""
_UNNAMED = """
SELECT id FROM people AS it WHERE generation <> ? AND (version > 0 OR confirmed)
AND NOT EXISTS (SELECT 1 FROM outbox WHERE subject = it.id AND kind = 'person' AND reason <> 'not-yours')
"""


@dataclass(frozen=True, slots=True)
class Sealed:
    """Somebody as they will be stored: sealing takes longer than writing, so it is done before others have to wait."""

    known: Known
    name: bytes
    extra: bytes
    vectors: tuple[bytes, ...]


def seal(vault: Vault, person: Known) -> Sealed:
    """Somebody whom central tells of, sealed with the store's own key. Raises BadInput for what can't be kept."""
    vectors = tuple(
        vault.seal(plain(Embedding(unpacked(face.vector), face.model)), Context(What.TEMPLATE, person.id, face.model))
        for face in person.faces
    )
    name = vault.seal(person.name.encode(), Context(What.NAME, person.id))
    try:
        return Sealed(person, name, sealed_rules(vault, person), vectors)
    except forms.Unwritable as error:
        raise BadInput("what central says of somebody can't be kept; nothing was changed") from error


@dataclass(frozen=True, slots=True)
class ToldPeople:
    """Changes of people. Whoever was erased stays erased, whatever an older page says."""

    people: StoredPeople
    generation: int

    def know(self, sealed: Sealed) -> bool:
        """Take somebody in as they are now; False for somebody who was erased."""
        person = sealed.known
        if is_buried(self.people.db, person.id):
            return False
        part_again(self.people.db, person.id)
        outgoing = self.people.journal.outgoing
        edited = outgoing.is_waiting(Kind.EDIT, person.id)
        self.people.db.execute(_UPSERT, self._row(sealed, edited=edited))
        for consent in person.consents:
            self._agree(person.id, consent)
        if not outgoing.is_outstanding(Kind.PERSON, person.id):
            self._drop_other_faces(person)
        for face, vector in zip(person.faces, sealed.vectors, strict=True):
            self._keep(person.id, face, vector)
        return True

    def remove(self, gone: Gone, at_utc: datetime) -> bool:
        """Keep nothing of somebody; whether there was anything. An erasure is remembered, and its receipt is due."""
        row = self.people.db.execute("SELECT version OR confirmed FROM people WHERE id = ?", [gone.id]).fetchone()
        if row is not None and not row[0] and not gone.erased:
            return False  # enrolled here, and central has not heard of them: nobody moved them away
        if gone.into is not None:
            self.people.hand_over_within(gone.id, gone.into)
        was_there = self.people.remove_within(gone.id, erased=gone.erased and not gone.merged)
        if was_there:
            self.people.journal.note_within(REMOVED, at_utc, gone.id)
        if gone.erased:
            bury(self.people.db, gone.id, at_utc, merged=gone.merged)
            if not gone.merged:  # whom staff erased here is to be erased as whoever they are now
                self.people.journal.outgoing.forget(gone.id, Kind.ERASURE)
            self.people.db.execute("INSERT OR IGNORE INTO gone_pending (person) VALUES (?)", [gone.id])
        return was_there

    def remove_unnamed(self, at_utc: datetime) -> tuple[str, ...]:
        """Remove whom a whole reset did not name, of those whom central has; who went."""
        gone = [person for (person,) in self.people.db.execute(_UNNAMED, [self.generation]).fetchall()]
        for person in gone:
            self.remove(Gone(id=person), at_utc)
        return tuple(gone)

    def _row(self, sealed: Sealed, *, edited: bool) -> dict[str, object]:
        """While an edit of ours waits for its answer, our name stands and central's is kept beside it."""
        person, told_name = sealed.known, None
        if edited:
            told_name = self.people.vault.seal(person.name.encode(), Context(What.TOLD_NAME, person.id))
        return {
            "id": person.id,
            "name": sealed.name,
            "told_name": told_name,
            "edited": int(edited),
            "enrolled_utc": to_text(person.enrolled_utc),
            "version": person.version,
            "extra": sealed.extra,
            "generation": self.generation,
        }

    def _agree(self, person: str, consent: Consented) -> None:
        given = to_text(consent.given_utc)
        first = [person, consent.text_version, consent.language]
        # A clock that was never set wrote a date that does not travel: see `of_our_time`.
        row = [*first, given, consent.channel, *first, to_text(EARLIEST), given, consent.channel]
        self.people.db.execute(_CONSENT, row)

    def _drop_other_faces(self, person: Known) -> None:
        named = {face.id for face in person.faces}
        rows = self.people.db.execute("SELECT id FROM templates WHERE person = ?", [person.id]).fetchall()
        for (number,) in rows:
            if number not in named:
                self.people.db.execute("DELETE FROM templates WHERE id = ?", [number])

    def _keep(self, person: str, face: Face, vector: bytes) -> None:
        """A template that is here already stays as it is: what travelled is coarser."""
        query = "SELECT 1 FROM templates WHERE id = ? AND person = ?"
        if self.people.db.execute(query, [face.id, person]).fetchone():
            return
        self.people.db.execute("DELETE FROM templates WHERE id = ?", [face.id])
        row = [face.id, person, face.model, face.samples, vector, to_text(face.made_utc)]
        self.people.db.execute(_TEMPLATE, row)
