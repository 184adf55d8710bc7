"""Who is enrolled, with whose consent, and which passes they carry."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from kiosk.domain.sight import Chip, Embedding

NAME_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody enrolled. `id` is a random text that says nothing about them."""

    id: str
    name: str = field(repr=False)
    enrolled_utc: datetime


@dataclass(frozen=True, slots=True)
class Consent:
    """The consent given before capture: which text, in which language, when, and how (staff screen or command line)."""

    text_version: str
    language: str
    given_utc: datetime
    channel: str


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """One stored embedding of a person; `samples` frames were fused into it."""

    id: str
    person: str
    embedding: Embedding
    samples: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the templates of another model are worth: so many people would be unknown by them; how many there are."""

    missing: int
    templates: int


@dataclass(frozen=True, slots=True, eq=False)
class Negative:
    """A face that staff said is not `person`: it never matches that person again."""

    id: str
    person: str
    embedding: Embedding


class PassKind(StrEnum):
    """A reference names somebody enrolled; a carried pass holds the visitor's own encrypted template."""

    REFERENCE = "reference"
    CARRIED = "carried"


@dataclass(frozen=True, slots=True)
class Pass:
    """A reference pass that was issued. Valid from `not_before_utc` until `expires_utc`, unless revoked."""

    id: str
    person: str
    site: str
    not_before_utc: datetime
    expires_utc: datetime
    revoked_utc: datetime | None = None
    single_use: bool = False


@dataclass(frozen=True, slots=True)
class PassClaims:
    """What a pass says after its signature, site and dates were found good.

    `template` is in a carried pass only, whose `person` is empty: nobody is enrolled under it. `consent` is what
    the bearer of a carried pass agreed to; nothing else keeps it.
    """

    pass_id: str
    person: str
    site: str
    not_before_utc: datetime
    expires_utc: datetime
    single_use: bool = False
    template: Embedding | None = field(default=None, repr=False, compare=False)
    consent: Consent | None = None

    @property
    def kind(self) -> PassKind:
        """Whether it refers to somebody enrolled or carries its bearer's template."""
        return PassKind.REFERENCE if self.template is None else PassKind.CARRIED


@dataclass(frozen=True, slots=True, eq=False)
class NewPerson:
    """What staff has collected before somebody is enrolled: a name, consent and fused embeddings.

    `chip` is the small picture by which staff tells look-alikes apart, where the consent says that it is kept.
    """

    name: str = field(repr=False)
    consent: Consent
    embeddings: tuple[Embedding, ...]
    samples: int = 1
    chip: Chip | None = None
