"""The engine between a real store and a real central, under a clock that stands still, over a network that fails."""

import random
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from kiosk.domain.people import Pass
from kiosk.sync.engine import LOOK_S
from kiosk.sync.ports import Unread
from kiosk.wire import forms
from kiosk.wire.beating import Heard
from kiosk.wire.pulled import LoosePage, Page
from kiosk.wire.pushed import ITEMS_MOST, Kind, Push, PushAnswer
from kiosk.wire.standing import Standing
from tests.central.making import Running
from tests.central.test_feed import move
from tests.store.making import a_decision, open_store
from tests.sync.making import Fault, Followed, Kiosk, Network, a_kiosk, an_engine, rewritten


def pushed(network: Network) -> list[Push]:
    """What arrived at central as pushes."""
    bodies = [request for request in network.asked if request.url.path.endswith("/push")]
    return [forms.read(_plain(request), Push) for request in bodies]


def _plain(request: httpx.Request) -> bytes:
    content = request.read()
    return forms.unpacked(content) if request.headers.get("Content-Encoding") == "gzip" else content


def events_of(central: Running, kiosk: str) -> list[str]:
    """The ids of the events that central has of that kiosk."""
    found = central.admin("GET", "/v1/events", params={"kiosk": kiosk, "limit": 500}).json()
    return [event["id"] for event in found["events"]]


def people_at_north(central: Running, name: str, count: int) -> set[str]:
    """The names of so many people whom the kiosk of these tests is told of."""
    names = {f"{name} {number}" for number in range(count)}
    for one in names:
        move(central, central.person(one)["id"], "north")
    return names


def only(path: str, fault: Fault) -> object:
    return lambda request: fault if request.url.path.endswith(path) else None


def test_who_is_enrolled_on_one_kiosk_is_known_on_the_other(kiosk: Kiosk, central: Running, tmp_path: Path) -> None:
    kiosk.enrol("Grace Hopper")
    kiosk.run()
    assert kiosk.store.outbox.waiting().waiting == 0
    with a_kiosk(tmp_path / "other", central) as other:
        other.run()
        assert "Grace Hopper" in other.names()
        assert any(applied.gallery for applied, _ in other.heard)


def test_who_is_erased_on_central_is_gone_with_the_next_pull(kiosk: Kiosk, central: Running) -> None:
    person = kiosk.enrol("Charles Babbage")
    kiosk.run()
    assert central.admin("DELETE", f"/v1/people/{person}").status_code < 300
    kiosk.engine.wake(kiosk.clock.monotonic())
    kiosk.run(2.0)
    assert "Charles Babbage" not in kiosk.names()
    assert any(person in applied.gone for applied, _ in kiosk.heard)


def test_the_receipt_of_an_erasure_follows_at_once(kiosk: Kiosk, central: Running) -> None:
    person = kiosk.enrol("Emmy Noether")
    kiosk.run()
    assert central.admin("DELETE", f"/v1/people/{person}").status_code < 300
    kiosk.engine.wake(kiosk.clock.monotonic())
    kiosk.run(LOOK_S / 4)
    receipts = central.admin("GET", f"/v1/people/{person}/receipts").json()
    assert [one["confirmed_utc"] is not None for one in receipts if one["kiosk"] == kiosk.id] == [True]


def test_a_kiosk_that_is_not_paired_asks_nobody(tmp_path: Path, central: Running) -> None:
    with a_kiosk(tmp_path / "alone", central, pair=False) as alone:
        alone.enrol()
        for _ in range(5):
            assert alone.step() > 0
        assert alone.network.asked == []
        assert alone.engine.status().standing is Standing.ALONE


def test_a_step_makes_one_request_at_most(kiosk: Kiosk) -> None:
    kiosk.enrol()
    for _ in range(20):
        before = len(kiosk.network.asked)
        kiosk.step()
        assert len(kiosk.network.asked) - before <= 1


def test_a_push_that_always_fails_keeps_no_pull_from_working(kiosk: Kiosk, central: Running) -> None:
    kiosk.enrol()
    central.person("Mary Somerville")
    kiosk.network.rule = only("/push", Fault.OOPS)  # type: ignore[assignment]
    kiosk.run(300)
    assert kiosk.store.inbox.cursor()
    assert kiosk.store.outbox.waiting().waiting > 0
    assert kiosk.engine.status().trouble == "sync-busy"


def test_a_pull_that_always_fails_keeps_no_push_from_working(kiosk: Kiosk) -> None:
    kiosk.enrol()
    kiosk.network.rule = only("/pull", Fault.OOPS)  # type: ignore[assignment]
    kiosk.run(300)
    assert kiosk.store.outbox.waiting().waiting == 0


def test_while_nobody_answers_pauses_stay_short_and_what_waits_is_told_by_itself(kiosk: Kiosk) -> None:
    kiosk.network.rule = lambda _request: Fault.BEFORE
    pauses = [kiosk.step() for _ in range(60)]
    assert 1 <= min(pauses) < 2 < max(pauses) <= 3
    kiosk.enrol()
    kiosk.network.rule = lambda _request: None
    kiosk.run(5.0)
    assert kiosk.store.outbox.waiting().waiting == 0


def test_pauses_grow_as_long_as_a_central_of_many_kiosks_allows_and_end_when_the_network_heals(kiosk: Kiosk) -> None:
    def slower(request: httpx.Request, content: bytes) -> bytes:
        if not request.url.path.endswith("/heart-beat"):
            return content
        return rewritten(content, Heard, lambda heard: heard.model_copy(update={"longest_pause_s": 40.0}))

    kiosk.network.change = slower
    kiosk.run()
    kiosk.network.rule = lambda _request: Fault.BEFORE
    pauses = [kiosk.step() for _ in range(60)]
    assert 20 < max(pauses) <= 40
    kiosk.enrol()
    kiosk.network.rule = lambda _request: None
    kiosk.engine.heal(kiosk.clock.monotonic())
    kiosk.run(5.0)
    assert kiosk.engine.is_idle()


@pytest.mark.parametrize("seed", range(8))
def test_after_any_faults_everything_is_there_once_within_five_seconds(
    seed: int, tmp_path: Path, central: Running
) -> None:
    chance = random.Random(seed)
    with a_kiosk(tmp_path / "kiosk", central, site=f"site-{seed}") as kiosk:
        kiosk.network.rule = lambda _request: chance.choice([None, *Fault])
        ids = []
        for number in range(15):
            if chance.random() < 0.5:
                ids.append(f"01890000-0000-7000-8000-{seed:06d}{number:06d}")
                kiosk.store.journal.record(a_decision(ids[-1]), kiosk.clock.utc())
            if chance.random() < 0.2:
                kiosk.enrol(f"Person {seed} {number}", seed=number)
            kiosk.step()
        kiosk.network.rule = lambda _request: None
        kiosk.engine.heal(kiosk.clock.monotonic())
        kiosk.run(5.0)
        assert kiosk.engine.is_idle(), kiosk.engine.status()
        found = events_of(central, kiosk.id)
        assert len(found) == len(set(found))
        assert set(ids) <= set(found)
        assert kiosk.store.outbox.waiting().dead == 0


def test_what_central_asks_to_wait_is_waited(kiosk: Kiosk) -> None:
    kiosk.network.rule = lambda _request: httpx.Response(
        503, headers={"Retry-After": "120"}, stream=httpx.ByteStream(b"")
    )
    kiosk.network.asked.clear()
    kiosk.engine.step(kiosk.clock.monotonic())
    kiosk.engine.heal(kiosk.clock.monotonic())
    pause_s = kiosk.engine.step(kiosk.clock.monotonic())
    assert 120 <= pause_s <= 150
    assert len(kiosk.network.asked) == 1


def test_ten_thousand_waiting_events_travel_in_batches(kiosk: Kiosk) -> None:
    for number in range(450):
        kiosk.store.journal.record(a_decision(f"01890000-0000-7000-8000-9{number:011d}"), kiosk.clock.utc())
    kiosk.run(30.0)
    sizes = [len(push.items) for push in pushed(kiosk.network)]
    assert max(sizes) == ITEMS_MOST
    assert len(sizes) <= 8
    assert kiosk.store.outbox.waiting().waiting == 0


def test_an_item_on_which_central_fails_again_and_again_stops_no_other(kiosk: Kiosk) -> None:
    poison = kiosk.enrol("Bad Luck")
    for number in range(5):
        kiosk.store.journal.record(a_decision(f"01890000-0000-7000-8000-8{number:011d}"), kiosk.clock.utc())

    def rule(request: httpx.Request) -> Fault | None:
        if not request.url.path.endswith("/push"):
            return None
        push = forms.read(_plain(request), Push)
        return Fault.OOPS if any(item.body.get("id") == poison for item in push.items) else None

    kiosk.network.rule = rule
    kiosk.run(1200)
    left = kiosk.store.outbox.pending(100)
    assert [item.kind for item in left] == [Kind.PERSON]
    kiosk.network.rule = lambda _request: None
    kiosk.engine.heal(kiosk.clock.monotonic())
    kiosk.run(5.0)
    assert kiosk.store.outbox.waiting().waiting == 0


def test_an_item_that_central_does_not_take_by_itself_becomes_a_dead_letter(kiosk: Kiosk) -> None:
    bad = kiosk.enrol("Too Much")
    kiosk.enrol("Just Right", seed=1)

    def rule(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/push"):
            return None
        push = forms.read(_plain(request), Push)
        if not any(item.body.get("id") == bad for item in push.items):
            return None
        return httpx.Response(413, stream=httpx.ByteStream(b'{"error":"too-large"}'))

    kiosk.network.rule = rule
    kiosk.run(1200)
    assert [letter.reason for letter in kiosk.store.outbox.dead(10)] == ["too-large"]
    assert kiosk.store.outbox.waiting().waiting == 0


def test_dead_letters_are_tried_again_by_another_version_of_either_side(kiosk: Kiosk) -> None:
    kiosk.run()
    kiosk.enrol("Not Yet")
    late = httpx.Response
    kiosk.network.rule = lambda request: (
        late(422, stream=httpx.ByteStream(b'{"error":"body"}')) if request.url.path.endswith("/push") else None
    )
    kiosk.run(600)
    assert kiosk.store.outbox.waiting().dead > 0
    kiosk.network.rule = lambda _request: None
    kiosk.network.headers = {"X-Kiosk-Wire": "2"}
    kiosk.engine.heal(kiosk.clock.monotonic())
    kiosk.run(30)
    kiosk.network.headers = {"X-Kiosk-Wire": "3"}
    kiosk.engine.heal(kiosk.clock.monotonic())
    kiosk.run(90)
    assert (kiosk.store.outbox.waiting().dead, kiosk.store.outbox.waiting().waiting) == (0, 0)


def test_a_change_that_cannot_be_read_is_passed_over_aloud_and_asked_for_again_later(
    kiosk: Kiosk, central: Running
) -> None:
    kiosk.run()
    central.person("Fully Readable")
    bad = {"kind": "person", "person": {"id": "?"}}

    def spoil(request: httpx.Request, content: bytes) -> bytes:
        if not request.url.path.endswith("/pull"):
            return content
        return rewritten(content, LoosePage, lambda page: page.model_copy(update={"changes": [*page.changes, bad]}))

    kiosk.network.change = spoil
    kiosk.engine.wake(kiosk.clock.monotonic())
    kiosk.run(1200)
    assert "sync-unread" in kiosk.notes
    assert kiosk.engine.status().unread >= 1
    before = kiosk.engine.status().unread
    kiosk = an_engine(kiosk.store, kiosk.network, kiosk.clock)  # the kiosk is started again
    kiosk.run(5)
    assert kiosk.engine.status().unread >= before
    kiosk.network.change = lambda _request, content: content
    kiosk.network.headers = {"X-Kiosk-Wire": "2"}
    kiosk.engine.heal(kiosk.clock.monotonic())
    kiosk.run(60)
    kiosk.network.headers = {"X-Kiosk-Wire": "3"}
    kiosk.engine.wake(kiosk.clock.monotonic())
    kiosk.run(60)
    assert kiosk.engine.status().unread == 0
    assert any("cursor" not in str(request.url) for request in kiosk.network.asked if request.url.path.endswith("pull"))


def test_what_could_not_be_read_is_asked_for_again_by_another_version_of_the_kiosk(kiosk: Kiosk) -> None:
    kiosk.run()
    kiosk.store.inbox.keep_unread(Unread(1, "0.0.1", ""))
    kiosk.network.asked.clear()
    after = an_engine(kiosk.store, kiosk.network, kiosk.clock)
    after.run(5)
    assert after.engine.status().unread == 0
    assert any("cursor" not in str(request.url) for request in kiosk.network.asked if request.url.path.endswith("pull"))
    kiosk.network.asked.clear()
    an_engine(kiosk.store, kiosk.network, kiosk.clock).run(5)
    assert all("cursor" in str(request.url) for request in kiosk.network.asked if request.url.path.endswith("pull"))


def test_a_page_on_which_central_fails_again_and_again_is_asked_for_in_smaller_ones(
    kiosk: Kiosk, central: Running
) -> None:
    names = people_at_north(central, "Somebody", 4)

    def oops(request: httpx.Request) -> Fault | None:
        return Fault.OOPS if int(request.url.params.get("limit", "0")) > 2 else None

    kiosk.network.rule = oops
    kiosk.run(300)
    assert names <= set(kiosk.names())
    assert kiosk.engine.status().unread == 0


def test_over_a_line_that_is_too_slow_for_much_at_once_everything_goes_in_the_end(
    kiosk: Kiosk, central: Running
) -> None:
    names = people_at_north(central, "Far Away", 20)
    here = {kiosk.enrol(f"Here {number}", number) for number in range(20)}

    def slowly(request: httpx.Request) -> None:
        if len(request.read()) > 4000 or int(request.url.params.get("limit", "0")) > 5:
            kiosk.clock.advance(30.0)
            raise httpx.ReadTimeout("time ran out", request=request)

    kiosk.network.rule = slowly
    kiosk.run(1800)
    assert names <= set(kiosk.names())
    assert kiosk.store.outbox.waiting().waiting == 0
    assert kiosk.store.outbox.waiting().dead == 0
    assert all(central.admin("GET", f"/v1/people/{person}").status_code == 200 for person in here)


def test_a_network_that_is_not_there_makes_nothing_smaller(kiosk: Kiosk) -> None:
    kiosk.network.rule = lambda _request: Fault.BEFORE
    for number in range(20):
        kiosk.enrol(f"Offline {number}", number)
    kiosk.run(300)
    kiosk.network.rule = lambda _request: None
    kiosk.engine.heal(kiosk.clock.monotonic())
    kiosk.run(30)
    assert len(pushed(kiosk.network)[-1].items) >= 20


def test_what_could_not_be_read_is_asked_for_again_though_the_kiosk_starts_twice_before_it_can(kiosk: Kiosk) -> None:
    kiosk.run()
    kiosk.store.inbox.keep_unread(Unread(1, "0.0.1", ""))
    kiosk.network.rule = lambda _request: Fault.BEFORE
    an_engine(kiosk.store, kiosk.network, kiosk.clock).run(5)
    kiosk.network.rule = lambda _request: None
    kiosk.network.asked.clear()
    an_engine(kiosk.store, kiosk.network, kiosk.clock).run(5)
    assert any("cursor" not in str(request.url) for request in kiosk.network.asked if request.url.path.endswith("pull"))
    assert kiosk.store.inbox.unread() == Unread()


def test_a_change_that_is_passed_over_is_remembered_before_the_page_is(kiosk: Kiosk, central: Running) -> None:
    kiosk.run()
    central.person("Fully Readable As Well")
    bad = {"kind": "person", "person": {"id": "?"}}
    kiosk.network.change = lambda request, content: (
        rewritten(content, LoosePage, lambda page: page.model_copy(update={"changes": [*page.changes, bad]}))
        if request.url.path.endswith("/pull")
        else content
    )
    kept: list[int] = []
    inbox = Followed(kiosk.store.inbox, "apply", first=lambda: kept.append(kiosk.store.inbox.unread().count))
    again = an_engine(kiosk.store, kiosk.network, kiosk.clock, {"inbox": inbox})
    again.engine.wake(kiosk.clock.monotonic())
    again.run(1200)
    assert again.engine.status().unread >= 1
    assert kept[-1] == again.engine.status().unread


def test_a_central_that_was_restored_from_a_copy_is_told_everything_anew(kiosk: Kiosk) -> None:
    kiosk.enrol("Told Twice")
    kiosk.run()
    before = len(pushed(kiosk.network))

    def another(_request: httpx.Request, content: bytes) -> bytes:
        content = rewritten(content, PushAnswer, lambda answer: answer.model_copy(update={"epoch": "another"}))
        return rewritten(content, Page, lambda page: page.model_copy(update={"epoch": "another"}))

    kiosk.network.change = another
    kiosk.engine.wake(kiosk.clock.monotonic())
    kiosk.run(30)
    again = [item.body.get("name") for push in pushed(kiosk.network)[before:] for item in push.items]
    assert "Told Twice" in again
    assert "sync-reset" in kiosk.notes


def test_a_kiosk_whose_card_was_copied_back_goes_on_above_its_counter(kiosk: Kiosk) -> None:
    kiosk.store.membership.raise_counter("main", 5000)
    kiosk.run()
    kiosk.store.membership._db.execute("UPDATE counters SET next = 1")
    revived = an_engine(kiosk.store, kiosk.network, kiosk.clock)
    kiosk.enrol()
    revived.run(10.0)
    assert revived.engine.is_idle()
    assert kiosk.store.membership.reserve("main", 1) > 5000


def test_a_revoked_kiosk_forgets_central_s_people_and_says_so(kiosk: Kiosk, central: Running) -> None:
    kiosk.enrol("Central Knows Me")
    kiosk.run()
    assert central.admin("POST", f"/v1/kiosks/{kiosk.id}/revoke").status_code == 200
    kiosk.engine.wake(kiosk.clock.monotonic())
    kiosk.run(5.0)
    assert kiosk.names() == []
    assert kiosk.engine.status().standing is Standing.REVOKED
    assert kiosk.heard[-1][0].gallery
    again = an_engine(kiosk.store, kiosk.network, kiosk.clock)
    assert again.engine.status().standing is Standing.REVOKED


def test_a_kiosk_that_is_alone_clears_its_file_later_of_whom_it_could_not_at_once(
    tmp_path: Path, central: Running
) -> None:
    with a_kiosk(tmp_path / "alone", central, pair=False) as kiosk:
        person = kiosk.enrol()
        with open_store(tmp_path / "alone", kiosk.clock) as reader:
            reader._db.execute("BEGIN")
            reader._db.execute("SELECT count(*) FROM people").fetchone()
            kiosk.store.people.erase(person, kiosk.clock.utc())
        assert kiosk.store.people.tidying.is_due()
        for _ in range(3):
            kiosk.step()
        assert not kiosk.store.people.tidying.is_due()


def test_the_token_is_renewed_within_a_month_and_the_new_one_is_good(kiosk: Kiosk) -> None:
    member = kiosk.store.membership.member()
    assert member is not None
    kiosk.run()
    kiosk.clock.advance(30 * 24 * 3600.0)
    for _ in range(6):
        kiosk.step()
    renewed = kiosk.store.membership.member()
    assert renewed is not None
    assert renewed.credentials.token != member.credentials.token
    assert kiosk.engine.status().trouble == ""


def test_a_heart_beat_says_how_the_kiosk_is_every_half_minute(kiosk: Kiosk) -> None:
    kiosk.run()
    before = kiosk.network.paths().count("heart-beat")
    begin = kiosk.clock.monotonic()
    while kiosk.clock.monotonic() < begin + 300:
        kiosk.step()
    assert 8 <= kiosk.network.paths().count("heart-beat") - before <= 12


def test_what_is_done_here_is_pushed_within_seconds_without_being_woken(kiosk: Kiosk) -> None:
    kiosk.run()
    kiosk.enrol("Just Now")
    kiosk.run(LOOK_S + 1)
    assert kiosk.store.outbox.waiting().waiting == 0


def test_what_a_command_did_to_the_store_is_told_to_the_kiosk_that_runs(
    kiosk: Kiosk, central: Running, tmp_path: Path
) -> None:
    kiosk.run()
    with a_kiosk(tmp_path / "third", central) as third:
        third.enrol("From Elsewhere", seed=5)
        third.run()
    beside = an_engine(kiosk.store, kiosk.network, kiosk.clock)
    beside.engine.wake(kiosk.clock.monotonic())
    beside.run()
    kiosk.heard.clear()
    kiosk.step()
    assert [applied.gallery for applied, _ in kiosk.heard][:1] == [True]
    kiosk.store.membership.leave(kiosk.clock.utc(), revoked=False)
    kiosk.heard.clear()
    kiosk.step()
    kiosk.step()
    assert [applied.gallery for applied, _ in kiosk.heard] == [True]
    assert kiosk.engine.status().standing is Standing.ALONE


def test_a_kiosk_that_is_moved_signs_with_a_new_key_and_passes_of_before_stay_good(
    kiosk: Kiosk, central: Running, tmp_path: Path
) -> None:
    def issue(person: str, number: str) -> None:
        now = kiosk.clock.utc().replace(microsecond=0)
        site = next(iter(kiosk.store.membership.sites()))
        kiosk.store.passes.keep(Pass(number, person, site, now, now + timedelta(hours=8), single_use=False))

    kiosk.run()
    issue(kiosk.enrol("Before The Move"), "01890000-0000-7000-8000-00000000aaaa")
    kiosk.run()
    before = kiosk.store.secrets.pass_key().id
    row = central.admin("GET", f"/v1/kiosks/{kiosk.id}").json()
    moved = {"name": row["name"], "site": "elsewhere", "version": row["version"]}
    assert central.admin("PUT", f"/v1/kiosks/{kiosk.id}", json=moved).status_code == 200
    kiosk.engine.wake(kiosk.clock.monotonic())
    kiosk.run()
    assert kiosk.engine.status().site == "elsewhere"
    issue(kiosk.enrol("After The Move"), "01890000-0000-7000-8000-00000000bbbb")
    kiosk.run()
    assert kiosk.store.outbox.dead(10) == ()
    with a_kiosk(tmp_path / "stays", central) as stays, a_kiosk(tmp_path / "there", central, site="elsewhere") as there:
        for one in (stays, there):
            one.run()
        trusted = [{key.id for key in one.store.secrets.good_keys()} for one in (stays, there)]
    after = kiosk.store.secrets.pass_key().id
    assert [before in keys for keys in trusted] == [True, False]
    assert [after in keys for keys in trusted] == [False, True]


def test_a_kiosk_that_leaves_during_its_first_pull_fetches_nothing_any_more(kiosk: Kiosk, central: Running) -> None:
    people_at_north(central, "Half Way", 3)
    engine = an_engine(kiosk.store, kiosk.network, kiosk.clock, page_most=1)
    while engine.engine.status().progress is None:
        engine.step()
    kiosk.store.membership.leave(kiosk.clock.utc(), revoked=False)
    engine.step()
    assert engine.engine.status().progress is None
