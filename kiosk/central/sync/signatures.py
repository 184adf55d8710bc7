"""Whether something was signed by the key that it should be signed by."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def is_signed(public: bytes, signature: bytes, text: bytes) -> bool:
    """Whether the Ed25519 key whose public half that is signed that text."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True
