"""A kiosk or a central of another version of the wire: both go on, and what one does not know yet is not lost."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cbor2
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.store import Store
from kiosk.vault import Context, What
from kiosk.wire import forms
from kiosk.wire.pulled import Known
from kiosk.wire.signing import SIGNATURE_HEADER, WIRE, WIRE_HEADER, Signed, read_header, request_text
from kiosk.wire.standing import Standing
from tests.central.making import Running
from tests.sync.making import Kiosk, KioskClock, Network, a_kiosk, an_engine, join, open_store

SITE = "site"  # where people made on central are
NEWER = "of-a-later-version"
FROM_KIOSK, FROM_CENTRAL = "shoe_size", "locker"
OPTIONAL = ("left", "reason", "reset", "is_behind", "newest")


def enriched(value: Any) -> Any:
    """The same with a member more in each message of it, as a later version would send it."""
    if isinstance(value, list):
        return [enriched(one) for one in value]
    if isinstance(value, dict):
        return {name: enriched(one) for name, one in value.items()} | {NEWER: {"some": ["thing", 7]}}
    return value


def bared(value: Any) -> Any:
    """The same without what an earlier version did not say yet."""
    return {name: one for name, one in value.items() if name not in OPTIONAL} if isinstance(value, dict) else value


@dataclass
class Translated(Network):
    """A network whose other end is of another version: it changes messages on their way, and signs them anew."""

    key: Ed25519PrivateKey | None = None
    says: Any = lambda _path, message: message
    hears: Any = lambda _path, message: message
    seen: list[tuple[str, Any]] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return super().handle_request(self._said(request))

    def _said(self, request: httpx.Request) -> httpx.Request:
        content = request.read()
        if not content:
            return request
        packed = request.headers.get("Content-Encoding") == "gzip"
        message = cbor2.loads(forms.unpacked(content) if packed else content)
        changed = cbor2.dumps(self.says(request.url.path, message))
        headers = {name: value for name, value in request.headers.items() if name not in ("content-encoding", "host")}
        headers |= {"Content-Length": str(len(changed))}
        signed = read_header(request.headers.get(SIGNATURE_HEADER, ""))
        if signed is not None and self.key is not None:
            target = request.url.raw_path.decode()
            text = request_text(request.method, target, signed.lane, signed.counter, changed)
            headers[SIGNATURE_HEADER.lower()] = Signed(signed.lane, signed.counter, self.key.sign(text)).header()
        return httpx.Request(request.method, request.url, headers=headers, content=changed)

    def __post_init__(self) -> None:
        self.change = self._heard

    def _heard(self, request: httpx.Request, content: bytes) -> bytes:
        if not content:
            return content
        try:
            message = cbor2.loads(content)
        except cbor2.CBORError:
            return content
        self.seen.append((request.url.path, message))
        return cbor2.dumps(self.hears(request.url.path, message))


@pytest.fixture
def translated(tmp_path: Path, central: Running) -> Iterator[tuple[Kiosk, Translated]]:
    """A kiosk that is paired, and the network between it and central."""
    clock, network = KioskClock(), Translated(central)
    with open_store(tmp_path / "translated", clock) as store:
        join(store, network, clock, SITE)
        network.key = Ed25519PrivateKey.from_private_bytes(store.membership.device_key())
        yield an_engine(store, network, clock), network


def rules_of(store: Store, person: str) -> Known:
    """What a kiosk keeps of what central said of somebody."""
    ((sealed,),) = store.people.db.execute("SELECT extra FROM people WHERE id = ?", [person]).fetchall()
    return forms.read(store.people.vault.open(sealed, Context(What.RULES, person)), Known)


def central_s(central: Running, person: str) -> dict[str, Any]:
    found: dict[str, Any] = central.admin("GET", f"/v1/people/{person}").json()
    return found


def heal(kiosk: Kiosk, seconds: float = 10.0) -> None:
    kiosk.engine.heal(kiosk.clock.monotonic())
    kiosk.run(seconds)


def of_push(change: Any) -> Any:
    """A change of what is pushed, and of nothing else."""
    return lambda path, message: change(message) if path.endswith("/push") else message


def of_pull(change: Any) -> Any:
    return lambda path, message: change(message) if path.endswith("/pull") else message


def test_members_that_either_side_does_not_know_yet_harm_nothing(
    translated: tuple[Kiosk, Translated], central: Running
) -> None:
    kiosk, network = translated
    network.says = lambda _path, message: enriched(message)
    network.hears = lambda _path, message: enriched(message)
    person = kiosk.enrol("Of Two Times")
    guest = central.person("From Central")["id"]
    heal(kiosk)
    assert kiosk.engine.is_idle(), kiosk.engine.status()
    assert central_s(central, person)["name"] == "Of Two Times"
    assert {"From Central", "Of Two Times"} <= set(kiosk.names())
    assert kiosk.store.outbox.waiting().dead == 0
    assert (rules_of(kiosk.store, guest).model_extra or {})[NEWER] == {"some": ["thing", 7]}
    central.admin("DELETE", f"/v1/people/{person}")
    kiosk.engine.wake(kiosk.clock.monotonic())
    kiosk.run(10)
    assert "Of Two Times" not in kiosk.names()


def test_what_a_newer_kiosk_says_of_somebody_is_kept_and_told_to_other_kiosks(
    translated: tuple[Kiosk, Translated], central: Running, tmp_path: Path
) -> None:
    kiosk, network = translated

    def sized(push: Any) -> Any:
        for item in push["items"]:
            if item["kind"] == "person":
                item["body"][FROM_KIOSK] = {"eu": 42}
        return push

    network.says = of_push(sized)
    person = kiosk.enrol("Known By More")
    heal(kiosk)
    with a_kiosk(tmp_path / "other", central, site=SITE) as other:
        other.run(10)
        assert (rules_of(other.store, person).model_extra or {})[FROM_KIOSK] == {"eu": 42}
        other.store.people.rename(person, "Known By Another Name", other.clock.utc())
        heal(other)
    assert central_s(central, person)["name"] == "Known By Another Name"
    heal(kiosk)
    assert (rules_of(kiosk.store, person).model_extra or {})[FROM_KIOSK] == {"eu": 42}


def test_a_change_of_a_kind_that_a_kiosk_does_not_know_is_passed_over(
    translated: tuple[Kiosk, Translated], central: Running
) -> None:
    kiosk, network = translated
    strange = {"kind": "weather", "weather": {"wind": 7}}
    network.hears = of_pull(lambda page: page | {"changes": [strange, *page["changes"], strange]})
    central.person("Between Strangers")
    heal(kiosk)
    assert "Between Strangers" in kiosk.names()
    assert kiosk.engine.status().trouble == ""
    assert kiosk.engine.status().unread == 0


def test_members_that_an_older_side_leaves_out_are_not_missed(
    translated: tuple[Kiosk, Translated], central: Running
) -> None:
    kiosk, network = translated
    network.hears = lambda _path, message: bared(message)
    network.says = lambda path, message: {} if path.endswith("/heart-beat") else message
    central.person("From The Past")
    person = kiosk.enrol("To The Past")
    heal(kiosk, 60)
    assert "From The Past" in kiosk.names()
    assert central_s(central, person)["name"] == "To The Past"
    assert kiosk.engine.status().standing is Standing.PAIRED
    assert kiosk.engine.is_idle(), kiosk.engine.status()


def test_an_item_of_a_kind_that_central_does_not_know_waits_for_another_version_and_stops_nothing(
    translated: tuple[Kiosk, Translated], central: Running
) -> None:
    kiosk, network = translated
    network.headers = {WIRE_HEADER: str(WIRE)}

    def strange(push: Any) -> Any:
        for item in push["items"]:
            if item["body"].get("name") == "Too New":
                item["kind"] = "visit-card"
        return push

    network.says = of_push(strange)
    late = kiosk.enrol("Too New")
    here = kiosk.enrol("Just Right", seed=1)
    heal(kiosk)
    assert [letter.reason for letter in kiosk.store.outbox.dead(9)] == ["unknown-kind"]
    assert central_s(central, here)["name"] == "Just Right"
    letters = central.admin("GET", f"/v1/kiosks/{kiosk.id}/dead-letters").json()
    assert [(letter["kind"], letter["reason"]) for letter in letters] == [("visit-card", "unknown-kind")]
    network.says = of_push(lambda push: push)
    heal(kiosk, 60)
    assert kiosk.store.outbox.waiting().dead == 1, "the same version is not asked again and again"
    network.headers = {WIRE_HEADER: str(WIRE + 1)}
    kiosk.enrol("Something To Say", seed=2)
    heal(kiosk, 60)
    assert kiosk.store.outbox.waiting().dead == 0
    assert central_s(central, late)["name"] == "Too New"
    assert central.admin("GET", f"/v1/kiosks/{kiosk.id}/dead-letters").json() == []


def test_central_says_which_version_of_the_wire_it_speaks(
    translated: tuple[Kiosk, Translated], central: Running
) -> None:
    kiosk, network = translated
    answers: list[httpx.Response] = []
    send = central.client.send

    def sent(request: httpx.Request) -> httpx.Response:
        answers.append(send(request))
        return answers[-1]

    central.client.send = sent  # type: ignore[method-assign,assignment]
    try:
        kiosk.enrol("Whoever")
        heal(kiosk)
    finally:
        central.client.send = send  # type: ignore[method-assign]
    assert answers
    assert {answer.headers.get(WIRE_HEADER, "").partition(" ")[0] for answer in answers} == {str(WIRE)}


def test_a_kiosk_that_speaks_a_later_wire_is_answered_and_shown_as_such(
    translated: tuple[Kiosk, Translated], central: Running
) -> None:
    kiosk, network = translated
    handle = network.handle_request

    def later(request: httpx.Request) -> httpx.Response:
        request.headers[WIRE_HEADER] = str(WIRE + 1)
        return handle(request)

    network.handle_request = later  # type: ignore[method-assign]
    kiosk.enrol("Early Bird")
    heal(kiosk, 40)
    assert kiosk.engine.is_idle(), kiosk.engine.status()
    central.run(central.house.gate.beats.flush)
    assert central.admin("GET", f"/v1/kiosks/{kiosk.id}").json()["wire"] == WIRE + 1
