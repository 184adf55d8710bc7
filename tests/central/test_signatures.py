"""Requests of a paired kiosk: a stolen token, a recorded request or a changed one is of use to nobody."""

import concurrent.futures

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from httpx import Response

from kiosk.wire.beating import Heard, HeartBeat
from kiosk.wire.signing import SIGNATURE_HEADER, Lane
from tests.central.events import an_event, kept
from tests.central.kiosks_making import PairedKiosk, paired
from tests.central.making import Running, running, settled

EVENTS = "/v1/kiosk/events"


def refused(answer: Response, status: int = 401, code: str = "bad-signature") -> bool:
    return (answer.status_code, answer.json()["error"]) == (status, code)


def test_a_recorded_request_is_refused(central: Running) -> None:
    kiosk = paired(central)
    push = kiosk.request("POST", EVENTS, json={"events": [an_event()]})
    assert kiosk.post(push).status_code == 200
    again = kiosk.post(push)
    assert refused(again, 409, "counter") and again.json()["counter"] == kiosk.counters["main"]
    assert len(kept(central, kiosk=kiosk.id)) == 1


def test_a_recorded_heart_beat_is_refused_before_and_after_it_is_written(central: Running) -> None:
    kiosk = paired(central)
    beat = kiosk.request("POST", "/v1/kiosk/heart-beat", json={})
    assert kiosk.post(beat).status_code == 200
    assert refused(kiosk.post(beat), 409, "counter")
    settled(central)
    assert refused(kiosk.post(beat), 409, "counter")


def test_the_same_request_from_many_at_once_is_taken_once(central: Running) -> None:
    kiosk = paired(central)
    push = kiosk.request("POST", EVENTS, json={"events": [an_event()]})
    with concurrent.futures.ThreadPoolExecutor(6) as crowd:
        statuses = sorted(answer.status_code for answer in crowd.map(kiosk.post, [push] * 6))
    assert statuses == [200] + [409] * 5


def test_a_changed_request_is_refused(central: Running) -> None:
    kiosk = paired(central)
    signed = kiosk.request("POST", f"{EVENTS}?a=1", json={"events": []})
    header = {SIGNATURE_HEADER: signed.headers[SIGNATURE_HEADER], "Authorization": f"Bearer {kiosk.token}"}
    plain = {"content": signed.read(), "headers": header | {"Content-Type": "application/json"}}
    for method, path, changed in (
        ("POST", f"{EVENTS}?a=1", {"content": signed.read() + b" "}),
        ("POST", f"{EVENTS}?a=2", {}),
        ("POST", EVENTS, {}),
        ("POST", "/v1/kiosk/heart-beat?a=1", {}),
        ("POST", "/v1/kiosk/events%3Fa=1", {}),
    ):
        answer = central.nobody(method, path, **(plain | changed))
        assert answer.status_code == 404 or refused(answer), (path, answer.text)
    token = kiosk.request("POST", "/v1/kiosk/token")
    token.method = "DELETE"
    token.url = token.url.copy_with(path="/v1/kiosk")
    assert refused(kiosk.post(token))
    other = kiosk.request("GET", "/v1/kiosk/model", lane=Lane.FILE)
    other.headers[SIGNATURE_HEADER] = other.headers[SIGNATURE_HEADER].replace("file ", "main ")
    assert refused(kiosk.post(other))
    assert kiosk.post(signed).status_code == 200


def test_a_stolen_token_is_of_no_use_alone_or_with_another_key(central: Running) -> None:
    kiosk, thief = paired(central), paired(central)
    header = {"Authorization": f"Bearer {kiosk.token}"}
    for more in ({}, {SIGNATURE_HEADER: "main 9 x"}, {SIGNATURE_HEADER: f"main 9 {'A' * 86}=="}):
        answer = central.nobody("POST", EVENTS, headers=header | more, json={"events": []})
        assert refused(answer), more
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    thief.token = kiosk.token
    assert refused(thief.send("POST", EVENTS, json={"events": [an_event()]}))
    stranger = PairedKiosk(
        central.client, Ed25519PrivateKey.generate(), credentials=kiosk.credentials, token=kiosk.token
    )
    assert refused(stranger.send("GET", "/v1/kiosk/model"))
    assert refused(stranger.send("DELETE", "/v1/kiosk"))
    assert kiosk.beat().status_code == 200


def test_one_kiosk_s_counter_is_not_another_s(central: Running) -> None:
    busy, calm = paired(central), paired(central)
    busy.counters["main"] = 1000
    assert busy.send("GET", "/v1/kiosk/model").status_code == 200
    assert calm.send("GET", "/v1/kiosk/model").status_code == 200
    recorded = busy.request("GET", "/v1/kiosk/model")
    recorded.headers["Authorization"] = f"Bearer {calm.token}"
    assert refused(calm.post(recorded))


def test_a_kiosk_whose_card_was_copied_back_is_told_how_far_it_was(central: Running) -> None:
    kiosk = paired(central)
    kiosk.counters["main"] = 500
    assert kiosk.send("POST", EVENTS, json={"events": []}).status_code == 200
    kiosk.counters["main"] = 7
    behind = kiosk.send("POST", EVENTS, json={"events": []})
    assert refused(behind, 409, "counter") and behind.json()["counter"] == 501
    kiosk.counters["main"] = 7
    assert refused(kiosk.beat(), 409, "counter")
    kiosk.counters["main"] = behind.json()["counter"]
    assert kiosk.send("POST", EVENTS, json={"events": []}).status_code == 200
    assert kiosk.beat().status_code == 200


def test_lanes_count_for_themselves_and_no_other_lane_is_known(central: Running) -> None:
    kiosk = paired(central)
    kiosk.counters["main"] = 100
    assert kiosk.send("GET", "/v1/kiosk/model").status_code == 200
    for lane in (Lane.FILE, Lane.STREAM):
        recorded = kiosk.request("GET", "/v1/kiosk/model", lane=lane)
        assert kiosk.post(recorded).status_code == 200
        assert refused(kiosk.post(recorded), 409, "counter")
    assert refused(kiosk.send("GET", "/v1/kiosk/model", lane="other"))


def test_the_signature_is_over_the_bytes_as_sent_however_they_are_packed(central: Running) -> None:
    kiosk = paired(central)
    long = {"cursor": "c" * 200, "software": "s" * 40, "model": "m" * 64}
    answer = kiosk.send("POST", "/v1/kiosk/heart-beat", HeartBeat(**long))
    heard = kiosk.said(answer, Heard)
    assert (heard.site, bool(heard.epoch)) == ("site", True)
    query = {"a": "ä ö/ü?&=+%"}
    assert kiosk.send("GET", "/v1/kiosk/model", params=query).status_code == 200


def test_counters_outlive_the_server(backend: str, fresh: Running) -> None:
    kiosk = paired(fresh)
    beat = kiosk.request("POST", "/v1/kiosk/heart-beat", json={})
    push = kiosk.request("POST", EVENTS, json={"events": []})
    assert kiosk.post(beat).status_code == kiosk.post(push).status_code == 200
    settled(fresh)
    with running(fresh.settings) as again:
        kiosk.client = again.client
        assert refused(kiosk.post(beat), 409, "counter")
        assert refused(kiosk.post(push), 409, "counter")
        assert kiosk.beat().status_code == 200


def test_a_body_that_is_too_large_is_refused_before_it_is_taken(central: Running) -> None:
    kiosk = paired(central)
    answer = kiosk.send("POST", "/v1/kiosk/token", content=bytes(9_000_000))
    assert answer.status_code == 413
