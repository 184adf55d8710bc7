"""Secrets that central hands out: made here, shown once, and kept as a digest only."""

import hashlib
import hmac
import secrets
from enum import StrEnum


class Kind(StrEnum):
    """What a secret is for; its prefix, by which a leaked one is recognised."""

    SESSION = "fks"
    TOKEN = "fkt"
    INVITATION = "fki"
    CSRF = "fkc"
    DEVICE = "fkd"
    WEBHOOK = "fkw"


def new_secret(kind: Kind) -> str:
    """A new secret with 256 bits of chance."""
    return f"{kind}_{secrets.token_urlsafe(32)}"


def digest(secret: str) -> str:
    """What is kept of it. With so much chance in it, a plain SHA-256 can't be searched back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_same(one: str, other: str) -> bool:
    """Compared in a time that tells nothing."""
    return hmac.compare_digest(one.encode(), other.encode())
