"""Who is enrolled, with whose consent, and which passes they carry."""

from dataclasses import dataclass
from datetime import datetime

from kiosk.domain.sight import Embedding

NAME_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody enrolled. `id` is a random text that says nothing about them."""

    id: str
    name: str
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
class Pass:
    """A QR pass that was issued. Valid from `not_before_utc` until `expires_utc`, unless revoked."""

    id: str
    person: str
    site: str
    not_before_utc: datetime
    expires_utc: datetime
    revoked_utc: datetime | None = None


@dataclass(frozen=True, slots=True)
class PassClaims:
    """What a pass says after its signature, site and dates were found good."""

    pass_id: str
    person: str
    site: str
    not_before_utc: datetime
    expires_utc: datetime


@dataclass(frozen=True, slots=True, eq=False)
class NewPerson:
    """What staff has collected before somebody is enrolled: a name, consent and fused embeddings."""

    name: str
    consent: Consent
    embeddings: tuple[Embedding, ...]
    samples: int = 1
