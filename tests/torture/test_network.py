"""The bad network does what it says, so that what survives it has survived something."""

import random
from collections import Counter

import httpx
import pytest

from kiosk.wire.signing import SIGNATURE_HEADER, Signed
from tests.torture.network import BadNetwork, Fault

URL = "https://central.test"


class Far:
    """A server that counts what arrived."""

    def __init__(self, status: int = 200) -> None:
        self.arrived: list[bytes] = []
        self.status = status

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.arrived.append(request.content)
        return httpx.Response(self.status, stream=httpx.ByteStream(b"a whole answer"))


def a_network(far: Far, *faults: Fault, chance: float = 1.0) -> BadNetwork:
    passed: list[float] = []
    return BadNetwork(httpx.MockTransport(far), random.Random(1), passed.append, chance, faults=faults or tuple(Fault))


def signed(counter: int, path: str = "/v1/kiosk/push") -> httpx.Request:
    header = Signed("main", counter, b"s" * 64).header()
    return httpx.Request("POST", URL + path, headers={SIGNATURE_HEADER: header}, content=b"something to say")


def heard(network: BadNetwork, request: httpx.Request) -> bytes | None:
    """What the kiosk hears; None for nothing that is whole."""
    try:
        answer = network.handle_request(request)
        return b"".join(answer.iter_raw()) if answer.status_code == 200 else None
    except httpx.HTTPError:
        return None


@pytest.mark.parametrize(
    ("fault", "arrivals"),
    [
        (Fault.NO_ROUTE, 0),
        (Fault.LOST, 0),
        (Fault.UNANSWERED, 1),
        (Fault.TOO_LATE, 1),
        (Fault.HALF_CLOSED, 1),
        (Fault.DRIPPING, 1),
        (Fault.ANSWER_TAMPERED, 1),
        (Fault.BROKEN_500, 0),
        (Fault.BUSY_503, 0),
        (Fault.BUSY_429, 0),
        (Fault.PROXY_502, 0),
        (Fault.DONE_BUT_504, 1),
        (Fault.REDIRECTED, 0),
    ],
)
def test_a_fault_keeps_the_answer_and_perhaps_the_request(fault: Fault, arrivals: int) -> None:
    far = Far()
    assert heard(a_network(far, fault), signed(1)) is None
    assert len(far.arrived) == arrivals


def test_some_faults_give_another_answer_than_central_gave() -> None:
    for fault in (Fault.GUESTS_PORTAL, Fault.GARBAGE, Fault.ANSWER_CUT):
        assert heard(a_network(Far(), fault), signed(1)) != b"a whole answer"


def test_a_request_that_was_changed_arrives_changed() -> None:
    for fault in (Fault.REQUEST_CUT, Fault.REQUEST_TAMPERED):
        far = Far()
        heard(a_network(far, fault), signed(1))
        assert far.arrived != [b"something to say"]


def test_once_the_network_is_good_everything_arrives_once() -> None:
    far = Far()
    network = a_network(far)
    network.is_down = True
    assert heard(network, signed(1)) is None
    network.heal()
    assert [heard(network, signed(counter)) for counter in range(2, 12)] == [b"a whole answer"] * 10
    assert len(far.arrived) == 10


def test_a_recorded_request_that_is_taken_again_is_found_out() -> None:
    careless, careful = a_network(Far(), Fault.OLD_ONE_FIRST), a_network(Far(409), Fault.OLD_ONE_FIRST)
    for network in (careless, careful):
        for counter in range(1, 4):
            heard(network, signed(counter))
    assert careless.traffic.replays_taken
    assert not careful.traffic.replays_taken


def test_every_fault_is_drawn_sooner_or_later() -> None:
    network = a_network(Far())
    for counter in range(1, 500):
        heard(network, signed(counter))
    assert network.traffic.faults.keys() == Counter(map(str, Fault)).keys()
