"""Becoming one of the fleet: ask, show the code, wait until an admin confirms it, keep what is given."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from kiosk import __version__
from kiosk.domain.errors import Refused, Rejected, Revoked
from kiosk.domain.ports import Clock
from kiosk.sync.ports import Central, Membership
from kiosk.sync.signature import device_key, public_of
from kiosk.wire import signing
from kiosk.wire.pairing import AskToPair, Claim, Claimed, Credentials, PairingState
from kiosk.wire.standing import Invitation

POLL_S = 2.0
WAITED_S = 15 * 60.0 + 10.0  # by then central has said that the code ran out; no clock on the wall is asked


@dataclass(slots=True)
class Pairing:
    """One pairing with the central at `url`; used by the thread that opened the store.

    `waiting` is how many items wait to be pushed once it is paired.
    """

    central: Central
    membership: Membership
    clock: Clock
    url: str
    invitation: Invitation | None = None
    waiting: int = 0
    _sign: Callable[[bytes], bytes] = field(init=False, repr=False)
    _public: bytes = field(init=False)

    def __post_init__(self) -> None:
        key = device_key(self.membership)
        self._sign, self._public = key.sign, public_of(key)

    def ask(self) -> Invitation:
        """Ask for a code. Raises Refused where the kiosk is paired already, SyncError."""
        if self.membership.member() is not None:
            raise Refused("this kiosk is paired already; unpair it first (kiosk sync unpair)")
        store = self.membership.store_id()
        signature = self._sign(signing.ask_text(self._public, store))
        asked = self.central.ask(AskToPair(public=self._public, store=store, software=__version__, signature=signature))
        shown = signing.fingerprint(self._public)
        self.invitation = Invitation(asked.id, self.url, asked.code, shown, asked.expires_utc)
        self.membership.invited(self.invitation)
        return self.invitation

    def claim(self) -> Invitation:
        """What became of it; once it is confirmed, the kiosk is paired. Raises Refused before `ask`, SyncError."""
        if self.invitation is None:
            raise Refused("there is no pairing to claim; ask for one first")
        claim = Claim(signature=self._sign(signing.claim_text(self.invitation.id)))
        claimed = self._claimed(self.invitation.id, claim)
        if claimed.credentials is not None and claimed.state is PairingState.CONFIRMED:
            self._join(claimed.credentials)
        if claimed.state in (PairingState.REFUSED, PairingState.EXPIRED):
            self.give_up()
        self.invitation = replace(self.invitation, state=claimed.state)
        return self.invitation

    def give_up(self) -> None:
        """Wait for it no more; what another process of this kiosk asked for since is not ours to drop."""
        kept = self.membership.invitation()
        if kept is not None and self.invitation is not None and kept.id == self.invitation.id:
            self.membership.invited(None)

    def _join(self, credentials: Credentials) -> None:
        try:
            self.waiting = self.membership.join(self.url, credentials, self.clock.utc())
        except Refused:
            member = self.membership.member()
            if member is None or member.url != self.url:
                raise  # else another process of this kiosk has claimed it as well, and was first

    def _claimed(self, pairing: str, claim: Claim) -> Claimed:
        """A pairing that central does not know any more ran out."""
        try:
            return self.central.claim(pairing, claim)
        except Rejected as error:
            if error.status in (404, 410):
                return Claimed(state=PairingState.EXPIRED)
            raise


def unpair(central: Central | None, membership: Membership, at_utc: datetime) -> int:
    """The kiosk is on its own again; how many people went. Central is told where it can be. Raises SyncError.

    `central` is None to leave without a word. One that says that it does not have us any more has heard it before, and
    its answer was lost.
    """
    if central is not None:
        membership.begin_to_leave(at_utc)
        with suppress(Revoked):
            central.leave()
    return membership.leave(at_utc, revoked=False)
