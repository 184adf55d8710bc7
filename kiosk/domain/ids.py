"""Ids that sort by the time they were made: UUID version 7 (RFC 9562)."""

import re
import secrets
from datetime import datetime
from uuid import UUID

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def new_id(at_utc: datetime) -> str:
    """A new id: 48 bits of milliseconds since 1970, then 74 bits of chance."""
    milliseconds = int(at_utc.timestamp() * 1000) & (1 << 48) - 1
    chance = secrets.randbits(74)
    high, low = chance >> 62, chance & (1 << 62) - 1
    return str(UUID(int=milliseconds << 80 | 7 << 76 | high << 64 | 2 << 62 | low))


def is_id(text: str) -> bool:
    """Whether that may be somebody's or something's id, of whatever make."""
    return _ID.fullmatch(text) is not None
