"""How the kiosk and central stand, as screens, commands and heart-beats show it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kiosk.sync.ports import DeadLetter, Member, Waiting

LETTERS = 20


class Standing(StrEnum):
    """What the kiosk is to central."""

    ALONE = "alone"
    PAIRED = "paired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Progress:
    """A pull from the beginning: how many changes are here, of how many, as far as known."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Status:
    """One look at sync. `trouble` is the code of what is wrong now, "" for nothing; `unread` changes of the feed could
    not be read by this version.
    """

    standing: Standing
    url: str = ""
    site: str = ""
    name: str = ""
    contact_utc: datetime | None = None
    waiting: Waiting = Waiting(0, 0)
    letters: tuple[DeadLetter, ...] = ()
    trouble: str = ""
    unread: int = 0
    progress: Progress | None = None


def standing_of(member: Member | None, *, revoked: bool) -> Standing:
    """What that membership makes the kiosk."""
    if member is not None:
        return Standing.PAIRED
    return Standing.REVOKED if revoked else Standing.ALONE
