"""Passwords by Argon2id (RFC 9106's second choice: 64 MiB, three passes), and the one-time codes of a telephone."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kiosk.central.errors import Unusable

SHORTEST, LONGEST = 10, 200
STEP_S = 30
ISSUER = "Face kiosk"
# So that a name that does not exist costs as much time as one that does.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$MDEyMzQ1Njc4OWFiY2RlZg$lzJk2IyxtQEPlTwBVS8xbwaqzUAXFtdGZ6C8VYlZ6t0"


@dataclass(frozen=True, slots=True)
class Hashes:
    """Argon2id with fixed costs; works in another thread, since it takes a tenth of a second."""

    hasher: PasswordHasher

    @staticmethod
    def usual() -> "Hashes":
        """With the library's costs."""
        return Hashes(PasswordHasher())

    async def make(self, password: str) -> str:
        """The hash to keep. Raises Unusable for a password that is too short or too long."""
        check(password)
        return await asyncio.to_thread(self.hasher.hash, password)

    async def matches(self, password: str, kept: str | None) -> bool:
        """Whether that is the password; False, after the same time, where none is kept."""
        return await asyncio.to_thread(self._matches, password, kept or _NOBODY) and kept is not None

    def _matches(self, password: str, kept: str) -> bool:
        try:
            return len(password) <= LONGEST and self.hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False


def check(password: str) -> None:
    """Raises Unusable where it is too short, too long, or one letter again and again."""
    if not SHORTEST <= len(password) <= LONGEST or len(set(password)) < SHORTEST // 2:
        raise Unusable(
            f"Choose a password of {SHORTEST} to {LONGEST} characters that does not repeat itself.", "password"
        )


def new_totp() -> str:
    """A new secret for one-time codes (RFC 6238), as base32."""
    return pyotp.random_base32()


def totp_uri(secret: str, name: str) -> str:
    """What an authenticator's QR code says."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def totp_step(secret: str, code: str, now: datetime) -> int | None:
    """The time step that this code belongs to, one step early or late allowed; None for a wrong code or no secret."""
    current = int(now.timestamp()) // STEP_S
    try:
        totp = pyotp.TOTP(secret)
        codes = {step: totp.generate_otp(step) for step in (current, current - 1, current + 1)}
    except ValueError:
        return None
    return next((step for step, right in codes.items() if pyotp.utils.strings_equal(code.strip(), right)), None)
