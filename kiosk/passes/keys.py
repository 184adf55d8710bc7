"""The Ed25519 keys of passes: our own, which sign and check, and those of other kiosks, which only check."""

import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_BYTES = 32
ID_BYTES = 8


@dataclass(frozen=True, slots=True)
class PassKey:
    """A signing key. `private_bytes` is the secret (32 bytes) and never shown; `public_bytes` may be published."""

    private_bytes: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.private_bytes) != KEY_BYTES:
            raise ValueError(f"an Ed25519 key has {KEY_BYTES} bytes")

    @staticmethod
    def generate() -> "PassKey":
        """A new random key."""
        return PassKey(Ed25519PrivateKey.generate().private_bytes_raw())

    @property
    def public_bytes(self) -> bytes:
        """The 32 bytes with which anybody can check a signature."""
        return Ed25519PrivateKey.from_private_bytes(self.private_bytes).public_key().public_bytes_raw()

    @property
    def id(self) -> bytes:
        """What a pass calls this key by: the first 8 bytes of the SHA-256 of its public half."""
        return _id_of(self.public_bytes)


@dataclass(frozen=True, slots=True)
class PublicPassKey:
    """The public half of somebody else's key: it checks their passes, and neither signs nor opens anything."""

    public_bytes: bytes

    def __post_init__(self) -> None:
        if len(self.public_bytes) != KEY_BYTES:
            raise ValueError(f"the public half of an Ed25519 key has {KEY_BYTES} bytes")

    @property
    def id(self) -> bytes:
        """As of a `PassKey`."""
        return _id_of(self.public_bytes)


CheckingKey = PassKey | PublicPassKey


def _id_of(public_bytes: bytes) -> bytes:
    return hashlib.sha256(public_bytes).digest()[:ID_BYTES]
