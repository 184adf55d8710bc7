"""Central over HTTP: signed requests, answers of limited size and time, every failure by what can be done about it."""

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlencode

import httpx
from pydantic import BaseModel

from kiosk import __version__
from kiosk.domain.errors import BadSettings, Garbled, SyncError, TooSlow, Unreachable, Untrusted
from kiosk.domain.ports import Clock
from kiosk.sync.answers import refusal, signs
from kiosk.sync.options import Options, base_of
from kiosk.sync.ports import Pulled
from kiosk.sync.signature import Signer
from kiosk.sync.transport import Patience, PatientTransport
from kiosk.wire import forms
from kiosk.wire.beating import Heard, HeartBeat
from kiosk.wire.forms import BODY_MOST, CBOR
from kiosk.wire.pairing import Asked, AskToPair, Claim, Claimed, NewToken
from kiosk.wire.pulled import LoosePage, Page
from kiosk.wire.pushed import Push, PushAnswer
from kiosk.wire.signing import WIRE, WIRE_HEADER

PUSH, PULL, BEAT, STREAM = "/v1/kiosk/push", "/v1/kiosk/pull", "/v1/kiosk/heart-beat", "/v1/kiosk/stream"
TOKEN, KIOSK, ASK, CLAIM = "/v1/kiosk/token", "/v1/kiosk", "/v1/pairings", "/v1/pairings/{}/claim"
STREAM_QUIET_S = 45.0
DOWNLOAD_S = 900.0
GZIP = "gzip"
REFUSAL_MOST = 64 * 1024

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer as it came, whatever it says."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)


@dataclass(slots=True)
class HttpCentral:
    """A `Central`. Owns its connections; used by one thread, closed by it."""

    http: httpx.Client
    base: str
    options: Options
    patience: Patience
    signer: Signer | None = None
    _wire: str = field(default="", init=False)

    @property
    def wire(self) -> str:
        """What central named last."""
        return self._wire

    def push(self, push: Push) -> PushAnswer:
        """Tell it these items."""
        return self._call("POST", PUSH, PushAnswer, push)

    def pull(self, after: str, limit: int, *, loosely: bool = False) -> Pulled:
        """The page after that cursor."""
        query = urlencode({"cursor": after, "limit": limit} if after else {"limit": limit})
        if not loosely:
            return Pulled(self._call("GET", f"{PULL}?{query}", Page))
        return Pulled(*self._call("GET", f"{PULL}?{query}", LoosePage).readable())

    def beat(self, beat: HeartBeat) -> Heard:
        """Say how the kiosk is."""
        return self._call("POST", BEAT, Heard, beat)

    def ask(self, ask: AskToPair) -> Asked:
        """Ask to be paired."""
        return self._call("POST", ASK, Asked, ask)

    def claim(self, pairing: str, claim: Claim) -> Claimed:
        """Has an admin confirmed that pairing?"""
        return self._call("POST", CLAIM.format(pairing), Claimed, claim)

    def new_token(self) -> NewToken:
        """Another device token."""
        return self._call("POST", TOKEN, NewToken)

    def use_token(self, token: str) -> None:
        """From now on, sign with that one."""
        if self.signer is not None:
            self.signer.token = token

    def go_above(self, last: int) -> None:
        """Central has seen that counter."""
        if self.signer is not None:
            self.signer.counters.go_above(last)

    def leave(self) -> None:
        """This kiosk is no longer one of the fleet."""
        with self._answer(self._request("DELETE", KIOSK), self.options.whole_s) as answer:
            self._content(answer)

    @contextmanager
    def open_stream(self) -> Iterator[Iterator[bool]]:
        """Signs of life, as they come. Raises SyncError, also between them."""
        with self._answer(self._request("GET", STREAM, accept="text/event-stream"), float("inf")) as answer:
            yield signs(self._chunks(answer))

    @contextmanager
    def download(self, path: str, start: int) -> Iterator[Iterator[bytes]]:
        """A file's bytes from `start` on; Garbled where central gives another part than was asked for.

        A proxy may know nothing of parts and give the whole: what is here already is passed over.
        """
        request = self._request("GET", path, accept="application/octet-stream")
        request.headers["Range"] = f"bytes={start}-"
        with self._answer(request, DOWNLOAD_S) as answer:
            given = answer.headers.get("Content-Range", f"bytes {start}-" if answer.status_code == 200 else "")
            if not given.startswith(f"bytes {start}-"):
                raise Garbled("central gave another part of the file than was asked for; it is fetched again")
            is_whole = "Content-Range" not in answer.headers
            yield _from(start, self._chunks(answer)) if is_whole else self._chunks(answer)

    def exchange(self, method: str, target: str, headers: Mapping[str, str], content: bytes = b"") -> Raw:
        """Any request, sent as it is given, and whatever is answered: for trying a server out."""
        request = self.http.build_request(method, self.base + target, content=content, headers=headers)
        with self._opened(request, self.options.whole_s) as answer:
            return Raw(answer.status_code, answer.headers, self._content(answer))

    def close(self) -> None:
        """Hang up."""
        self.http.close()

    def _call(self, method: str, target: str, kind: type[M], message: BaseModel | None = None) -> M:
        request = self._request(method, target, message)
        with self._answer(request, self.options.whole_s) as answer:
            content = self._content(answer)
            try:
                if answer.headers.get("Content-Encoding", "identity") == GZIP:
                    content = forms.unpacked(content, BODY_MOST)
                return forms.read(content, kind, answer.headers.get("Content-Type", CBOR).partition(";")[0].strip())
            except forms.Unreadable as error:
                raise Garbled(f"central's answer can't be read: {error}") from error

    def _request(
        self, method: str, target: str, message: BaseModel | None = None, *, accept: str = CBOR
    ) -> httpx.Request:
        content, is_packed = forms.packed(forms.written(message)) if message is not None else (b"", False)
        headers = {"Accept": accept, "Accept-Encoding": GZIP if accept == CBOR else "identity", WIRE_HEADER: str(WIRE)}
        headers |= {"Content-Type": CBOR} if message is not None else {}
        headers |= {"Content-Encoding": GZIP} if is_packed else {}
        request = self.http.build_request(method, self.base + target, content=content, headers=headers)
        if self.signer is not None:
            request.headers.update(self.signer.headers(method, request.url.raw_path.decode("ascii"), content))
        return request

    @contextmanager
    def _answer(self, request: httpx.Request, whole_s: float) -> Iterator[httpx.Response]:
        """The answer, once its head says yes. Raises SyncError."""
        with self._opened(request, whole_s) as answer:
            self._wire = answer.headers.get(WIRE_HEADER, self._wire)
            if not 200 <= answer.status_code < 300:
                raise refusal(answer.status_code, self._refused(answer), answer.headers.get("Retry-After", ""))
            yield answer

    @contextmanager
    def _opened(self, request: httpx.Request, whole_s: float) -> Iterator[httpx.Response]:
        self.patience.until = self.patience.clock.monotonic() + whole_s
        request.extensions["timeout"] = self._limits(STREAM_QUIET_S if whole_s == float("inf") else self.options.read_s)
        with _in_our_words():
            answer = self.http.send(request, stream=True)
        try:
            yield answer
        finally:
            answer.close()

    def _limits(self, read_s: float) -> dict[str, float]:
        patience = self.options
        return {"connect": patience.connect_s, "read": read_s, "write": patience.write_s, "pool": patience.connect_s}

    def _refused(self, answer: httpx.Response) -> bytes:
        """What it says no by, as far as that can be had."""
        try:
            content = self._content(answer, REFUSAL_MOST)
            return forms.unpacked(content, REFUSAL_MOST) if answer.headers.get("Content-Encoding") == GZIP else content
        except (SyncError, forms.Unreadable):
            return b""

    def _content(self, answer: httpx.Response, most: int = BODY_MOST) -> bytes:
        content = bytearray()
        for chunk in self._chunks(answer):
            content += chunk
            if len(content) > most:
                raise Garbled(f"central's answer is longer than {most:,} bytes, and was not read")
        return bytes(content)

    def _chunks(self, answer: httpx.Response) -> Iterator[bytes]:
        with _in_our_words():
            for chunk in answer.iter_raw():
                if self.patience.clock.monotonic() >= self.patience.until:
                    raise TooSlow("central's answer takes too long; it is asked again")
                yield chunk


def open_central(
    url: str,
    options: Options,
    patience: Patience,
    signer: Signer | None = None,
    transport: httpx.BaseTransport | None = None,
) -> HttpCentral:
    """Central at that address; nothing is sent yet. Raises Untrusted for an address, BadSettings for `ca_file`."""
    base = base_of(url)
    way = transport if transport is not None else PatientTransport(_context(options), patience)
    http = httpx.Client(transport=way, trust_env=False, headers={"User-Agent": f"face-kiosk/{__version__}"})
    return HttpCentral(http, base, options, patience, signer)


def patience_of(clock: Clock, is_over: Callable[[], bool] = lambda: False) -> Patience:
    """Patience that ends when `is_over` says so."""
    return Patience(clock, is_over)


def _context(options: Options) -> ssl.SSLContext:
    path = options.ca_file.expanduser() if options.ca_file is not None else None
    try:
        context = ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as error:
        raise BadSettings(f"sync.ca_file can't be read as certificates ({path}); give a PEM file") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except httpx.RemoteProtocolError as error:
        raise Unreachable("central broke its answer off; it is asked again") from error
    except httpx.ConnectTimeout as error:
        raise Unreachable("central can't be reached in time; it is asked again") from error
    except httpx.TimeoutException as error:
        raise TooSlow("central did not answer in time; it is asked again") from error
    except (httpx.HTTPError, httpx.StreamError, OSError) as error:
        if _is_certificate(error):
            raise Untrusted(
                "central's certificate is not to be trusted, so nothing was sent; set sync.ca_file if it is your own"
            ) from error
        raise Unreachable("central can't be reached; it is asked again") from error


def _is_certificate(error: BaseException | None) -> bool:
    """Whether a refused certificate, or something else than TLS, is behind it; a connection that broke off is not."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, ssl.SSLError):
            return not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError)
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def _from(start: int, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Those bytes without the first `start`."""
    for chunk in chunks:
        rest = chunk[start:]
        start = max(0, start - len(chunk))
        if rest:
            yield rest
