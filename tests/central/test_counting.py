"""Bodies of requests: how much is taken of somebody of whom nobody knows yet who they are."""

from typing import Any

import pytest

from kiosk.central.counting import BODY_MOST
from kiosk.wire.forms import CBOR
from tests.central.making import Running

PIECE = 500_000
HUGE = 40_000_000
FORM = "multipart/form-data; boundary=x"
HEAD = b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n'


def sent(central: Running, method: str, path: str, kind: str, begin: bytes = b"") -> tuple[int, int]:
    """A huge body in pieces, from somebody without a token: the status, and how much of it was taken."""
    taken, statuses = 0, []

    async def receive() -> dict[str, Any]:
        nonlocal taken
        piece = begin if taken == 0 and begin else b" " * PIECE
        taken += len(piece)
        return {"type": "http.request", "body": piece, "more_body": taken < HUGE}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    headers = [(b"host", b"central.test")] + ([(b"content-type", kind.encode())] if kind else [])
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http"}
    scope |= {"path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": headers}
    scope |= {"client": ("203.0.113.7", 5000), "server": ("central.test", 80)}
    central.run(central.app, scope, receive, send)
    return statuses[0], taken


@pytest.mark.parametrize("kind", ["application/json", "application/x+json", "text/plain", "image/png", CBOR, ""])
@pytest.mark.parametrize("path", ["/v1/pairings/find", "/v1/people", "/v1/kiosk/events"])
def test_no_more_is_taken_of_nobody_s_message_than_a_message_may_have(central: Running, path: str, kind: str) -> None:
    status, taken = sent(central, "POST", path, kind)
    assert status in (401, 413) and taken <= BODY_MOST + PIECE


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", FORM])
@pytest.mark.parametrize("path", ["/v1/token", "/sign-in", "/merge"])
def test_no_more_is_taken_of_nobody_s_form(central: Running, path: str, kind: str) -> None:
    status, taken = sent(central, "POST", path, kind, HEAD if kind == FORM else b"a=")
    assert status in (400, 413) and taken <= BODY_MOST + PIECE + len(HEAD)


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/v1/faces/detect", FORM),
        ("POST", "/v1/people/x/photographs", FORM),
        ("POST", "/v1/models", FORM),
        ("PATCH", "/v1/uploads/x", "application/octet-stream"),
        ("POST", "/v1/kiosk/push", CBOR),
    ],
)
def test_what_may_be_large_is_not_taken_of_nobody_at_all(central: Running, method: str, path: str, kind: str) -> None:
    assert sent(central, method, path, kind) == (401, 0)


def test_pairing_takes_no_more_than_its_few_bytes(central: Running) -> None:
    for kind in (CBOR, "application/json"):
        assert sent(central, "POST", "/v1/pairings", kind) == (413, PIECE)
    assert sent(central, "POST", "/v1/pairings", "text/plain") == (415, 0)
