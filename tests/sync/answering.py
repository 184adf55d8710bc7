"""A server that answers whatever a test wants, byte by byte, plain or over TLS."""

import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pydantic import BaseModel

from kiosk.wire import forms

Answer = Callable[["Asked"], Iterable[bytes]]


@dataclass(frozen=True)
class Asked:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    url: str
    asked: list[Asked] = field(default_factory=list)


def said(message: BaseModel, status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer with that message."""
    content = forms.written(message)
    head = {"Content-Type": forms.CBOR, "Content-Length": str(len(content)), **headers}
    return head_of(status, head) + content


def refused(status: str, body: bytes = b"", **headers: str) -> bytes:
    head = {name.replace("_", "-"): value for name, value in headers.items()}
    return head_of(status, {"Content-Length": str(len(body)), "Content-Type": "application/json", **head}) + body


def head_of(status: str, headers: dict[str, str]) -> bytes:
    said = {"Connection": "close", **headers}  # as it does: who sends the next request on it may be too late to know
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in said.items()), "", ""]
    return "\r\n".join(lines).encode()


@contextmanager
def answering(answer: Answer, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server on this machine for as long as the test lasts."""

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            asked = _read(self)
            if asked is None:
                return
            server.asked.append(asked)
            try:
                for chunk in answer(asked):
                    self.wfile.write(chunk)
                    self.wfile.flush()
            except OSError:
                return

    class Listener(ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

        def get_request(self) -> tuple[ssl.SSLSocket, object]:
            got, address = super().get_request()
            return (context.wrap_socket(got, server_side=True) if context else got), address  # type: ignore[return-value]

        def handle_error(self, request: object, client_address: object) -> None:
            pass

    with Listener(("127.0.0.1", 0), Handler) as listener:
        scheme = "https" if context else "http"
        server = Server(f"{scheme}://127.0.0.1:{listener.server_address[1]}")
        thread = threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS with a certificate that nobody vouches for, and that certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "central")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path, secret = folder / "central.pem", folder / "central.key"
    path.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, secret)
    return context, path


def _read(handler: StreamRequestHandler) -> Asked | None:
    first = handler.rfile.readline().decode().split()
    if len(first) != 3:
        return None
    headers: dict[str, str] = {}
    while (line := handler.rfile.readline().decode().strip()) != "":
        name, _, value = line.partition(": ")
        headers[name.lower()] = value
    body = handler.rfile.read(int(headers.get("content-length", "0")))
    return Asked(first[0], first[1], headers, body)
