"""A network that does everything a network does: a transport for httpx around another one, with a seed.

What goes wrong with a request is drawn for each one. Time that it would take passes on the kiosk's own clock, so that
thousands of bad nights take seconds. `heal` ends it: from then on nothing goes wrong.
"""

import random
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal

from kiosk.wire.signing import SIGNATURE_HEADER, Lane, read_header

PROXY = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
PORTAL = b"<html><body>Welcome to the guests' network! Please sign in.</body></html>"
HTML, CBOR = "text/html", "application/cbor"
REMEMBERED = 40
THERE_AND_BACK_S = 0.02
# A copy of one of these does no harm and tells nothing, or is signed by what it says and not counted.
HARMLESS = ("/v1/kiosk/heart-beat", "/v1/pairings")
REFUSED = (401, 409, 410)


class Fault(StrEnum):
    """What may happen to a request."""

    NO_ROUTE = "no-route"
    LOST = "lost"
    UNANSWERED = "unanswered"
    LATE = "late"
    TOO_LATE = "too-late"
    TWICE = "twice"
    OLD_ONE_FIRST = "old-one-first"
    REQUEST_CUT = "request-cut"
    ANSWER_CUT = "answer-cut"
    HALF_CLOSED = "half-closed"
    DRIPPING = "dripping"
    BROKEN_500 = "500"
    BUSY_503 = "503"
    BUSY_429 = "429"
    PROXY_502 = "502"
    DONE_BUT_504 = "done-but-504"
    GUESTS_PORTAL = "guests-portal"
    REDIRECTED = "redirected"
    GARBAGE = "garbage"
    REQUEST_TAMPERED = "request-tampered"
    ANSWER_TAMPERED = "answer-tampered"


@dataclass
class Bridge(httpx.BaseTransport):
    """Requests go to an ASGI app in the event loop behind `portal`, without sockets."""

    app: Any
    portal: BlockingPortal

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        status, headers, content = self.portal.call(self._answer, request)
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(content))

    async def _answer(self, request: httpx.Request) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        way = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=("192.0.2.7", 40000))
        sent = httpx.Request(request.method, request.url, headers=request.headers.raw, content=request.content)
        answer = await way.handle_async_request(sent)
        return answer.status_code, answer.headers.raw, b"".join([chunk async for chunk in answer.aiter_raw()])


@dataclass
class Cut(httpx.SyncByteStream):
    """A body that breaks off; before that, `wait` may let time pass at each piece."""

    pieces: list[bytes]
    error: Exception | None
    wait: Callable[[], None] = lambda: None

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.wait()
            yield piece
        if self.error is not None:
            raise self.error


@dataclass
class Traffic:
    """What went over a network: requests and bytes, faults by kind, and copies that were taken though they are old."""

    requests: int = 0
    sent: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    replays: int = 0
    replays_taken: list[str] = field(default_factory=list)


@dataclass
class BadNetwork(httpx.BaseTransport):
    """`inner`, but for what goes wrong: to one request in `1 / chance`. `pass_time` moves the clock of who waits."""

    inner: httpx.BaseTransport
    dice: random.Random
    pass_time: Callable[[float], None]
    chance: float = 0.0
    is_down: bool = False
    traffic: Traffic = field(default_factory=Traffic)
    patience_s: float = 10.0
    faults: tuple[Fault, ...] = tuple(Fault)
    last_asked_s: float = 0.0
    meanwhile: Callable[[], None] = lambda: None  # what somebody else does while an answer is on its way
    _before: list[httpx.Request] = field(default_factory=list)
    _counted: int = -1

    def heal(self) -> None:
        """Nothing goes wrong any more, and nobody remembers anything."""
        self.chance, self.is_down = 0.0, False

    def forget(self) -> None:
        """Nothing that was recorded so far is sent again."""
        self._before.clear()
        self._counted = -1

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.pass_time(THERE_AND_BACK_S)
        self.traffic.requests += 1
        self.traffic.sent += len(request.content)
        fault = Fault.NO_ROUTE if self.is_down else self._drawn()
        try:
            answer = self._send(request) if fault is None else self._with(fault, request)
        finally:
            self._before.append(request)
            del self._before[:-REMEMBERED]
        self.meanwhile()
        self.traffic.statuses[answer.status_code] += 1
        return answer

    def close(self) -> None:
        """The inner one is everybody's."""

    def _drawn(self) -> Fault | None:
        if self.dice.random() >= self.chance:
            return None
        fault = self.dice.choice(self.faults)
        self.traffic.faults[fault] += 1
        return fault

    def _send(self, request: httpx.Request) -> httpx.Response:
        answer = self.inner.handle_request(request)
        if answer.status_code < 300:
            self._counted = max(self._counted, counter_of(request))
        return answer

    def _with(self, fault: Fault, request: httpx.Request) -> httpx.Response:  # noqa: C901 - one case a fault
        match fault:
            case Fault.NO_ROUTE:
                raise httpx.ConnectError("no route to host", request=request)
            case Fault.LOST:
                raise self._timed_out(request)
            case Fault.UNANSWERED:
                self._done(request)
                raise self._timed_out(request) if self.dice.random() < 0.5 else _broken(request)
            case Fault.LATE:
                self.pass_time(self.dice.uniform(0.1, self.patience_s * 0.9))
                return self._send(request)
            case Fault.TOO_LATE:
                raise self._timed_out(request, then=lambda: self._done(request))
            case Fault.TWICE:
                answers = [self._send(request), self._send(request)]
                return self.dice.choice(answers)
            case Fault.OLD_ONE_FIRST:
                self._replay()
                return self._send(request)
            case _:
                return self._with_content(fault, request)

    def _with_content(self, fault: Fault, request: httpx.Request) -> httpx.Response:  # noqa: C901 - one case a fault
        match fault:
            case Fault.REQUEST_CUT:
                return self._send(_changed(request, request.content[: self._place(request.content)]))
            case Fault.REQUEST_TAMPERED:
                return self._send(self._tampered(request))
            case Fault.BROKEN_500:
                return _said(500, b"Internal Server Error", "text/plain")
            case Fault.BUSY_503 | Fault.BUSY_429:
                return self._asked_to_wait(int(fault))
            case Fault.PROXY_502:
                return _said(502, PROXY, HTML)
            case Fault.DONE_BUT_504:
                self._done(request)
                return _said(504, PROXY.replace(b"502 Bad Gateway", b"504 Gateway Time-out"), HTML)
            case Fault.GUESTS_PORTAL:
                return _said(self.dice.choice((200, 511)), PORTAL, HTML)
            case Fault.REDIRECTED:
                return _said(302, PORTAL, HTML, ("Location", "http://portal.test/"))
            case Fault.GARBAGE:
                return _said(200, self.dice.randbytes(self.dice.choice((0, 1, 7, 300, 5000))), CBOR)
            case _:
                return self._with_answer(fault, self._send(request))

    def _with_answer(self, fault: Fault, answer: httpx.Response) -> httpx.Response:
        """The request was done; its answer arrives badly."""
        content = b"".join(answer.iter_raw())
        begun = content[: self._place(content)]
        if fault is Fault.DRIPPING:
            drops = [bytes([one]) for one in content[:40]] or [b""]
            body = Cut(drops, httpx.ReadTimeout("slow"), lambda: self.pass_time(self.patience_s * 0.9))
        elif fault is Fault.HALF_CLOSED:
            body = Cut([begun], httpx.RemoteProtocolError("peer closed connection without sending complete body"))
        elif fault is Fault.ANSWER_CUT:  # by a proxy that fits the length to what it has
            body = Cut([begun], None)
        else:
            body = Cut([begun], _not_sealed())
        return httpx.Response(answer.status_code, headers=answer.headers.raw, stream=body)

    def _asked_to_wait(self, status: int) -> httpx.Response:
        seconds = self.dice.choice(("", "1", "2", "5", "soon"))
        self.last_asked_s = float(seconds) if seconds.isdigit() else 0.0
        more = (("Retry-After", seconds),) if seconds else ()
        return _said(status, b"Please wait.", "text/plain", *more)

    def _timed_out(self, request: httpx.Request, then: Callable[[], None] = lambda: None) -> Exception:
        self.pass_time(self.patience_s)
        then()
        return httpx.ReadTimeout("no answer", request=request)

    def _done(self, request: httpx.Request) -> None:
        self._send(request).close()

    def _replay(self) -> None:
        """One that was recorded is sent again. Where it, or a later one, was counted before, it must be refused."""
        if not self._before:
            return
        old = self.dice.choice(self._before)
        is_used_up = 0 <= counter_of(old) <= self._counted
        answer = self._send(old)
        if is_used_up and not old.url.path.startswith(HARMLESS):
            self.traffic.replays += 1
            if answer.status_code not in REFUSED:
                self.traffic.replays_taken.append(f"{old.method} {old.url.path}: {answer.status_code}")

    def _place(self, content: bytes) -> int:
        return self.dice.randrange(len(content)) if content else 0

    def _tampered(self, request: httpx.Request) -> httpx.Request:
        content = request.content
        if content:
            place = self._place(content)
            return _changed(request, content[:place] + bytes([content[place] ^ 0x40]) + content[place + 1 :])
        query = request.url.query.replace(b"limit=", b"limit=1")
        return httpx.Request(request.method, request.url.copy_with(query=query), headers=request.headers.raw)


def counter_of(request: httpx.Request) -> int:
    """The counter that the request was signed with; -1 for one that was not."""
    signed = read_header(request.headers.get(SIGNATURE_HEADER, ""))
    return signed.counter if signed is not None and signed.lane == Lane.MAIN else -1


def _changed(request: httpx.Request, content: bytes) -> httpx.Request:
    headers = [pair for pair in request.headers.raw if pair[0].lower() != b"content-length"]
    return httpx.Request(request.method, request.url, headers=headers, content=content)


def _said(status: int, content: bytes, form: str, *more: tuple[str, str]) -> httpx.Response:
    return httpx.Response(status, headers=[("Content-Type", form), *more], stream=httpx.ByteStream(content))


def _broken(request: httpx.Request) -> Exception:
    return httpx.ReadError("connection reset by peer", request=request)


def _not_sealed() -> Exception:
    """What TLS makes of a byte that was changed on the way."""
    error = httpx.ReadError("bad record mac")
    error.__cause__ = ssl.SSLError("SSLV3_ALERT_BAD_RECORD_MAC")
    return error
