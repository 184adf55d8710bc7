"""The second process: every kiosk of a fleet, each with a key, a token and a rhythm of its own, as one JSON object.

Run as `python -m kiosk.central.bench.fleet` with a plan as JSON on its standard input. A kiosk opens a connection for
each request, as real ones do whose connection was idle for half a minute.
"""

import asyncio
import base64
import hashlib
import json
import random
import sys
from collections.abc import Coroutine
from dataclasses import asdict, dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.central.bench.wire import Address, Line
from kiosk.central.clock import ServerClock
from kiosk.domain.ids import new_id
from kiosk.wire import forms
from kiosk.wire.beating import CameraState, HeartBeat
from kiosk.wire.pushed import Answer, Happened, Item, Kind, Push, PushAnswer
from kiosk.wire.signing import SIGNATURE_HEADER, Lane, Signed, request_text

BEAT, PUSH, STREAM = "/v1/kiosk/heart-beat", "/v1/kiosk/push", "/v1/kiosk/stream"
OPENED_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Plan:
    """How many kiosks, and how often each beats and tells an event (0: never). `secret` makes their keys and tokens."""

    port: int
    kiosks: int
    seconds: float
    beat_s: float
    event_s: float
    streams: int
    secret: str
    host: str = "127.0.0.1"


@dataclass(slots=True)
class Seen:
    """What was answered. Times are in seconds; `errors` counts by what went wrong."""

    beats_s: list[float] = field(default_factory=list)
    events_s: list[float] = field(default_factory=list)
    streams: int = 0
    streams_ended: int = 0
    late: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def failed(self, why: str) -> None:
        """One more of that."""
        self.errors[why] = self.errors.get(why, 0) + 1


def key_of(secret: str, number: int) -> Ed25519PrivateKey:
    """The key of that kiosk."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"{secret} key {number}".encode()).digest())


def token_of(secret: str, number: int) -> str:
    """Its token."""
    return f"fkd_{base64.urlsafe_b64encode(hashlib.sha256(f'{secret} token {number}'.encode()).digest()).decode()}"


@dataclass(slots=True)
class Client:
    """One kiosk: its key, its token, and how far it has counted."""

    plan: Plan
    number: int
    seen: Seen
    clock: ServerClock
    key: Ed25519PrivateKey = field(init=False, repr=False)
    told: int = 0
    sent_bytes: int = 0
    _counter: int = 0
    _seq: int = 0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)  # one request after another, as an engine does

    def __post_init__(self) -> None:
        self.key = key_of(self.plan.secret, self.number)
        self._counter = int(self.clock.utc().timestamp() * 1000)  # above what an earlier plan counted to

    def signed(self, method: str, path: str, lane: str, body: bytes, *, is_packed: bool = False) -> bytes:
        """The bytes of a request."""
        self._counter += 1
        signature = self.key.sign(request_text(method, path, lane, self._counter, body))
        lines = (
            f"{method} {path} HTTP/1.1",
            "Host: bench",
            f"Authorization: Bearer {token_of(self.plan.secret, self.number)}",
            f"{SIGNATURE_HEADER}: {Signed(lane, self._counter, signature).header()}",
            f"Content-Type: {forms.CBOR}",
            f"Accept: {forms.CBOR}",
            f"Content-Length: {len(body)}",
            *(("Content-Encoding: gzip",) if is_packed else ()),
            "Connection: close" if lane == Lane.MAIN else "Connection: keep-alive",
        )
        return "\r\n".join((*lines, "", "")).encode() + body

    async def beat(self) -> None:
        """One heart-beat."""
        said = HeartBeat(
            software="1.0", model="simulated", temperature_c=51.5, disk_free_mb=9000, frames_per_s=19.8,
            decision_ms=310.0, camera=CameraState.GOOD, people=100, waiting=0, dead=0,
        )  # fmt: skip
        await self._ask(BEAT, forms.written(said), self.seen.beats_s)

    async def tell(self, count: int = 1) -> None:
        """So many events of visitors, in one request."""
        push = Push(store=f"store{self.number}", items=[self._event() for _ in range(count)])
        body, is_packed = forms.packed(forms.written(push))
        answer = await self._ask(PUSH, body, self.seen.events_s, is_packed=is_packed)
        if answer is None:
            return
        if any(one.answer is not Answer.ACCEPTED for one in forms.read(answer, PushAnswer).answers):
            self.seen.failed("event not accepted")
        self.told, self.sent_bytes = self.told + count, self.sent_bytes + len(body)

    def _event(self) -> Item:
        now, self._seq = self.clock.utc(), self._seq + 1
        event = Happened(id=new_id(now), seq=self._seq, kind="unknown", taken_utc=now, reason="nobody-similar")
        return Item(id=new_id(now), seq=self._seq, kind=Kind.EVENT.value, body=event.model_dump())

    async def _ask(self, path: str, body: bytes, times: list[float], *, is_packed: bool = False) -> bytes | None:
        began, line = self.clock.monotonic(), Line(Address(self.plan.host, self.plan.port))
        try:
            async with self._turn, asyncio.timeout(20):
                status, answer = await line.ask(self.signed("POST", path, Lane.MAIN, body, is_packed=is_packed))
        except (OSError, EOFError, TimeoutError) as error:
            self.seen.failed(type(error).__name__)
            return None
        finally:
            line.close()
        if status != 200:
            self.seen.failed(f"status {status}")
            return None
        times.append(self.clock.monotonic() - began)
        return answer


async def play(plan: Plan) -> Seen:
    """Every kiosk of the plan, side by side."""
    seen, clock, dice = Seen(), ServerClock(), random.Random(plan.kiosks)
    clients = [Client(plan, number, seen, clock) for number in range(plan.kiosks)]
    room = asyncio.Semaphore(OPENED_AT_ONCE)
    streams = [asyncio.create_task(_listen(client, room)) for client in clients[: plan.streams]]
    while seen.streams + seen.streams_ended < plan.streams:
        await asyncio.sleep(0.1)
    began = clock.monotonic()
    until = began + plan.seconds
    doing: list[Coroutine[Any, Any, None]] = []
    for client in clients:
        if plan.beat_s:
            doing.append(_again(client, client.beat, plan.beat_s, began + dice.uniform(0, plan.beat_s), until))
        if plan.event_s:
            doing.append(_again(client, client.tell, plan.event_s, began + dice.uniform(0, plan.event_s), until))
    await asyncio.gather(*doing, asyncio.sleep(plan.seconds))
    seen.seconds = clock.monotonic() - began
    for stream in streams:
        stream.cancel()
    await asyncio.gather(*streams, return_exceptions=True)
    return seen


async def _again(client: Client, act: Any, every_s: float, at: float, until: float) -> None:  # noqa: ANN401 - a method
    """At its time, and again after `every_s`; what comes more than a second late is counted."""
    while at < until:
        await asyncio.sleep(max(0.0, at - client.clock.monotonic()))
        if client.clock.monotonic() - at > 1.0:
            client.seen.late += 1
        await act()
        at += every_s


async def _listen(client: Client, room: asyncio.Semaphore) -> None:
    """One stream, held open; what it says is passed over."""
    writer = None
    try:
        async with room:
            reader, writer = await asyncio.open_connection(client.plan.host, client.plan.port)
            writer.write(client.signed("GET", STREAM, Lane.STREAM, b""))
            head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head[:16]:
            client.seen.failed(f"stream: status {head[9:12].decode()}")
            client.seen.streams_ended += 1
            return
        client.seen.streams += 1
        while await reader.read(4096):
            pass
        client.seen.streams_ended += 1
    except (OSError, EOFError) as error:
        client.seen.failed(f"stream: {type(error).__name__}")
        client.seen.streams_ended += 1
    finally:
        if writer is not None:
            writer.close()


def main() -> None:
    """Play the plan on standard input."""
    plan = Plan(**json.loads(sys.stdin.read()))
    sys.stdout.write(json.dumps(asdict(asyncio.run(play(plan)))))


if __name__ == "__main__":
    main()
