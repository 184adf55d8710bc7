"""How a kiosk and central stand: what sync says of it, and screens and commands show. It never travels."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlencode

from kiosk.wire.agreed import DeadLetter, Member, Waiting
from kiosk.wire.pairing import PairingState

LETTERS = 20
PAGE = "/kiosks"


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
class Invitation:
    """What is shown while a pairing waits: the code to type in, the fingerprint to compare, until when."""

    id: str
    url: str
    code: str
    fingerprint: str
    expires_utc: datetime
    state: PairingState = PairingState.WAITING

    @property
    def link(self) -> str:
        """Where an admin confirms it; for a QR code."""
        return f"{self.url}{PAGE}?{urlencode({'code': self.code})}"


@dataclass(frozen=True, slots=True)
class Status:
    """One look at sync. `trouble` is the code of what is wrong now, "" for nothing; `unread` changes of the feed could
    not be read by this version; `invitation` is there while the kiosk asks to be paired. `url` of a kiosk that is
    alone is where it would ask.
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
    invitation: Invitation | None = None

    @property
    def asking(self) -> Invitation | None:
        """The pairing that waits to be confirmed."""
        waits = self.invitation is not None and self.invitation.state is PairingState.WAITING
        return self.invitation if waits else None

    @property
    def can_pair(self) -> bool:
        """Whether staff may ask for it: there is an address, and the kiosk is nobody's."""
        return self.standing is not Standing.PAIRED and bool(self.url) and self.asking is None


def standing_of(member: Member | None, *, revoked: bool) -> Standing:
    """What that membership makes the kiosk."""
    if member is not None:
        return Standing.PAIRED
    return Standing.REVOKED if revoked else Standing.ALONE
