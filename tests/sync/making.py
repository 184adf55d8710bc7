"""Real kiosks' stores and engines, a real central, and a network between them that fails as it is told."""

import itertools
import random
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from pathlib import Path
from typing import Any

import httpx
from pydantic import BaseModel

from kiosk.store import Store
from kiosk.sync.client import open_central, patience_of
from kiosk.sync.engine import Engine, Here, Rhythm
from kiosk.sync.options import Options
from kiosk.sync.pairing import Pairing
from kiosk.sync.ports import Applied, Central, Member
from kiosk.sync.signature import signer_of
from kiosk.wire import forms
from kiosk.wire.pairing import PairingState
from tests.central.kiosks_making import confirm
from tests.central.making import Running
from tests.fakes.clock import FakeClock
from tests.store.making import open_store, somebody

URL = "https://central.test"
NAMES = itertools.count(1)


class KioskClock(FakeClock):
    """A fake clock that begins today, so that central does not take it for a wrong one."""

    def __init__(self) -> None:
        super().__init__()
        self.begin = datetime.now(UTC)

    def utc(self) -> datetime:
        return self.begin + timedelta(seconds=self.monotonic() - 1000.0)


class Fault(Enum):
    """What happens to a request."""

    BEFORE = auto()  # it does not arrive
    AFTER = auto()  # it arrives, and its answer is lost
    TWICE = auto()  # it arrives twice, and the second answer comes back
    CUT = auto()  # its answer is cut short
    OOPS = auto()  # 500
    LATER = auto()  # 503 with Retry-After
    SLOWER = auto()  # 429


Rule = Callable[[httpx.Request], Fault | httpx.Response | None]


@dataclass
class Network(httpx.BaseTransport):
    """What lies between a kiosk and central: `rule` says what happens to each request, `change` to each answer."""

    central: Running
    rule: Rule = lambda _request: None
    change: Callable[[httpx.Request, bytes], bytes] = lambda _request, content: content
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[httpx.Request] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        fault = self.rule(request)
        if isinstance(fault, httpx.Response):
            return fault
        if fault is Fault.BEFORE:
            raise httpx.ConnectError("no network", request=request)
        if fault is Fault.OOPS:
            return httpx.Response(500)
        if fault in (Fault.LATER, Fault.SLOWER):
            return httpx.Response(503 if fault is Fault.LATER else 429, headers={"Retry-After": "2"})
        answer = self._delivered(request)
        if fault is Fault.TWICE:
            answer = self._delivered(request)
        if fault is Fault.AFTER:
            raise httpx.ReadTimeout("no answer", request=request)
        content = self.change(request, answer.content)
        if fault is Fault.CUT:
            content = content[: len(content) // 2]
        kept = {
            name: answer.headers[name]
            for name in ("Content-Type", "Content-Range", "Retry-After")
            if name in answer.headers
        }
        return httpx.Response(answer.status_code, headers=kept | self.headers, stream=httpx.ByteStream(content))

    def _delivered(self, request: httpx.Request) -> httpx.Response:
        again = self.central.client.build_request(
            request.method,
            request.url.raw_path.decode(),
            content=request.read(),
            headers={name: value for name, value in request.headers.items() if name not in ("host", "content-length")},
        )
        return self.central.client.send(again)

    def paths(self) -> list[str]:
        return [request.url.path.rpartition("/")[2] for request in self.asked]


@dataclass
class Kiosk:
    """One kiosk with a real store, whose time passes only in `run`. `memory`: who is gone and still in it."""

    store: Store
    network: Network
    clock: KioskClock
    engine: Engine
    heard: list[tuple[Applied, bool]]
    notes: list[str]
    memory: set[str] = field(default_factory=set)

    def step(self) -> float:
        """One step, and its pause."""
        pause_s = self.engine.step(self.clock.monotonic())
        self.clock.advance(min(pause_s, 600.0))
        return pause_s

    def run(self, seconds: float = 5.0) -> None:
        """Until so much time has passed, or all is exchanged."""
        until = self.clock.monotonic() + seconds
        while self.clock.monotonic() < until:
            pause_s = self.engine.step(self.clock.monotonic())
            if self.engine.is_idle() and pause_s:
                return
            self.clock.advance(pause_s)

    def enrol(self, name: str = "Ada Lovelace", seed: int = 0) -> str:
        from tests.store.making import an_embedding

        return self.store.people.enrol(somebody(name, an_embedding(seed)), self.clock.utc()).id

    def names(self) -> list[str]:
        return sorted(person.name for person in self.store.people.everybody())

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Another program writes to the store for longer than anybody waits."""
        self.store.people.db.execute("PRAGMA busy_timeout = 20")
        raw = sqlite3.connect(self.store.folder / "kiosk.db", isolation_level=None)
        raw.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            raw.execute("ROLLBACK")
            raw.close()

    @property
    def id(self) -> str:
        member = self.store.membership.member()
        assert member is not None
        return member.credentials.kiosk


def line(store: Store, network: Network, clock: KioskClock) -> Callable[[Member], Central]:
    def dial(member: Member) -> Central:
        patience = patience_of(clock)
        return open_central(member.url, Options(), patience, signer_of(store.membership), network)

    return dial


@contextmanager
def a_kiosk(folder: Path, central: Running, *, site: str = "north", pair: bool = True) -> Iterator[Kiosk]:
    """A kiosk, paired with that central."""
    clock, network = KioskClock(), Network(central)
    with open_store(folder, clock) as store:
        if pair:
            join(store, network, clock, site)
        yield an_engine(store, network, clock)


class Followed:
    """A room of the store in which something else happens right before `verb`, or as soon as it was done."""

    def __init__(
        self,
        room: Any,
        verb: str,
        then: Callable[[Any], object] = lambda _done: None,
        first: Callable[[], object] = lambda: None,
    ) -> None:
        self._room, self._verb, self._then, self._first = room, verb, then, first

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._room, name)
        if name != self._verb:
            return found

        def act(*args: Any, **more: Any) -> Any:
            self._first()
            done = found(*args, **more)
            self._then(done)
            return done

        return act


def an_engine(
    store: Store, network: Network, clock: KioskClock, rooms: Mapping[str, Any] | None = None, **more: Any
) -> Kiosk:
    """An engine over that store. `rooms` stand in place of the store's own."""
    given = rooms or {}
    heard: list[tuple[Applied, bool]] = []
    notes: list[str] = []
    memory: set[str] = set()
    here = Here(
        given.get("outbox", store.outbox),
        given.get("inbox", store.inbox),
        given.get("membership", store.membership),
        clock,
        lambda applied, more_follows: heard.append((applied, more_follows)),
        notes.append,
        is_forgotten=lambda: not memory,
    )
    engine = Engine(here, line(store, network, clock), Rhythm(), chance=random.Random(7), **more)
    return Kiosk(store, network, clock, engine, heard, notes, memory)


def join(store: Store, network: Network, clock: KioskClock, site: str = "north") -> None:
    """As a kiosk is paired: by the real routes."""
    client = open_central(URL, Options(), patience_of(clock), None, network)
    pairing = Pairing(client, store.membership, clock, URL)
    shown = pairing.ask()
    answer = confirm(network.central, shown.code, f"Kiosk {next(NAMES)}", site=site)
    assert answer.status_code == 200, answer.text
    assert pairing.claim().state is PairingState.CONFIRMED


def rewritten(content: bytes, kind: type[BaseModel], change: Callable[[Any], BaseModel]) -> bytes:
    """The message in those bytes, changed; bytes of another message stay as they are."""
    try:
        return forms.written(change(forms.read(content, kind)))
    except forms.Unreadable:
        return content
