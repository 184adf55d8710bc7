"""Events are told as they come: none is missed, nobody holds up others, and who may not listen any more is let go."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.testclient import WebSocketDenialResponse, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from kiosk.central.access.rules import COOKIE
from kiosk.central.access.scopes import Role
from tests.central.events import an_event, answers
from tests.central.live import listening, stream
from tests.central.making import PASSWORD, Running
from tests.central.test_fleet import made

LIVE = "/v1/events/live"


@pytest.fixture(scope="module")
def address(central: Running) -> Iterator[str]:
    with listening(central) as address:
        yield address


@pytest.fixture
def kiosk(central: Running, request: pytest.FixtureRequest) -> tuple[dict[str, Any], dict[str, str]]:
    return made(central, request.node.name[:70])


def bearer(central: Running, role: Role = Role.VIEWER) -> dict[str, str]:
    return {"Authorization": f"Bearer {central.token(role)}"}


def socket(central: Running, query: str = "", **headers: str) -> WebSocketTestSession:
    return central.client.websocket_connect(f"{LIVE}{query}", headers=headers)


def test_a_stream_tells_what_comes_and_goes_on_where_it_was(central: Running, address: str, kiosk: Any) -> None:
    mine, token = kiosk
    first, second, third = an_event(), an_event(), an_event()
    with stream(address, central.token(Role.VIEWER), kiosk=mine["id"]) as told:
        answers(central, token, first)
        position, event = told.next()
        assert (event["id"], event["position"]) == (first["id"], position)
    answers(central, token, second)  # while nobody listens
    with stream(address, central.token(Role.VIEWER), last=position, kiosk=mine["id"]) as told:
        assert told.next()[1]["id"] == second["id"]
        answers(central, token, third)
        assert told.next()[1]["id"] == third["id"]


def test_a_stream_tells_only_what_is_wanted(central: Running, address: str, kiosk: Any) -> None:
    mine, token = kiosk
    with stream(address, central.token(Role.VIEWER), kiosk=mine["id"], kind="fault") as told:
        answers(central, token, an_event(), an_event(kind="health"), an_event(kind="fault"), an_event())
        assert told.next()[1]["kind"] == "fault"


def test_much_that_was_missed_is_told_whole_and_in_order(central: Running, address: str, kiosk: Any) -> None:
    mine, token = kiosk
    told_ids: list[str] = []
    with stream(address, central.token(Role.VIEWER), kiosk=mine["id"]) as one:
        sent = [an_event() for _ in range(1500)]
        answers(central, token, *sent[:1])
        position, event = one.next()
        told_ids.append(event["id"])
        for begin in range(1, 1500, 400):  # nobody takes anything meanwhile: more than is kept in memory
            answers(central, token, *sent[begin : begin + 400])
        with stream(address, central.token(Role.VIEWER), last=position, kiosk=mine["id"]) as other:
            assert [other.next()[1]["id"] for _ in sent[1:]] == [event["id"] for event in sent[1:]]
        told_ids += [one.next()[1]["id"] for _ in sent[1:]]
    assert told_ids == [event["id"] for event in sent]


def test_a_position_from_before_a_restore_is_told_everything_again(central: Running, address: str, kiosk: Any) -> None:
    mine, token = kiosk
    event = an_event()
    answers(central, token, event)
    with stream(address, central.token(Role.VIEWER), last=10**15, kiosk=mine["id"]) as told:
        assert told.next()[1]["id"] == event["id"]


def test_a_stream_ends_when_its_token_was_revoked(central: Running, address: str, kiosk: Any) -> None:
    mine, token = kiosk
    new = {"name": "short", "scopes": ["events:read"], "hours": 1}
    given = central.nobody("POST", "/v1/tokens", headers=bearer(central), json=new).json()
    with stream(address, given["token"], kiosk=mine["id"]) as told:
        answers(central, token, an_event())
        told.next()
        mine_now = central.nobody("GET", "/v1/tokens", headers=bearer(central)).json()
        (row,) = [one for one in mine_now if one["name"] == "short"]
        assert central.nobody("DELETE", f"/v1/tokens/{row['id']}", headers=bearer(central)).status_code == 204
        central.clock.forward(minutes=1)
        answers(central, token, an_event())
        assert told.rest() == []


def test_who_may_not_gets_no_stream(central: Running, address: str) -> None:
    assert httpx.get(f"{address}{LIVE}").status_code == 401
    new = {"name": "narrow", "scopes": ["people:read"], "hours": 1}
    narrow = central.nobody("POST", "/v1/tokens", headers=bearer(central), json=new).json()["token"]
    assert httpx.get(f"{address}{LIVE}", headers={"Authorization": f"Bearer {narrow}"}).status_code == 403
    with pytest.raises(WebSocketDenialResponse) as refused, socket(central, Authorization=f"Bearer {narrow}"):
        pass
    assert refused.value.status_code == 403


def test_a_socket_tells_what_comes(central: Running, kiosk: Any) -> None:
    mine, token = kiosk
    first, second = an_event(), an_event()
    answers(central, token, first)
    with socket(central, f"?kiosk={mine['id']}&after=0", **bearer(central)) as told:
        assert told.receive_json()["id"] == first["id"]
        answers(central, token, second)
        assert told.receive_json()["id"] == second["id"]


def test_a_socket_takes_a_token_in_its_first_message(central: Running, kiosk: Any) -> None:
    mine, token = kiosk
    answers(central, token, an_event())
    with socket(central, f"?kiosk={mine['id']}&after=0") as told:
        told.send_json({"token": central.token(Role.VIEWER)})
        assert told.receive_json()["kiosk"] == mine["id"]


WORDS = ["{}", "[]", "nonsense", '{"token": "fkt_wrong"}', '{"token": 7}', "[" * 4000]


@pytest.mark.parametrize("word", WORDS, ids=range(len(WORDS)))
def test_a_socket_of_nobody_is_closed(central: Running, word: str) -> None:
    with socket(central) as told:
        told.send_text(word)
        with pytest.raises(WebSocketDisconnect) as closed:
            told.receive_text()
    assert closed.value.code == 1008


def test_a_first_message_is_no_longer_than_a_token_needs(central: Running, kiosk: Any) -> None:
    mine, token = kiosk
    answers(central, token, an_event())
    with socket(central, f"?kiosk={mine['id']}&after=0") as told:
        told.send_json({"token": central.token(Role.VIEWER), "more": "x" * 100_000})
        with pytest.raises(WebSocketDisconnect) as closed:
            told.receive_text()
    assert closed.value.code == 1008


@pytest.mark.parametrize("value", ["fkt_wrong", ""])
def test_a_socket_with_a_token_that_is_not_good_is_never_accepted(central: Running, value: str) -> None:
    headers = {"Authorization": f"Bearer {value or 'x'}"}
    with pytest.raises(WebSocketDenialResponse) as refused, socket(central, **headers):
        pass
    assert refused.value.status_code == 401


def test_a_session_is_good_for_sockets_of_this_server_s_pages_only(central: Running, kiosk: Any) -> None:
    mine, token = kiosk
    answers(central, token, an_event())
    central.token(Role.VIEWER)
    signed = central.client.post("/sign-in", data={"name": "a viewer", "password": PASSWORD}, follow_redirects=False)
    cookie = {"Cookie": f"{COOKIE}={signed.cookies[COOKIE]}"}
    central.client.cookies.clear()
    query = f"?kiosk={mine['id']}&after=0"
    with socket(central, query, Origin="http://testserver", Host="testserver", **cookie) as told:
        assert told.receive_json()["kiosk"] == mine["id"]
    for origin in ({"Origin": "http://evil.test"}, {"Origin": "null"}, {}):
        with (
            pytest.raises(WebSocketDenialResponse) as refused,
            socket(central, query, Host="testserver", **origin, **cookie),
        ):
            pass
        assert refused.value.status_code == 403
    wrong, here = {"Cookie": f"{COOKIE}=fks_wrong"}, {"Origin": "http://testserver", "Host": "testserver"}
    with pytest.raises(WebSocketDenialResponse) as refused, socket(central, query, **here, **wrong):
        pass
    assert refused.value.status_code == 401


def test_watching_does_not_keep_a_session_young(fresh: Running) -> None:
    _, token = made(fresh, "Idle")
    fresh.token(Role.VIEWER)
    signed = fresh.client.post("/sign-in", data={"name": "a viewer", "password": PASSWORD}, follow_redirects=False)
    headers = {"Cookie": f"{COOKIE}={signed.cookies[COOKIE]}", "Origin": "http://testserver", "Host": "testserver"}
    fresh.client.cookies.clear()
    with socket(fresh, **headers) as told:
        for _ in range(3):
            answers(fresh, token, an_event())
            told.receive_json()
            fresh.clock.forward(minutes=20, seconds=1)
        answers(fresh, token, an_event())
        with pytest.raises(WebSocketDisconnect) as closed:
            told.receive_json()
    assert closed.value.code == 1008


def test_what_is_wanted_of_a_socket_is_checked(central: Running) -> None:
    with pytest.raises(WebSocketDenialResponse) as refused, socket(central, "?from=yesterday", **bearer(central)):
        pass
    assert refused.value.status_code == 422
