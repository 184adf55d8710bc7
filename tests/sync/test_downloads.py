"""The model that is due comes from a real central, over a network that fails, and central hears what became of it."""

import threading
from contextlib import nullcontext

import httpx
import pytest

from kiosk.domain.ports import Clock
from kiosk.domain.trust import Strictness
from kiosk.identity.calibration import Options as IdentityOptions
from kiosk.parts.downloads import DownloadPart
from kiosk.parts.equipment import equipped
from kiosk.parts.post import open_post
from kiosk.parts.switching import House, ModelsPart
from kiosk.parts.sync import Line
from kiosk.sync.client import open_central, patience_of
from kiosk.sync.options import Options
from kiosk.sync.trials import Trials
from kiosk.sync.versions import FOLDER, Versions, checked
from tests.central.making import Running
from tests.central.models_making import added, given_figures
from tests.central.test_rollouts import roll_out
from tests.sync.making import Fault, Kiosk
from tests.sync.versions_making import another, shipped, versions_in

NEVER = threading.Event()
COUNT = iter(range(1, 100))


def versions_of(kiosk: Kiosk) -> Versions:
    return versions_in(kiosk.store.folder / FOLDER)


def downloads(kiosk: Kiosk) -> DownloadPart:
    clock: Clock = kiosk.clock
    line = Line(lambda url, signer, _over: open_central(url, Options(), patience_of(clock), signer, kiosk.network))
    return DownloadPart(lambda: nullcontext(kiosk.store), line, versions_of(kiosk), clock)


def due_here(kiosk: Kiosk, central: Running, strictest: float = 1e-6) -> tuple[str, bytes]:
    """A version that was measured so far is rolled out to this kiosk, which hears of it: its tag and its file."""
    number = next(COUNT)
    content = another(number)
    model = added(central, content, f"v{number}")
    given_figures(central, model["id"], strictest)
    roll_out(central, model, percent=100)
    for _ in range(20):
        due = kiosk.store.inbox.due_model()
        if due is not None and due.tag == model["tag"]:
            return due.tag, content
        kiosk.run(30.0)
        kiosk.clock.advance(30.0)
    raise AssertionError("the kiosk never heard of its model")


def version_due(kiosk: Kiosk) -> str:
    due, member = kiosk.store.inbox.due_model(), kiosk.store.membership.member()
    assert due is not None
    assert member is not None
    return checked(due, member.credentials.signer).id


def is_here(kiosk: Kiosk, content: bytes) -> bool:
    version = version_due(kiosk)
    path = kiosk.store.folder / FOLDER / version / "model.tflite"
    return versions_of(kiosk).is_there(version) and path.read_bytes() == content


def ranges(kiosk: Kiosk) -> list[str]:
    return [request.headers["Range"] for request in kiosk.network.asked if "Range" in request.headers]


def test_the_model_that_came_with_the_kiosk_is_not_downloaded(kiosk: Kiosk) -> None:
    kiosk.run(30.0)
    due = kiosk.store.inbox.due_model()
    assert due is not None
    assert due.sha256 == shipped().source.sha256
    downloads(kiosk).turn(kiosk.store, NEVER)
    assert ranges(kiosk) == []


def test_what_is_rolled_out_comes_whole_and_once(kiosk: Kiosk, central: Running) -> None:
    _, content = due_here(kiosk, central)
    part = downloads(kiosk)
    for _ in range(3):
        part.turn(kiosk.store, NEVER)
    assert is_here(kiosk, content)
    assert ranges(kiosk) == ["bytes=0-"]


def test_a_download_that_is_cut_off_goes_on_where_it_was(kiosk: Kiosk, central: Running) -> None:
    _, content = due_here(kiosk, central)
    part = downloads(kiosk)
    for fault in (Fault.CUT, Fault.BEFORE, Fault.OOPS, Fault.CUT, None):
        kiosk.network.rule = lambda _request, fault=fault: fault  # type: ignore[misc]
        part.turn(kiosk.store, NEVER)
    assert is_here(kiosk, content)
    half = len(content) // 2
    assert ranges(kiosk)[0] == "bytes=0-"
    assert ranges(kiosk)[-1] == f"bytes={half + (len(content) - half) // 2}-"


def test_a_file_that_was_changed_on_its_way_is_fetched_again(kiosk: Kiosk, central: Running) -> None:
    _, content = due_here(kiosk, central)
    part = downloads(kiosk)
    kiosk.network.change = lambda request, got: got[:-1] + b"!" if request.url.path.endswith("file") else got
    part.turn(kiosk.store, NEVER)
    assert not versions_of(kiosk).is_there(version_due(kiosk))
    kiosk.network.change = lambda _request, got: got
    part.turn(kiosk.store, NEVER)
    assert is_here(kiosk, content)


def test_a_kiosk_that_was_taken_out_of_the_fleet_gets_no_file(kiosk: Kiosk, central: Running) -> None:
    due_here(kiosk, central)
    assert central.admin("POST", f"/v1/kiosks/{kiosk.id}/revoke").is_success
    answers: list[int] = []

    def seen(request: httpx.Request) -> httpx.Response | None:
        answers.append(kiosk.network._delivered(request).status_code)  # noqa: SLF001 - what central says to it
        return httpx.Response(401)

    kiosk.network.rule = seen
    downloads(kiosk).turn(kiosk.store, NEVER)
    assert answers
    assert set(answers) <= {401, 403, 404, 410}
    assert not versions_of(kiosk).is_there(version_due(kiosk))


def test_an_unpaired_kiosk_fetches_nothing(kiosk: Kiosk, central: Running) -> None:
    due_here(kiosk, central)
    kiosk.store.membership.leave(kiosk.clock.utc(), revoked=False)
    downloads(kiosk).turn(kiosk.store, NEVER)
    assert ranges(kiosk) == []


def test_central_hears_why_a_version_is_not_run(kiosk: Kiosk, central: Running) -> None:
    """It was measured far enough for what central demands, and not for what the staff of this kiosk do."""
    tag, _ = due_here(kiosk, central, strictest=1e-4)
    downloads(kiosk).turn(kiosk.store, NEVER)
    versions, post, store = versions_of(kiosk), open_post(kiosk.clock), kiosk.store
    trials = Trials(versions.folder)
    post.model.put(equipped(versions, trials.state(), shipped()))

    def report(reports: object) -> bool:
        for one in trials.state().reports:
            store.outbox.report(one)
        return bool(reports)

    house = House(store.people.coverage, IdentityOptions(pass_level=Strictness.STRICTEST), shipped(), report=report)
    part = ModelsPart(versions, trials, house, post, kiosk.clock)
    for _ in range(3):
        kiosk.clock.advance(10.0)
        part.turn()
    assert list(trials.state().failed.values()) == ["unmeasured"]
    assert trials.state().reports == []
    kiosk.run(30.0)
    assert store.outbox.waiting().waiting == 0
    assert store.outbox.waiting().dead == 0
    running = post.model.peek()
    assert running is not None
    assert running.model.name == shipped().name
    assert tag != shipped().name


@pytest.fixture(autouse=True)
def _nothing_rolled_out_before(central: Running) -> None:
    """Each test rolls its own version out to the whole fleet."""
    for model in central.admin("GET", "/v1/models").json():
        if model["state"] == "candidate":
            central.admin("POST", f"/v1/models/{model['id']}/archive")


def test_a_central_that_asks_to_wait_is_not_asked_for_the_model_before(kiosk: Kiosk, central: Running) -> None:
    due_here(kiosk, central)
    busy = httpx.Response(503, headers={"Retry-After": "200"}, stream=httpx.ByteStream(b""))
    kiosk.network.rule = lambda request: busy if "Range" in request.headers else None
    assert 200 <= downloads(kiosk).turn(kiosk.store, NEVER) <= 250
