"""A kiosk that is none: it has a key, a token and counters in memory, and keeps what it is told as a kiosk would."""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk import __version__
from kiosk.domain.ids import new_id
from kiosk.domain.ports import Clock
from kiosk.sync.client import PULL, HttpCentral, Raw
from kiosk.sync.conformance.findings import NotKept, need
from kiosk.sync.signature import Counters, Signer, public_of
from kiosk.wire import signing
from kiosk.wire.forms import JSON
from kiosk.wire.pairing import AskToPair, Claim, Claimed, Credentials
from kiosk.wire.pulled import Change, Page
from kiosk.wire.pushed import Answered, Item, Kind, Push
from kiosk.wire.signing import WIRE, WIRE_HEADER, Lane
from kiosk.wire.standing import Invitation

PAGES_MOST = 5_000
Dial = Callable[[Signer | None, Callable[[], bool]], HttpCentral]


@dataclass(slots=True)
class Memory:
    """Counters that are forgotten with the process; the test kiosk is too."""

    last: dict[str, int] = field(default_factory=dict)

    def reserve(self, lane: str, count: int) -> int:
        """The first of so many."""
        first = self.last.get(lane, 0) + 1
        self.last[lane] = first + count - 1
        return first

    def raise_counter(self, lane: str, above: int) -> None:
        """Go on above."""
        self.last[lane] = max(self.last.get(lane, 0), above)


@dataclass(slots=True)
class Kept:
    """What the feed told, by the subjects' ids."""

    people: dict[str, Change] = field(default_factory=dict)
    passes: dict[str, Change] = field(default_factory=dict)
    keys: dict[str, Change] = field(default_factory=dict)
    gone: dict[str, bool] = field(default_factory=dict)

    def apply(self, change: Change) -> None:
        """One change; kinds that nothing is looked at of are passed over."""
        if change.person is not None:
            self.people[change.person.id] = change
        elif change.gone is not None:
            self.people.pop(change.gone.id, None)
            self.gone[change.gone.id] = change.gone.erased
        elif change.pass_ is not None:
            self.passes[change.pass_.id] = change
        elif change.pass_gone is not None:
            self.passes.pop(change.pass_gone, None)
        elif change.key is not None:
            self.keys[change.key.id] = change

    def subjects(self) -> dict[str, Change]:
        """Everything that is there."""
        return self.people | self.passes | self.keys


@dataclass(slots=True)
class Probe:
    """One test kiosk. `line` is its connection, `pairing` by what it became one of the fleet."""

    dial: Dial
    clock: Clock
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate, repr=False)
    store: str = field(default_factory=lambda: secrets.token_hex(16))
    ledger: Memory = field(default_factory=Memory)
    credentials: Credentials | None = None
    pairing: str = ""
    cursor: str = ""
    kept: Kept = field(default_factory=Kept)
    line: HttpCentral = field(init=False)
    _seq: int = 0

    def __post_init__(self) -> None:
        self.line = self.dial(None, lambda: False)

    @property
    def public(self) -> bytes:
        """The public half of its key."""
        return public_of(self.key)

    @property
    def member(self) -> Credentials:
        """What it was given. Raises NotKept before that."""
        if self.credentials is None:
            raise NotKept("the test kiosk was given no credentials")
        return self.credentials

    def ask(self) -> Invitation:
        """Ask to be paired."""
        signature = self.key.sign(signing.ask_text(self.public, self.store))
        ask = AskToPair(public=self.public, store=self.store, software=__version__, signature=signature)
        asked = self.line.ask(ask)
        return Invitation(asked.id, self.line.base, asked.code, signing.fingerprint(self.public), asked.expires_utc)

    def claim(self, pairing: str) -> Claimed:
        """What became of it."""
        return self.line.claim(pairing, Claim(signature=self.key.sign(signing.claim_text(pairing))))

    def join(self, credentials: Credentials, pairing: str) -> None:
        """From now on it is that kiosk."""
        self.credentials, self.pairing = credentials, pairing
        self.line.close()
        self.line = self.dial(self.signer(), lambda: False)

    def signer(self, lane: str = Lane.MAIN, token: str = "") -> Signer:
        """What signs its requests in that lane."""
        return Signer(self.key, token or self.member.token, Counters(self.ledger, lane))

    def item(self, kind: Kind | str, body: Mapping[str, Any]) -> Item:
        """A new row of its outbox."""
        self._seq += 1
        return Item(id=self.id(), seq=self._seq, kind=str(kind), body=dict(body))

    def id(self) -> str:
        """A new id."""
        return new_id(self.clock.utc())

    def push(self, *items: Item) -> list[Answered]:
        """The answers to those items, one for each. Raises NotKept for other ones, SyncError."""
        answers = self.line.push(Push(store=self.store, items=list(items))).answers
        need([one.id for one in answers] == [one.id for one in items], "not one answer for each item, in their order")
        return answers

    def told(self, kind: Kind, body: Mapping[str, Any]) -> tuple[str, str]:
        """The answer to one item, and its reason."""
        (answer,) = self.push(self.item(kind, body))
        return answer.answer.value, answer.reason

    def pull(self) -> Kept:
        """Everything that it was told, after all there is was pulled."""
        self.cursor, _ = self.pulled(self.cursor, self.kept)
        return self.kept

    def pulled(self, cursor: str, kept: Kept, limit: int = 500) -> tuple[str, Page]:
        """The cursor after all there is, which `kept` has then, and the first page."""
        first: Page | None = None
        for _ in range(PAGES_MOST):
            page = self.line.pull(cursor, limit).page
            need(first is None or not page.reset, "a page after the first says again that it is a reset")
            first = first or page
            need(len(page.changes) <= limit, f"a page of {len(page.changes)} changes, {limit} were asked for")
            for change in page.changes:
                kept.apply(change)
            cursor = page.cursor
            if not page.more:
                return cursor, first
        raise NotKept(f"the feed has no end after {PAGES_MOST:,} pages")

    def signed(self, method: str, target: str, content: bytes = b"", lane: str = Lane.MAIN) -> dict[str, str]:
        """The headers of such a request with a counter of its own."""
        signer = self.line.signer if lane == Lane.MAIN and self.line.signer is not None else self.signer(lane)
        path = urlsplit(self.line.base).path + target
        form = {"Content-Type": JSON} if content else {}
        plain = {"Accept": JSON, "Accept-Encoding": "identity", WIRE_HEADER: str(WIRE)}
        return plain | form | signer.headers(method, path, content)

    def send(self, method: str, target: str, content: bytes = b"", **headers: str) -> Raw:
        """That request, signed, with other headers where those are given (`Content_Type`)."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.line.exchange(method, target, self.signed(method, target, content) | more, content)


def refused(answer: Raw, status: int, code: str, what: str) -> None:
    """Raises NotKept unless the answer says no with that status and code."""
    said = error_of(answer)
    need((answer.status, said) == (status, code), f"{what}: {answer.status} {said}, not {status} {code}")


def error_of(answer: Raw) -> str:
    """The code by which an answer says no; "" where there is none."""
    return str(said_in(answer).get("error", ""))


def said_in(answer: Raw) -> dict[str, Any]:
    """The members of an answer in JSON; none where it is no such thing."""
    try:
        found = json.loads(answer.content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def pull_target(cursor: str, limit: int) -> str:
    """Path and query of a pull."""
    return f"{PULL}?{urlencode({'cursor': cursor, 'limit': limit} if cursor else {'limit': limit})}"


def key_id(public: bytes) -> str:
    """The id of a pass key."""
    return hashlib.sha256(public).digest()[:8].hex()
