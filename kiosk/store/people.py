"""The enrolled people, with their consent and templates; names and templates are sealed."""

import base64
import logging
import os
import unicodedata
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
from sqlite_utils import Database

from kiosk.domain.access import Access
from kiosk.domain.errors import BadInput, NotFound, StoreDamaged
from kiosk.domain.people import NAME_LONGEST, Consent, Coverage, Negative, NewPerson, Person, Template
from kiosk.domain.sight import Chip, Embedding, Floats, frozen
from kiosk.domain.trust import person_subject
from kiosk.store.access import Opened
from kiosk.store.chips import packed, unpacked
from kiosk.store.database import in_our_words, transaction
from kiosk.store.dates import from_text, to_text
from kiosk.store.journal import StoredJournal
from kiosk.store.outgoing import bury
from kiosk.store.tidying import Tidying
from kiosk.store.tries import StoredTries
from kiosk.vault import Context, Vault, What
from kiosk.wire.pushed import Kind

log = logging.getLogger(__name__)

_COLUMNS = "SELECT id, name, enrolled_utc FROM people"
_CHANGED = "SELECT total_changes()"
_OF_FACES = ("templates", "negatives")  # numbered, and no number is given twice
_FLOAT = np.dtype("<f4")


@dataclass(frozen=True, slots=True)
class StoredPeople:
    """`People` in the store; one thread uses it. Every change is one transaction, durable on return."""

    db: Database
    vault: Vault
    journal: StoredJournal
    tidying: Tidying
    _opened: Opened = field(default_factory=Opened, repr=False, compare=False)
    _odd: set[str] = field(default_factory=set, repr=False, compare=False)

    def enrol(self, new: NewPerson, at_utc: datetime) -> Person:
        """Store a new person with consent and templates. Raises BadInput, StoreError."""
        (person,) = self.enrol_many([new], at_utc)
        return person

    def enrol_many(self, news: Iterable[NewPerson], at_utc: datetime) -> Sequence[Person]:
        """Store many new people in one transaction: all of them or nobody. Raises BadInput, StoreError."""
        ready = [(Person(_new_id(), _checked_name(new.name), at_utc), _checked(new)) for new in news]
        with transaction(self.db):
            self.db.table("people").insert_all(self._person_row(person) for person, _ in ready)
            self._add(((person.id, new) for person, new in ready), at_utc)
            for person, new in ready:
                self._keep_chip(person.id, new.chip)
                self.journal.outgoing.tell(Kind.PERSON, person.id, at_utc)
                self.journal.note_within("enrolled", at_utc, person.id)
        return tuple(person for person, _ in ready)

    def add_templates(self, person: str, templates: NewPerson, at_utc: datetime) -> None:
        """Add templates, and the consent they were taken with, to somebody enrolled. Raises NotFound, BadInput."""
        _checked(templates)
        with transaction(self.db):
            self.find(person)
            self._add([(person, templates)], at_utc)
            if templates.chip is not None:
                self._keep_chip(person, templates.chip)
            self.journal.outgoing.tell(Kind.PERSON, person, at_utc)
            self.journal.note_within("templates-added", at_utc, person)

    def rename(self, person: str, name: str, at_utc: datetime) -> Person:
        """Call somebody by another name from now on. Raises NotFound, BadInput, StoreError."""
        tidy = _checked_name(name)
        with transaction(self.db):
            before = self.find(person)
            (version,) = self.db.execute("SELECT version FROM people WHERE id = ?", [person]).fetchone()
            sealed = self.vault.seal(tidy.encode(), Context(What.NAME, person))
            self.db.execute("UPDATE people SET name = ? WHERE id = ?", [sealed, person])
            self.journal.outgoing.tell(Kind.EDIT, person, at_utc, {"base": version})
            self.journal.note_within("renamed", at_utc, person)
        return Person(person, tidy, before.enrolled_utc)

    def access(self) -> Mapping[str, Access]:
        """When those may come of whom central said so. Raises StoreDamaged."""
        with in_our_words():
            rows = self.db.execute("SELECT id, extra FROM people WHERE extra IS NOT NULL").fetchall()
        return self._opened.of(self.vault, rows)

    def erase(self, person: str, at_utc: datetime) -> None:
        """Remove a person with name, consents, templates, negatives, picture, passes and tries. Raises NotFound.

        The journal keeps the random id. The file is written anew and the log emptied as soon as no other connection
        uses them (see `tidy`); they hold nothing but sealed values until then.
        """
        with transaction(self.db):
            if not self.remove_within(person, erased=True):
                raise _not_found()
            bury(self.db, person, at_utc)
            self.journal.outgoing.tell(Kind.ERASURE, person, at_utc)
            self.journal.note_within("erased", at_utc, person)
        self.tidy()

    def remove_within(self, person: str, *, erased: bool) -> bool:
        """Remove all that is kept of somebody, inside the transaction that is open; False where nobody was there.

        The file is to be written anew afterwards (see `tidy`), where anything was kept. Unless they were `erased`,
        central still hears which of their passes ended here.
        """
        before = self.db.execute(_CHANGED).fetchone()
        self.journal.outgoing.forget_passes_of(person, (Kind.PASS, Kind.REVOCATION, Kind.SPENT)[: 3 if erased else 1])
        was_there = self.db.execute("DELETE FROM people WHERE id = ?", [person]).rowcount > 0
        self.db.execute("DELETE FROM passes WHERE person = ?", [person])
        StoredTries(self.db, self.vault, self.journal.clock).clear(person_subject(person))
        self.journal.outgoing.forget(person, Kind.PERSON, Kind.EDIT)
        if self.db.execute(_CHANGED).fetchone() != before:
            self.tidying.ask_within()
        return was_there

    def hand_over_within(self, person: str, into: str) -> None:
        """They were found to be somebody else: their passes, and what staff said they are not, are of those, inside the
        transaction that is open.
        """
        self.db.execute("UPDATE passes SET person = ? WHERE person = ?", [into, person])
        if not self.db.execute("SELECT 1 FROM people WHERE id = ?", [into]).fetchone():
            return
        rows = self.db.execute("SELECT seq, model, vector FROM negatives WHERE person = ?", [person]).fetchall()
        for seq, model, vector in rows:
            plain_vector = self.vault.open(vector, Context(What.NEGATIVE, person, model))
            sealed = self.vault.seal(plain_vector, Context(What.NEGATIVE, into, model))
            self.db.execute("UPDATE negatives SET person = ?, vector = ? WHERE seq = ?", [into, sealed, seq])

    def tidy(self) -> bool:
        """Write the file anew and empty the log, where what was erased may still stand; False while another connection
        uses them, or the disk has no room: it is due then, and done later. Raises StoreDamaged.
        """
        return self.tidying.now()

    def chip_of(self, person: str) -> Chip | None:
        """The small picture of a person; None where none is kept. Raises NotFound, StoreDamaged."""
        with in_our_words():
            row = self.db.execute("SELECT sealed FROM chips WHERE person = ?", [person]).fetchone()
        if row is None:
            self.find(person)
            return None
        return unpacked(self.vault.open(row[0], Context(What.CHIP, person)))

    def disown(self, person: str, face: Embedding, at_utc: datetime) -> Negative:
        """Remember that this face is not that person. Raises NotFound, StoreError."""
        negative = Negative(uuid.uuid4().hex, person, face)
        sealed = self.vault.seal(plain(face), Context(What.NEGATIVE, person, face.model))
        with transaction(self.db):
            self.find(person)
            row = {"id": negative.id, "person": person, "model": face.model, "vector": sealed}
            self.db.table("negatives").insert(row | {"made_utc": to_text(at_utc)})
            self.journal.note_within("not-this-person", at_utc, person)
        return negative

    def readmit(self, negative: str, at_utc: datetime) -> None:
        """Take `disown` back. Raises NotFound."""
        with transaction(self.db):
            row = self.db.execute("DELETE FROM negatives WHERE id = ? RETURNING person", [negative]).fetchone()
            if row is None:
                raise NotFound("that correction was taken back already; nothing was changed")
            self.journal.note_within("not-this-person-undone", at_utc, row[0])

    def corrections(self, person: str) -> Sequence[tuple[str, datetime]]:
        """Id and date of each 'not this person' said of somebody, oldest first."""
        query = "SELECT id, made_utc FROM negatives WHERE person = ? ORDER BY seq"
        with in_our_words():
            rows = self.db.execute(query, [person]).fetchall()
        return tuple((number, from_text(made)) for number, made in rows)

    def template_models(self, person: str) -> Sequence[tuple[str, int]]:
        """Model and number of frames of each of a person's templates, oldest first."""
        query = "SELECT model, samples FROM templates WHERE person = ? ORDER BY seq"
        with in_our_words():
            rows = self.db.execute(query, [person]).fetchall()
        return tuple((str(model), int(samples)) for model, samples in rows)

    def negatives(self, model: str) -> Sequence[Negative]:
        """Every face that `model` embedded and staff said is not somebody. Raises StoreDamaged."""
        query = "SELECT id, person, vector FROM negatives WHERE model = ? ORDER BY seq"
        with in_our_words():
            rows = self.db.execute(query, [model]).fetchall()
        opened = self._opened_vectors([(row[1], row[2]) for row in rows], Context(What.NEGATIVE, model=model))
        return tuple(
            Negative(number, person, Embedding(vector, model))
            for (number, person, _), vector in zip(rows, _as_rows(opened), strict=True)
        )

    def find(self, person: str) -> Person:
        """The person of that id. Raises NotFound."""
        with in_our_words():
            row = self.db.execute(f"{_COLUMNS} WHERE id = ?", [person]).fetchone()
        if row is None:
            raise _not_found()
        return self._person(row)

    def everybody(self) -> Sequence[Person]:
        """All people, in order of enrolment."""
        with in_our_words():
            rows = self.db.execute(f"{_COLUMNS} ORDER BY seq").fetchall()
        return tuple(self._person(row) for row in rows)

    def ids(self) -> frozenset[str]:
        """Those of everybody."""
        with in_our_words():
            return frozenset(person for (person,) in self.db.execute("SELECT id FROM people").fetchall())

    def burials(self) -> tuple[int, int]:
        """Another value once somebody was erased, by whatever process."""
        with in_our_words():
            count, last = self.db.execute("SELECT count(*), coalesce(max(rowid), 0) FROM tombstones").fetchone()
        return int(count), int(last)

    def faces_mark(self) -> tuple[int, ...]:
        """Another value once somebody got a template, or a "not this person" came or went, by whatever process."""
        numbers = ", ".join(f"(SELECT seq FROM sqlite_sequence WHERE name = '{one}')" for one in _OF_FACES)
        with in_our_words():
            row = self.db.execute(f"SELECT {numbers}, (SELECT count(*) FROM negatives)").fetchone()
        return tuple(int(number or 0) for number in row)

    def consents(self, person: str) -> Sequence[Consent]:
        """What a person has agreed to, oldest first."""
        query = "SELECT text_version, language, given_utc, channel FROM consents WHERE person = ? ORDER BY seq"
        with in_our_words():
            rows = self.db.execute(query, [person]).fetchall()
        return tuple(Consent(version, language, from_text(given), how) for version, language, given, how in rows)

    def templates(self, model: str, dimension: int | None = None) -> Sequence[Template]:
        """Every template that `model` made, in order of enrolment. Raises StoreDamaged if one does not open.

        Left out is one that has not `dimension` numbers (None: as many as most of them have): another kiosk may have
        told of it, and nobody else is to go unrecognised for that. All vectors are rows of one array, so that ten
        thousand of them cost five megabytes.
        """
        query = "SELECT id, person, samples, vector FROM templates WHERE model = ? ORDER BY seq"
        with in_our_words():
            rows = self.db.execute(query, [model]).fetchall()
        opened = self._opened_vectors([(row[1], row[3]) for row in rows], Context(What.TEMPLATE, model=model))
        kept = _alike(opened, dimension)
        self._say_odd({row[0] for row in rows} - {rows[place][0] for place in kept})
        return tuple(
            Template(rows[place][0], rows[place][1], Embedding(vector, model), rows[place][2])
            for place, vector in zip(kept, _as_rows([opened[place] for place in kept]), strict=True)
        )

    def coverage(self, model: str, other: str) -> Coverage:
        """How many of those whom `model` can recognise `other` could not, and how many templates `other` has."""
        lacking = "SELECT person FROM templates WHERE model = ? EXCEPT SELECT person FROM templates WHERE model = ?"
        with in_our_words():
            (missing,) = self.db.execute(f"SELECT count(*) FROM ({lacking})", [model, other]).fetchone()
            (size,) = self.db.execute("SELECT count(*) FROM templates WHERE model = ?", [other]).fetchone()
        return Coverage(int(missing), int(size))

    def _keep_chip(self, person: str, chip: Chip | None) -> None:
        self.db.execute("DELETE FROM chips WHERE person = ?", [person])
        if chip is not None:
            sealed = self.vault.seal(packed(chip), Context(What.CHIP, person))
            self.db.table("chips").insert({"person": person, "sealed": sealed})

    def _opened_vectors(self, sealed: Sequence[tuple[str, bytes]], of: Context) -> list[bytes]:
        """What is sealed there, each for its person."""
        return [self.vault.open(vector, replace(of, person=person)) for person, vector in sealed]

    def _say_odd(self, templates: set[str]) -> None:
        """Once of each: a gallery is read again and again."""
        if templates - self._odd:
            self._odd.update(templates)
            log.warning("templates have not the length of their model's and recognise nobody: %d", len(templates))

    def _person(self, row: tuple[Any, ...]) -> Person:
        number, name, enrolled = row
        return Person(number, self.vault.open(name, Context(What.NAME, number)).decode(), from_text(enrolled))

    def _person_row(self, person: Person) -> dict[str, object]:
        name = self.vault.seal(person.name.encode(), Context(What.NAME, person.id))
        return {"id": person.id, "name": name, "enrolled_utc": to_text(person.enrolled_utc)}

    def _add(self, news: Iterable[tuple[str, NewPerson]], at_utc: datetime) -> None:
        pairs = list(news)
        self.db.table("consents").insert_all(_consent_row(person, new.consent) for person, new in pairs)
        self.db.table("templates").insert_all(
            self._template_row(person, embedding, new.samples) | {"made_utc": to_text(at_utc)}
            for person, new in pairs
            for embedding in new.embeddings
        )

    def _template_row(self, person: str, embedding: Embedding, samples: int) -> dict[str, object]:
        sealed = self.vault.seal(plain(embedding), Context(What.TEMPLATE, person, embedding.model))
        number = uuid.uuid4().hex
        return {"id": number, "person": person, "model": embedding.model, "vector": sealed, "samples": samples}


def _alike(vectors: Sequence[bytes], dimension: int | None) -> list[int]:
    """The places of those with so many numbers; None: as many as most have."""
    lengths = [len(vector) for vector in vectors]
    usual = Counter(lengths).most_common(1)[0][0] if lengths else 0
    if dimension is not None:
        usual = dimension * _FLOAT.itemsize
    return [place for place, length in enumerate(lengths) if length == usual]


def _as_rows(vectors: Sequence[bytes]) -> Floats:
    """Vectors of one length (n, d), read-only. Raises StoreDamaged."""
    lengths = {len(vector) for vector in vectors} or {0}
    if len(lengths) > 1 or any(length % _FLOAT.itemsize for length in lengths):
        raise StoreDamaged("templates of one model differ in length; restore the store from a copy")
    joined = np.frombuffer(b"".join(vectors), _FLOAT).astype(np.float32, copy=False)
    return frozen(joined.reshape(len(vectors), -1) if vectors else joined.reshape(0, 0))


def plain(embedding: Embedding) -> bytes:
    """The vector as it is sealed: float32, little-endian."""
    return embedding.vector.astype(_FLOAT).tobytes()


def _consent_row(person: str, consent: Consent) -> dict[str, str]:
    return {
        "person": person,
        "text_version": consent.text_version,
        "language": consent.language,
        "given_utc": to_text(consent.given_utc),
        "channel": consent.channel,
    }


def _checked_name(name: str) -> str:
    tidy = unicodedata.normalize("NFC", name).strip()
    if not tidy or len(tidy) > NAME_LONGEST or not tidy.isprintable():
        raise BadInput(f"a name has 1 to {NAME_LONGEST} letters and no control characters; enter it again")
    return tidy


def _checked(new: NewPerson) -> NewPerson:
    if not new.embeddings or new.samples < 1:
        raise BadInput("nobody is enrolled without a picture of their face; capture it first")
    for embedding in new.embeddings:
        vector = embedding.vector
        if vector.ndim != 1 or not vector.size or not np.isfinite(vector).all() or not vector.any():
            raise BadInput("that template is not a vector of numbers; capture the face again")
    return new


def _new_id() -> str:
    """80 random bits in 16 letters and digits: no two alike in a million stores, short enough for a QR pass."""
    return base64.b32encode(os.urandom(10)).decode().lower()


def _not_found() -> NotFound:
    return NotFound("nobody with that id is enrolled; see the list of people")
