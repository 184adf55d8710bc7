"""Connections that can be given up at any moment: at a deadline for the whole request, or when the kiosk stops.

httpx waits for the next bytes; whoever sends one byte every nine seconds would be waited for without end.
"""

import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

from kiosk.domain.ports import Clock

SLICE_S = 0.25
PIECE = 16 * 1024


@dataclass(slots=True)
class Patience:
    """How long the request that is under way may still take; owned by the thread that makes it."""

    clock: Clock
    is_over: Callable[[], bool]
    until: float = float("inf")

    def left_s(self, timeout_s: float | None) -> float:
        """How long to wait for the network now. Raises httpcore.ReadTimeout when all patience is used up."""
        left = self.until - self.clock.monotonic()
        if self.is_over() or left <= 0:
            raise httpcore.ReadTimeout("given up")
        return min(left, float("inf") if timeout_s is None else timeout_s)


class _Stream(httpcore.NetworkStream):
    """Another stream, of which nothing is waited for longer than a moment at a time."""

    def __init__(self, inner: httpcore.NetworkStream, patience: Patience) -> None:
        self._inner = inner
        self._patience = patience

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """The next bytes, or none at the end; what a read that was given up had begun is not lost."""
        until = self._patience.clock.monotonic() + self._patience.left_s(timeout)
        while True:
            left = min(self._patience.left_s(timeout), until - self._patience.clock.monotonic())
            if left <= 0:
                raise httpcore.ReadTimeout("no answer in time")
            try:
                return self._inner.read(max_bytes, min(SLICE_S, left))
            except httpcore.ReadTimeout:
                continue

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of it, in pieces."""
        for start in range(0, len(buffer), PIECE):
            self._inner.write(buffer[start : start + PIECE], self._patience.left_s(timeout))

    def close(self) -> None:
        """As the other one."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same, encrypted."""
        left = self._patience.left_s(timeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._patience)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as httpcore has it
        """As the other one."""
        return self._inner.get_extra_info(info)


class _Network(httpcore.NetworkBackend):
    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection."""
        left = self._patience.left_s(timeout)
        return _Stream(self._inner.connect_tcp(host, port, left, local_address, socket_options), self._patience)


class _Body(httpx.SyncByteStream):
    def __init__(self, inner: Any) -> None:  # noqa: ANN401 - what httpcore answered with
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._inner

    def close(self) -> None:
        self._inner.close()


class PatientTransport(httpx.BaseTransport):
    """What httpx sends by; redirects, proxies of the environment and HTTP/2 are not known to it."""

    def __init__(self, context: ssl.SSLContext, patience: Patience) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=context, max_connections=2, keepalive_expiry=60.0, network_backend=_Network(patience)
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, of which only the head was read so far."""
        to = request.url
        target = httpcore.URL(scheme=to.raw_scheme, host=to.raw_host, port=to.port, target=to.raw_path)
        asked = httpcore.Request(
            request.method, target, headers=request.headers.raw, content=request.stream, extensions=request.extensions
        )
        with _as_httpx():
            answer = self._pool.handle_request(asked)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer.stream), extensions=answer.extensions
        )

    def close(self) -> None:
        """Gives all connections back."""
        self._pool.close()


@contextmanager
def _as_httpx() -> Iterator[None]:
    try:
        yield
    except httpcore.ConnectTimeout as error:
        raise httpx.ConnectTimeout(str(error)) from error
    except httpcore.TimeoutException as error:
        raise httpx.ReadTimeout(str(error)) from error
    except httpcore.ConnectError as error:
        raise httpx.ConnectError(str(error)) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise httpx.ReadError(str(error)) from error
