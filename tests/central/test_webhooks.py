"""Webhooks over a real HTTP server: signed, tried again, given up after a day, never sent twice, never into a trap."""

import asyncio
import hmac
import ipaddress
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from kiosk.central.errors import Unusable
from kiosk.central.events.deliverer import Deliverer, pause_s
from kiosk.central.events.targets import check_url, is_public
from kiosk.central.settings import WebhookOptions
from tests.central.conftest import new_database
from tests.central.events import an_event, answers, pushed
from tests.central.making import Running, running, settings_for
from tests.central.test_erasing import everything
from tests.central.test_fleet import made
from tests.central.waiting import until

HOOKS = "/v1/webhooks"


@dataclass
class Receiver:
    """A server that gets what webhooks are told, and answers as a test wants."""

    address: str
    statuses: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            here.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status = here.statuses.pop(0) if here.statuses else 200
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{here.address}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *said: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        here = Receiver(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield here
        server.shutdown()
        thread.join()


@pytest.fixture
def open_to_private(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    url = new_database(backend, request)
    with running(settings_for(tmp_path / "central", url, webhooks=WebhookOptions(private=True))) as here:
        yield here


def hook(central: Running, url: str, **more: Any) -> tuple[str, str]:
    """A new webhook and its secret."""
    made = central.admin("POST", HOOKS, json={"url": url, **more})
    assert made.status_code == 201, made.text
    return made.json()["hook"]["id"], made.json()["secret"]


def deliveries(central: Running, webhook: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = central.admin("GET", f"{HOOKS}/{webhook}/deliveries").json()["deliveries"]
    return found


def shown(central: Running, webhook: str) -> dict[str, Any]:
    (found,) = [one for one in central.admin("GET", HOOKS).json() if one["id"] == webhook]
    return dict(found)


def test_what_happens_is_told_signed_and_in_order(open_to_private: Running, receiver: Receiver) -> None:
    webhook, secret = hook(open_to_private, f"{receiver.address}/path?q=1", kinds=["recognised", "fault"])
    events = [an_event(), an_event(kind="health"), an_event(kind="fault", reason="camera-gone")]
    pushed(open_to_private, *events)
    until(lambda: len(receiver.got) == 2, "two deliveries")
    assert [told["event"]["id"] for told in receiver.told] == [events[0]["id"], events[2]["id"]]
    assert [told["kind"] for told in receiver.told] == ["recognised", "fault"]
    headers, body = receiver.got[0]
    at, _, signed = headers["kiosk-signature"].removeprefix("t=").partition(",v1=")
    assert signed == hmac.digest(secret.encode(), f"{at}.".encode() + body, "sha256").hex()
    assert headers["host"] == receiver.address.removeprefix("http://")
    until(lambda: {one["state"] for one in deliveries(open_to_private, webhook)} == {"sent"}, "that to be written down")


def test_a_server_that_fails_is_tried_again_later(open_to_private: Running, receiver: Receiver) -> None:
    receiver.statuses = [500, 503]
    webhook, _ = hook(open_to_private, receiver.address)
    pushed(open_to_private, an_event())
    for tries, status in ((1, 500), (2, 503)):
        until(lambda tries=tries: deliveries(open_to_private, webhook)[0]["tries"] == tries, "a try")
        (one,) = deliveries(open_to_private, webhook)
        assert (one["state"], one["answer"]) == ("waiting", f"http-{status}")
        assert len(receiver.got) == tries
        open_to_private.clock.forward(seconds=pause_s(tries))
    until(lambda: deliveries(open_to_private, webhook)[0]["state"] == "sent", "the delivery")
    assert len(receiver.got) == 3 and len({body for _, body in receiver.got}) == 1


def test_after_a_day_it_is_given_up_and_shown(open_to_private: Running, receiver: Receiver) -> None:
    receiver.statuses = [500] * 100
    webhook, _ = hook(open_to_private, receiver.address)
    pushed(open_to_private, an_event(), an_event())
    until(lambda: len(receiver.got) > 0, "a try")
    until(lambda: sum(one["tries"] for one in deliveries(open_to_private, webhook)) > 0, "that to be written down")
    open_to_private.clock.forward(hours=24, minutes=1)
    until(lambda: shown(open_to_private, webhook)["dead"] == 2, "them to be given up")
    assert shown(open_to_private, webhook)["waiting"] == 0
    receiver.statuses = []
    pushed(open_to_private, an_event())
    open_to_private.clock.forward(minutes=2)
    until(lambda: deliveries(open_to_private, webhook)[0]["state"] == "sent", "a new one")


def test_many_senders_send_each_delivery_once(open_to_private: Running, receiver: Receiver) -> None:
    hook(open_to_private, receiver.address)
    house = open_to_private.house

    async def others(done: threading.Event) -> None:
        sending = [
            asyncio.create_task(Deliverer(house.database, house.vault, house.clock, True).run()) for _ in range(3)
        ]
        while not done.is_set():
            await asyncio.sleep(0.05)
        for task in sending:
            task.cancel()

    done = threading.Event()
    assert open_to_private.client.portal is not None
    going_on = open_to_private.client.portal.start_task_soon(others, done)
    events = [an_event() for _ in range(90)]
    _, token = made(open_to_private, "Busy")
    for begin in range(0, 90, 30):
        answers(open_to_private, token, *events[begin : begin + 30])
    until(lambda: len(receiver.got) >= 90, "every delivery")
    done.set()
    going_on.result()
    assert sorted(told["event"]["id"] for told in receiver.told) == sorted(event["id"] for event in events)


def test_who_was_erased_meanwhile_is_not_told(open_to_private: Running, receiver: Receiver) -> None:
    receiver.statuses = [500]
    person = open_to_private.person("Erased Before It Was Sent")["id"]
    webhook, _ = hook(open_to_private, receiver.address)
    pushed(open_to_private, an_event(person=person, similarity=0.75))
    until(lambda: deliveries(open_to_private, webhook)[0]["tries"] == 1, "the first try")
    open_to_private.admin("DELETE", f"/v1/people/{person}")
    assert "0.75" not in everything(open_to_private)
    open_to_private.clock.forward(seconds=11)
    until(lambda: len(receiver.got) == 2, "the second")
    assert (receiver.told[0]["event"]["person"], receiver.told[1]["event"]["person"]) == (person, None)


def test_a_trial_is_sent_and_no_redirect_followed(open_to_private: Running, receiver: Receiver) -> None:
    receiver.statuses = [302]
    webhook, secret = hook(open_to_private, receiver.address)
    assert secret not in everything(open_to_private)
    assert open_to_private.admin("POST", f"{HOOKS}/{webhook}/test").status_code == 202
    until(lambda: deliveries(open_to_private, webhook)[0]["tries"] == 1, "the trial")
    assert deliveries(open_to_private, webhook)[0]["answer"] == "http-302"
    assert [(told["kind"], told["event"]) for told in receiver.told] == [("ping", None)]
    paused = open_to_private.admin("PUT", f"{HOOKS}/{webhook}", json={"active": False})
    assert paused.json()["active"] is False and paused.json()["waiting"] == 1
    assert open_to_private.admin("POST", f"{HOOKS}/{webhook}/test").status_code == 409
    pushed(open_to_private, an_event())
    assert shown(open_to_private, webhook)["waiting"] == 1
    assert open_to_private.admin("DELETE", f"{HOOKS}/{webhook}").status_code == 204
    assert open_to_private.admin("GET", f"{HOOKS}/{webhook}/deliveries").status_code == 404


def test_nobody_there_is_a_reason_too(open_to_private: Running) -> None:
    webhook, _ = hook(open_to_private, "http://127.0.0.1:9/")
    open_to_private.admin("POST", f"{HOOKS}/{webhook}/test")
    until(lambda: deliveries(open_to_private, webhook)[0]["answer"] == "no-connection", "the try")


def test_what_points_into_our_own_network_is_refused(fresh: Running, receiver: Receiver) -> None:
    port = receiver.address.rpartition(":")[2]
    for url in (
        receiver.address,
        f"https://127.0.0.1:{port}/",
        "https://localhost/",
        "https://10.0.0.8/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[fe80::1]/",
        "https://[::ffff:10.0.0.1]/",
        "http://example.com/",
        "ftp://example.com/",
        "https://user:password@example.com/",
        "https://example.com/#part",
        "https://",
        "https://example.com:99999/",
        "https://[bad/",
    ):
        answer = fresh.admin("POST", HOOKS, json={"url": url})
        assert answer.status_code == 422 and "user:password" not in answer.text, url
    # A name or a way to write a number that means this machine is found out when it is sent to.
    for host in ("127.1", "2130706433"):
        webhook, _ = hook(fresh, f"https://{host}:{port}/")
        fresh.admin("POST", f"{HOOKS}/{webhook}/test")
        until(lambda webhook=webhook: deliveries(fresh, webhook)[0]["tries"] == 1, "the try")
        assert deliveries(fresh, webhook)[0]["answer"] == "no-address"
    assert receiver.got == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True), ("2606:2800:21f:cb07::1", True),
        ("0.0.0.0", False), ("100.64.0.1", False), ("224.0.0.1", False), ("255.255.255.255", False),  # noqa: S104
        ("64:ff9b::a00:1", False), ("2002:a00:1::", False), ("fd00::1", False), ("ff02::1", False), ("::", False),
    ],
)  # fmt: skip
def test_what_a_public_address_is(address: str, public: bool) -> None:

    assert is_public(ipaddress.ip_address(address)) == public


def test_with_the_setting_private_networks_are_allowed_but_not_without_tls() -> None:
    check_url("https://10.0.0.8/", private=True)
    check_url("http://localhost:8000/", private=True)
    with pytest.raises(Unusable):
        check_url("http://10.0.0.8/", private=True)


def test_the_pauses_grow_until_six_hours() -> None:
    assert [pause_s(tries) for tries in (0, 1, 2, 8, 9999)] == [10, 30, 90, 21_600, 21_600]
