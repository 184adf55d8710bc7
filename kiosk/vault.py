"""Sealed values: AES-256-GCM, each bound to what it is, whose it is, and the key that sealed it."""

import hashlib
import hmac
import os
from dataclasses import dataclass, field
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kiosk.domain.errors import StoreDamaged

KEY_BYTES = 32
NONCE_BYTES = 12

_FORM = b"\x01"


class What(StrEnum):
    """What a sealed value is."""

    KEY_CHECK = "key-check"
    NAME = "name"
    TEMPLATE = "template"
    SECRET = "secret"
    PIN = "pin"
    CHAIN = "chain"
    CHIP = "chip"
    NEGATIVE = "negative"
    TOTP = "totp"
    PHOTOGRAPH = "photograph"
    RULES = "rules"
    TOLD_NAME = "told-name"


@dataclass(frozen=True, slots=True)
class Context:
    """What a sealed value belongs to; it opens only in the same context. Not secret itself."""

    what: What
    person: str = ""
    model: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """The 32 secret bytes of a store. Its `id` may be known to anybody."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes")

    @property
    def id(self) -> str:
        """16 hexadecimal digits by which stores tell their keys apart."""
        return hashlib.sha256(b"face kiosk: id of a store key\x00" + self.secret).hexdigest()[:16]


class Vault:
    """Seals and opens values with one key. Safe to use from several threads."""

    def __init__(self, key: Key) -> None:
        self.key_id = key.id
        self._cipher = AESGCM(key.secret)
        self._secret = key.secret

    def derive(self, purpose: str) -> bytes:
        """32 secret bytes for one purpose, which tell nothing about the key or another purpose's."""
        return hmac.digest(self._secret, b"face kiosk: " + purpose.encode(), "sha256")

    def digest(self, purpose: str, text: str) -> str:
        """A name for that text which nobody can trace back, or find for a text they know, without the key."""
        return hmac.digest(self.derive(purpose), text.encode(), "sha256").hex()

    def seal(self, plain: bytes, context: Context) -> bytes:
        """Form, random nonce, ciphertext and tag: 29 bytes longer than `plain`."""
        nonce = os.urandom(NONCE_BYTES)
        return _FORM + nonce + self._cipher.encrypt(nonce, plain, self._bound_to(context))

    def open(self, sealed: bytes, context: Context) -> bytes:
        """What was sealed in that context. Raises StoreDamaged if a bit of it, or its context, is not as it was."""
        if sealed[:1] != _FORM:
            raise _does_not_open()
        nonce, hidden = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, hidden, self._bound_to(context))
        except (InvalidTag, ValueError) as error:
            raise _does_not_open() from error

    def _bound_to(self, context: Context) -> bytes:
        """Lengths before the parts, so that no two contexts give the same bytes."""
        parts = (context.what, context.person, context.model, context.name, self.key_id)
        return b"".join(len(part).to_bytes(4, "big") + part for part in (text.encode() for text in parts))


def _does_not_open() -> StoreDamaged:
    return StoreDamaged("a sealed value of the store does not open: it was damaged or moved; restore it from a copy")
