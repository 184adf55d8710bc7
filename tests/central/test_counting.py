"""Bodies of requests: how much is taken of somebody of whom nobody knows yet who they are."""

from typing import Any

import pytest

from kiosk.central.counting import BODY_MOST
from kiosk.wire.forms import CBOR
from tests.central.making import Running
from tests.central.test_fleet import made

PIECE = 500_000
HUGE = 40_000_000
FORM = "multipart/form-data; boundary=x"
VALUES = b"[" + b"{}," * 1_300_000 + b"{}]"  # 4 MB, which become a hundred in memory
HEAD = b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n'


def sent(central: Running, method: str, path: str, kind: str, begin: bytes = b"", token: str = "") -> tuple[int, int]:
    """A huge body in pieces, from somebody whom nobody knows: the status, and how much of it was taken."""
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
    headers += [(b"authorization", f"Bearer {token}".encode())] if token else []
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


@pytest.mark.parametrize("kind", [CBOR, "application/json"])
def test_nothing_large_is_taken_of_a_kiosk_that_is_none(central: Running, kind: str) -> None:
    assert sent(central, "POST", "/v1/kiosk/push", kind, token="fkk_made-up") == (401, 0)


@pytest.mark.parametrize("kind", ["application/json", "Application/X+JSON; charset=utf-8"])
@pytest.mark.parametrize("path", ["/v1/people", "/v1/welcome", "/v1/pairings/find"])
def test_no_more_values_are_made_of_nobody_s_message_than_a_message_holds(
    central: Running, path: str, kind: str
) -> None:
    answer = central.nobody("POST", path, content=VALUES, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["error"]) == (413, "too-large")


def test_what_is_not_read_as_json_may_have_any_bytes(central: Running) -> None:
    files = {"picture": ("a.json", VALUES, "application/json")}
    assert central.admin("POST", "/v1/faces/detect", files=files).status_code == 415
    kinds = ("text/plain", "multipart/form-data; boundary=application/json")
    for kind in kinds:
        answer = central.nobody("POST", "/v1/welcome", content=VALUES, headers={"Content-Type": kind})
        assert answer.status_code == 422


def test_a_kiosk_s_message_in_json_holds_as_much_as_one_in_cbor(central: Running) -> None:
    _, token = made(central, "Speaks JSON")
    kind = {"Content-Type": "application/json"}
    body = b'{"store": "s", "items": [], "later": [' + b"{}," * 100_000 + b"0]}"
    answer = central.nobody("POST", "/v1/kiosk/push", content=body, headers=token | kind)
    assert answer.status_code == 200, answer.text
