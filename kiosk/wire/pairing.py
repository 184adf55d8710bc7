"""How a kiosk becomes one of the fleet: it shows a code, an admin confirms it, and it fetches its token.

The kiosk proves with each message that it has the key whose fingerprint the admin saw.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from kiosk.wire.fields import Bytes, Id, Label, Message, Moment, Name, PublicKey

CODE_LETTERS = "23456789BCDFGHJKMNPQRSTVWXZ"  # none that looks or sounds like another, and no words
CODE_LENGTH = 8
Signature = Annotated[Bytes, Field(min_length=64, max_length=64)]


class AskToPair(Message):
    """A kiosk asks: its public key, the id of its store, and its software. `signature`: see `signing.ask_text`."""

    public: PublicKey
    store: Id
    software: Annotated[str, Field(max_length=40)] = ""
    signature: Signature


class Asked(Message):
    """The code that the kiosk shows, and until when it can be confirmed; `id` is what it claims its token by."""

    id: Id
    code: Annotated[str, Field(min_length=CODE_LENGTH, max_length=CODE_LENGTH)]
    expires_utc: Moment


class Claim(Message):
    """Is it confirmed? `signature`: see `signing.claim_text`."""

    signature: Signature


class PairingState(StrEnum):
    """What became of a pairing."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    EXPIRED = "expired"


class Credentials(Message):
    """What a paired kiosk keeps. `signer` is central's public key, which signs models; `epoch` is its database's."""

    kiosk: Id
    token: Annotated[str, Field(min_length=16, max_length=200)] = Field(repr=False)
    name: Name
    site: Label
    signer: PublicKey
    epoch: Id


class Claimed(Message):
    """The state, and once it is confirmed the credentials: new ones each time, until the first is used."""

    state: PairingState
    credentials: Credentials | None = None


class NewToken(Message):
    """Another device token; the one before is good until this one is used."""

    token: Annotated[str, Field(min_length=16, max_length=200)] = Field(repr=False)
