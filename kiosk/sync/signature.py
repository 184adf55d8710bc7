"""What a request is signed with: the device token, the kiosk's key, and counters that were never used before."""

from dataclasses import dataclass, field
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kiosk.sync.ports import Membership
from kiosk.wire import signing
from kiosk.wire.signing import Lane

BLOCK = 50


class Ledger(Protocol):
    """Where the counters of a kiosk are kept, so that none is ever used twice."""

    def reserve(self, lane: str, count: int) -> int:
        """The first of so many counters of a lane that were never used."""
        ...

    def raise_counter(self, lane: str, above: int) -> None:
        """Central has seen that counter: go on above."""
        ...


@dataclass(slots=True)
class Counters:
    """The counters of one lane, taken from the store in blocks; used by the thread that opened the store.

    What is left of a block when the kiosk stops is never used: counters only have to grow.
    """

    membership: Ledger
    lane: str
    _next: int = 0
    _end: int = 0

    def take(self) -> int:
        """A counter that was never used."""
        if self._next >= self._end:
            self._next = self.membership.reserve(self.lane, BLOCK)
            self._end = self._next + BLOCK
        self._next += 1
        return self._next - 1

    def go_above(self, last: int) -> None:
        """Central has seen that counter: what is left of the block is of no use."""
        self.membership.raise_counter(self.lane, last)
        self._next = self._end = 0


@dataclass(slots=True)
class Signer:
    """Signs requests as this kiosk. The token never shows in a repr."""

    key: Ed25519PrivateKey = field(repr=False)
    token: str = field(repr=False)
    counters: Counters

    def headers(self, method: str, target: str, body: bytes) -> dict[str, str]:
        """What goes with that request: `target` is path and query, `body` the bytes as they are sent."""
        counter = self.counters.take()
        text = signing.request_text(method, target, self.counters.lane, counter, body)
        signed = signing.Signed(self.counters.lane, counter, self.key.sign(text))
        return {"Authorization": f"Bearer {self.token}", signing.SIGNATURE_HEADER: signed.header()}


def signer_of(membership: Membership, lane: str = Lane.MAIN, counters: Counters | None = None) -> Signer | None:
    """The signer of a paired kiosk; None where it is not paired. `counters` are what is left of a block of that lane,
    for whoever makes one signer after another: each block is written to the card.
    """
    member = membership.member()
    if member is None:
        return None
    return Signer(device_key(membership), member.credentials.token, counters or Counters(membership, lane))


def device_key(membership: Membership) -> Ed25519PrivateKey:
    """The kiosk's own key."""
    return Ed25519PrivateKey.from_private_bytes(membership.device_key())


def public_of(key: Ed25519PrivateKey) -> bytes:
    """Its public half, 32 bytes."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
