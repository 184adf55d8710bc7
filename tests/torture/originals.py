"""A real store with good passes of both kinds, for forgers to begin with."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import cbor2
from base45 import b45decode, b45encode
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.domain.people import Consent, Pass, PassClaims, PassKind
from kiosk.domain.verdict import Aftermath
from kiosk.parts.gate import Registry
from kiosk.passes import token
from kiosk.passes.keys import PassKey
from kiosk.store import Store
from tests.fakes.clock import FakeClock
from tests.store.making import MODEL, NOON, a_decision, an_embedding, open_store, somebody

SITE = "main-entrance"
EACH = 8
VALID = timedelta(hours=8)
EARLIER = timedelta(hours=1)
SIGN1 = 18


class WrongClock(FakeClock):
    """A clock that can be set to any time."""

    def __init__(self) -> None:
        super().__init__()
        self.shift = timedelta()

    def utc(self) -> datetime:
        return super().utc() + self.shift


def packed(envelope: object) -> str:
    """The text of a code that holds those CBOR values."""
    return written(cbor2.dumps(envelope))


def written(content: bytes) -> str:
    """The text of a code that holds those bytes."""
    return token.PREFIX + str(b45encode(content), "ascii")


def header_of(key: PassKey) -> bytes:
    """The header by which a pass names its key and its algorithm."""
    return cbor2.dumps({1: -8, 4: key.id})


def signed(payload: object, key: PassKey, protected: bytes | None = None) -> str:
    """A pass made by hand as the standard says, by whoever holds that key."""
    head = header_of(key) if protected is None else protected
    content = payload if isinstance(payload, bytes) else cbor2.dumps(payload)
    private = Ed25519PrivateKey.from_private_bytes(key.private_bytes)
    signature = private.sign(cbor2.dumps(["Signature1", head, b"", content]))
    return packed(cbor2.CBORTag(SIGN1, [head, {}, content, signature]))


@dataclass(frozen=True, slots=True)
class Original:
    """A pass as it was issued."""

    text: str
    claims: PassClaims
    key: PassKey

    @property
    def content(self) -> bytes:
        """The bytes in the code."""
        return bytes(b45decode(self.text[len(token.PREFIX) :]))

    @property
    def parts(self) -> list[bytes]:
        """Header, payload and signature."""
        header, _, payload, signature = cbor2.loads(self.content).value
        return [header, payload, signature]

    @property
    def payload(self) -> dict[int, object]:
        """What is signed, by number."""
        found: dict[int, object] = cbor2.loads(self.parts[1])
        return found


@dataclass(slots=True)
class Originals:
    """A store that rolled its key once and dropped a third one; passes that are good, and some that were."""

    folder: Path
    dice: Random
    clock: WrongClock = field(default_factory=WrongClock)
    good: dict[PassKind, list[Original]] = field(default_factory=dict)
    spent: list[Original] = field(default_factory=list)
    withdrawn: list[Original] = field(default_factory=list)
    store: Store = field(init=False)
    dropped: PassKey = field(init=False)
    keys: tuple[PassKey, ...] = ()

    def __post_init__(self) -> None:
        self.store = open_store(self.folder, self.clock)
        self.dropped = self.store.secrets.pass_key()
        for _ in range(2):
            self.store.secrets.roll_pass_key(self.clock.utc())
        self.store.secrets.drop_pass_key(self.dropped.id, self.clock.utc())
        self.keys = tuple(self.store.secrets.pass_keys())
        for kind in PassKind:
            self.good[kind] = [self.issue(kind) for _ in range(EACH)]
            self.spent += [self.issue(kind, once=True) for _ in range(EACH // 2)]
            self.withdrawn += [self.issue(kind) for _ in range(EACH // 2)]
        for number, original in enumerate(self.spent):
            once = Aftermath(spent=original.claims.pass_id, spent_until_utc=original.claims.expires_utc)
            self.store.journal.record(a_decision(f"used-{number}"), self.clock.utc(), once)
        for original in self.withdrawn:
            self._withdraw(original.claims)

    @property
    def registry(self) -> Registry:
        """What the kiosk's gate would check passes against."""
        return Registry(self.keys, SITE, MODEL, self.store.passes, self.store.people, self.store.tries)

    def open_again(self) -> None:
        """As if the kiosk was started anew."""
        self.store.close()
        self.store = open_store(self.folder, self.clock)
        self.keys = tuple(self.store.secrets.pass_keys())

    def issue(self, kind: PassKind, *, once: bool = False) -> Original:
        """A new pass, signed with either of the keys."""
        start, number = NOON - EARLIER, self.dice.randbytes(16).hex()
        claims = PassClaims(number, "", SITE, start, start + EARLIER + VALID, once)
        if kind is PassKind.REFERENCE:
            person = self.store.people.enrol(somebody(f"Visitor {number}"), self.clock.utc())
            claims = replace(claims, person=person.id)
            self.store.passes.keep(Pass(number, person.id, SITE, start, claims.expires_utc, single_use=once))
        else:
            template = an_embedding(self.dice.randrange(2**32))
            claims = replace(claims, template=template, consent=Consent("carried-1", "en", start, "screen"))
        key = self.dice.choice(self.keys)
        return Original(token.issue(claims, key), claims, key)

    def any_of(self, kind: PassKind | None = None, but: Sequence[Original] = ()) -> Original:
        """A good pass."""
        kinds = list(PassKind) if kind is None else [kind]
        return self.dice.choice([one for each in kinds for one in self.good[each] if one not in but])

    def _withdraw(self, claims: PassClaims) -> None:
        if claims.kind is PassKind.CARRIED:
            self.store.passes.withdraw(claims, self.clock.utc())
        else:
            self.store.passes.revoke(claims.pass_id, self.clock.utc())
