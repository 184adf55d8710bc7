"""What the engine needs: of the store the outbox, the inbox and the membership, and of the network central.

The store implements its three without knowing the engine; each is used by the thread that opened the store. Tests use
the real store in a temporary folder.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kiosk.wire.agreed import EVERYTHING, Applied, DeadLetter, Member, Unread, Waiting
from kiosk.wire.beating import Heard, HeartBeat
from kiosk.wire.pairing import Asked, AskToPair, Claim, Claimed, Credentials, NewToken
from kiosk.wire.pulled import Page
from kiosk.wire.pushed import Answered, Item, Push, PushAnswer
from kiosk.wire.standing import Invitation

__all__ = [
    "EVERYTHING",
    "Applied",
    "Central",
    "DeadLetter",
    "Inbox",
    "Member",
    "Membership",
    "Outbox",
    "Pulled",
    "Unread",
    "Waiting",
]


class Outbox(Protocol):
    """What this kiosk has to tell central; rows are written by the acts themselves, in their transactions."""

    def pending(self, most: int, *, receipts: bool = True, without: Collection[str] = ()) -> Sequence[Item]:
        """The oldest items, with bodies made from the store as it is now; an item whose subject is gone is dropped.

        Without `receipts`, those wait; so do the items of the ids in `without`.
        """
        ...

    def settle(self, answers: Sequence[Answered], at_utc: datetime) -> None:
        """Forget what central has; keep what it rejected as dead letters. One transaction, durable on return."""
        ...

    def settled(self) -> int:
        """How often something was settled, by whichever process."""
        ...

    def waiting(self) -> Waiting:
        """How much there is."""
        ...

    def dead(self, most: int) -> Sequence[DeadLetter]:
        """The newest dead letters, newest first."""
        ...

    def revive(self) -> int:
        """Dead letters wait again; how many."""
        ...

    def refill(self) -> int:
        """Everything that this kiosk is the author of waits again, once each; how many. Nothing is lost by it."""
        ...

    def tidy(self) -> None:
        """Leave nothing in the file of who was removed, where that could not be done at once. `pending` does it too."""
        ...


class Inbox(Protocol):
    """What central told this kiosk."""

    def cursor(self) -> str:
        """Where the feed is to go on; "" for the beginning."""
        ...

    def apply(self, page: Page, after: str, at_utc: datetime, settled: int | None = None) -> Applied:
        """The whole page and its cursor in one transaction, durable on return; `after` is what was asked for, and
        `settled` how often anything was settled by then (`Outbox.settled`).

        What was erased is gone from the database's file and log before this returns, or its receipt is not yet in the
        outbox.
        """
        ...

    def unread(self) -> Unread:
        """What of the feed could not be read so far."""
        ...

    def keep_unread(self, unread: Unread) -> None:
        """Remember it; durable on return."""
        ...


class Membership(Protocol):
    """What this kiosk is to central. The device key and the token are sealed."""

    def store_id(self) -> str:
        """The random id of this store."""
        ...

    def device_key(self) -> bytes:
        """The 32 secret bytes of the kiosk's Ed25519 key, made when they are first needed."""
        ...

    def member(self) -> Member | None:
        """None where the kiosk is not paired."""
        ...

    def epoch(self) -> str:
        """The id of central's database as it was heard of last; "" where the kiosk is not paired."""
        ...

    def was_revoked(self) -> bool:
        """Whether central took this kiosk out of the fleet, and it was not paired since."""
        ...

    def invited(self, invitation: Invitation | None) -> None:
        """Keep what the kiosk asked to be paired with, sealed; None: it waits for nothing any more."""
        ...

    def invitation(self) -> Invitation | None:
        """What it still waits for: also when it was started again since."""
        ...

    def join(self, url: str, credentials: Credentials, at_utc: datetime) -> int:
        """The kiosk is paired from now on; everything that it is the author of waits to be pushed: how much."""
        ...

    def renew(self, token: str) -> None:
        """Another device token from now on."""
        ...

    def begin_to_leave(self, at_utc: datetime) -> None:
        """Central is about to be told that this kiosk leaves; durable on return."""
        ...

    def leave(self, at_utc: datetime, *, revoked: bool) -> int:
        """The kiosk is on its own again; how many people went.

        Those enrolled elsewhere go with their passes and templates, from file and log too. `revoked`: everybody whom
        central has goes, also those enrolled here, unless the kiosk had begun to leave by itself.
        """
        ...

    def contacted(self, at_utc: datetime) -> None:
        """Central answered at that time, by its own clock."""
        ...

    def reserve(self, lane: str, count: int) -> int:
        """The first of so many counters of a lane that were never used; durable on return."""
        ...

    def raise_counter(self, lane: str, above: int) -> None:
        """Central has seen that counter: go on above."""
        ...


@dataclass(frozen=True, slots=True)
class Pulled:
    """A page of the feed, and how many of its changes could not be read and are not in it (only if asked `loosely`)."""

    page: Page
    unread: int = 0


class Central(Protocol):
    """Central, as one thread of the kiosk speaks to it. Every verb raises SyncError by what can be done about it."""

    @property
    def wire(self) -> str:
        """The version of the wire, and of the software, that central named last; "" before its first answer."""
        ...

    def push(self, push: Push) -> PushAnswer:
        """Tell it these items."""
        ...

    def pull(self, after: str, limit: int, *, loosely: bool = False) -> Pulled:
        """The page after that cursor, of so many changes at most. `loosely`: without those that can't be read."""
        ...

    def beat(self, beat: HeartBeat) -> Heard:
        """Say how the kiosk is."""
        ...

    def ask(self, ask: AskToPair) -> Asked:
        """Ask to be paired."""
        ...

    def claim(self, pairing: str, claim: Claim) -> Claimed:
        """Has an admin confirmed that pairing?"""
        ...

    def new_token(self) -> NewToken:
        """Another device token."""
        ...

    def use_token(self, token: str) -> None:
        """From now on, sign with that one."""
        ...

    def go_above(self, last: int) -> None:
        """Central has seen that counter."""
        ...

    def leave(self) -> None:
        """This kiosk is no longer one of the fleet."""
        ...

    def open_stream(self) -> AbstractContextManager[Iterator[bool]]:
        """Signs of life of the stream, as they come: True where there is something to pull."""
        ...

    def download(self, path: str, start: int) -> AbstractContextManager[Iterator[bytes]]:
        """A file's bytes from `start` on."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...
