"""The template in a carried pass: 128 bytes, readable for the kiosk's site alone, and worthless in any other pass.

Nothing about the bearer is kept anywhere else: the form that data-protection authorities prefer (EDPB opinion 11/2024,
storage in the hands of the individual).
"""

import os
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from numpy.typing import NDArray

from kiosk.domain.sight import Embedding, Floats, frozen
from kiosk.passes.keys import KEY_BYTES, PassKey

NONCE_BYTES = 12
TAG_BYTES = 16
LARGEST_DIMENSION = 256

_PURPOSE = b"face kiosk: template in a carried pass"
_MOST = 127


@dataclass(frozen=True, slots=True)
class Bearing:
    """What a sealed template is bound to: it opens in the very pass it was made for and in no other."""

    pass_id: str
    site: str
    model: str
    expires_utc: datetime

    @property
    def bytes(self) -> bytes:
        """Lengths before the parts, so that no two passes give the same bytes."""
        parts = [part.encode() for part in (self.pass_id, self.site, self.model)]
        seconds = int(self.expires_utc.timestamp()).to_bytes(8, "big")
        return seconds + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def seal(embedding: Embedding, key: PassKey, bearing: Bearing) -> bytes:
    """The template as a carried pass holds it: nonce, ciphertext, tag; 28 bytes longer than the vector has numbers."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(key).encrypt(nonce, quantised(embedding.vector).tobytes(), bearing.bytes)


def unseal(sealed: bytes, key: PassKey, bearing: Bearing) -> Embedding:
    """The template in a pass. Raises ValueError where it was made for another pass, or is none."""
    if not NONCE_BYTES + TAG_BYTES < len(sealed) <= NONCE_BYTES + TAG_BYTES + LARGEST_DIMENSION:
        raise ValueError("a sealed template has another length")
    try:
        plain = _cipher(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bearing.bytes)
    except InvalidTag as error:
        raise ValueError("this template was sealed for another pass") from error
    return Embedding(restored(np.frombuffer(plain, np.int8)), bearing.model)


def quantised(vector: Floats) -> NDArray[np.int8]:
    """A unit vector (d,) as d bytes: its largest number becomes ±127. No scale is kept: only direction counts."""
    largest = float(np.abs(vector).max())
    if not largest > 0:
        raise ValueError("a zero vector has no direction")
    numbers: NDArray[np.int8] = np.clip(np.rint(vector * (_MOST / largest)), -_MOST, _MOST).astype(np.int8)
    return numbers


def restored(numbers: NDArray[np.int8]) -> Floats:
    """The unit vector (d,) float32 in the direction of those numbers. Raises ValueError when they are all zero."""
    values = numbers.astype(np.float64)
    length = float(np.linalg.norm(values))
    if not length > 0:
        raise ValueError("a zero vector has no direction")
    return frozen((values / length).astype(np.float32))


def _cipher(key: PassKey) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=_PURPOSE).derive(key.private_bytes)
    return AESGCM(derived)
