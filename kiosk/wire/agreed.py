"""What the kiosk's own rooms agree on about sync: neither the store nor the engine knows the other."""

from dataclasses import dataclass, field
from datetime import datetime

from kiosk.wire.pairing import Credentials
from kiosk.wire.pulled import DueModel


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many items wait to be pushed, how many were rejected and are kept, and since when the oldest waits."""

    waiting: int
    dead: int
    oldest_utc: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An item that central rejected: what it was about, why, and when."""

    id: str
    kind: str
    reason: str
    at_utc: datetime


@dataclass(frozen=True, slots=True)
class Applied:
    """What a page changed: whether the gallery must be made anew, the rules or levels, who is gone, what is due to run.

    `stale`: the page was not the one after the cursor that was kept, and nothing was changed. `anybody`: it is not
    known who is gone.
    """

    gallery: bool = False
    rules: bool = False
    gone: tuple[str, ...] = ()
    model: DueModel | None = None
    stale: bool = False
    anybody: bool = False


@dataclass(frozen=True, slots=True)
class Unread:
    """How many changes of the feed could not be read and were passed over, by which version of the kiosk, of which of
    central's: another of either may read them.
    """

    count: int = 0
    ours: str = ""
    theirs: str = ""


EVERYTHING = Applied(gallery=True, rules=True, anybody=True)


@dataclass(frozen=True, slots=True)
class Member:
    """A paired kiosk: with which server, what it was given, how the last contact was."""

    url: str
    credentials: Credentials = field(repr=False)
    contact_utc: datetime | None = None
