"""What sync stored is told to the rest of the kiosk, whatever happens right after it, and whoever stored it."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.cli.sync import engine_of
from kiosk.domain.errors import StoreBusy, StoreFailing
from kiosk.parts.sync import Line
from kiosk.store.presence import Presence
from kiosk.sync.client import open_central, patience_of
from kiosk.sync.options import Options
from kiosk.sync.ports import Applied, Central
from kiosk.sync.signature import Signer
from kiosk.wire.beating import HeartBeat
from tests.central.making import Running
from tests.sync.making import Followed, Kiosk, a_kiosk, an_engine, join


@pytest.mark.parametrize("raises", [False, True])
def test_a_page_is_heard_of_though_the_store_fails_right_after_it(
    kiosk: Kiosk, central: Running, tmp_path: Path, *, raises: bool
) -> None:
    kiosk.run()
    with a_kiosk(tmp_path / "other", central) as other:
        other.enrol("One More")
        other.run()
    with ExitStack() as locks:

        def then(applied: Applied) -> None:
            if not applied.gallery:
                return
            locks.enter_context(kiosk.locked())
            if raises:
                raise StoreFailing("the file could not be written anew")

        inbox = Followed(kiosk.store.inbox, "apply", then)
        again = an_engine(kiosk.store, kiosk.network, kiosk.clock, {"inbox": inbox})
        with pytest.raises(StoreFailing if raises else StoreBusy):
            again.run(60.0)
    assert "One More" in again.names()
    assert any(applied.gallery and applied.rules for applied, _ in again.heard)


def test_a_revoked_fleet_leaves_the_gallery_though_the_store_fails_right_after(kiosk: Kiosk, central: Running) -> None:
    kiosk.run()

    def then(_gone: int) -> None:
        raise StoreFailing("the file could not be written anew")

    membership = Followed(kiosk.store.membership, "leave", then)
    again = an_engine(kiosk.store, kiosk.network, kiosk.clock, {"membership": membership})
    assert central.admin("POST", f"/v1/kiosks/{kiosk.id}/revoke").status_code == 200
    with pytest.raises(StoreFailing):
        again.run(60.0)
    assert kiosk.store.membership.member() is None
    assert any(applied.gallery and applied.rules for applied, _ in again.heard)


def test_a_kiosk_that_a_command_paired_hears_of_what_the_command_pulled(tmp_path: Path, central: Running) -> None:
    central.person("Known Already")
    with a_kiosk(tmp_path / "alone", central, pair=False) as alone:
        alone.step()
        join(alone.store, alone.network, alone.clock)
        an_engine(alone.store, alone.network, alone.clock).run()
        alone.step()
        assert any(applied.gallery for applied, _ in alone.heard)


def confirmed(central: Running, person: str, kiosk: str) -> bool:
    """Whether central takes that person for gone from that kiosk."""
    receipts = central.admin("GET", f"/v1/people/{person}/receipts").json()
    return [one["confirmed_utc"] is not None for one in receipts if one["kiosk"] == kiosk] == [True]


def test_a_receipt_waits_until_nobody_who_is_gone_is_in_memory_and_holds_up_nothing_else(
    kiosk: Kiosk, central: Running
) -> None:
    person = kiosk.enrol("Still In Memory")
    kiosk.run()
    kiosk.memory.add(person)
    assert central.admin("DELETE", f"/v1/people/{person}").status_code < 300
    kiosk.engine.wake(kiosk.clock.monotonic())
    kiosk.run(30.0)
    assert person not in {one.id for one in kiosk.store.people.everybody()}
    kiosk.store.journal.note("powered-on", kiosk.clock.utc())
    kiosk.run(10.0)
    assert not confirmed(central, person, kiosk.id)
    assert kiosk.store.outbox.waiting().waiting == 1
    kiosk.memory.clear()
    kiosk.engine.wake(kiosk.clock.monotonic())
    kiosk.run(1.0)
    assert confirmed(central, person, kiosk.id)


def test_a_receipt_that_a_command_wrote_waits_until_the_kiosk_that_runs_has_heard_who_is_gone(
    kiosk: Kiosk, central: Running
) -> None:
    person = kiosk.enrol("Still In Memory")
    kiosk.run()
    assert central.admin("DELETE", f"/v1/people/{person}").status_code < 300
    command = an_engine(kiosk.store, kiosk.network, kiosk.clock)
    command.memory.add("whoever the kiosk that runs has in memory")
    outbox = Followed(kiosk.store.outbox, "pending", first=lambda: command.run(5.0))
    running = an_engine(kiosk.store, kiosk.network, kiosk.clock, {"outbox": outbox})

    def unread() -> bool:
        return any(applied.anybody for applied, _ in running.heard)

    running.engine.here = replace(running.engine.here, is_forgotten=lambda: not unread())
    running.run(10.0)
    assert unread()
    assert not confirmed(central, person, kiosk.id)


def test_a_page_that_a_command_applied_first_is_heard_of(kiosk: Kiosk, central: Running) -> None:
    person = kiosk.enrol("Still In Memory")
    kiosk.run()
    assert central.admin("DELETE", f"/v1/people/{person}").status_code < 300
    command = an_engine(kiosk.store, kiosk.network, kiosk.clock)
    ran: list[bool] = []

    def once() -> None:
        if not ran:
            ran.append(True)
            command.run(5.0)

    inbox = Followed(kiosk.store.inbox, "apply", first=once)
    running = an_engine(kiosk.store, kiosk.network, kiosk.clock, {"inbox": inbox})
    running.run(10.0)
    assert ran and person not in {one.id for one in kiosk.store.people.everybody()}
    assert any(applied.anybody or person in applied.gone for applied, _ in running.heard)


def test_whom_a_command_erased_is_told_of_as_gone_once_central_says_so(kiosk: Kiosk) -> None:
    person = kiosk.enrol("Erased By A Command")
    kiosk.run()
    kiosk.store.people.erase(person, kiosk.clock.utc())
    kiosk.run(10.0)
    kiosk.engine.wake(kiosk.clock.monotonic())
    kiosk.run(10.0)
    assert any(person in applied.gone for applied, _ in kiosk.heard)


def test_a_command_leaves_receipts_to_the_kiosk_that_runs(kiosk: Kiosk, central: Running) -> None:
    person = kiosk.enrol("Still In Memory")
    kiosk.run()
    presence = Presence(kiosk.store.folder)
    presence.hold()
    assert central.admin("DELETE", f"/v1/people/{person}").status_code < 300

    def dial(url: str, signer: Signer | None, is_over: Callable[[], bool]) -> Central:
        return open_central(url, Options(), patience_of(kiosk.clock, is_over), signer, kiosk.network)

    command = replace(kiosk, engine=engine_of(kiosk.store, Line(dial), kiosk.clock))
    command.run(20.0)
    assert person not in {one.id for one in kiosk.store.people.everybody()}
    assert not confirmed(central, person, kiosk.id)
    presence.close()
    command.run(20.0)
    assert confirmed(central, person, kiosk.id)


def test_while_the_stream_is_up_a_pull_is_made_every_few_minutes_and_as_set_once_it_is_down(kiosk: Kiosk) -> None:
    told = [True]
    again = an_engine(kiosk.store, kiosk.network, kiosk.clock, is_told=lambda: told[0])
    here, inbox = again.engine.here, kiosk.store.inbox
    again.engine.here = replace(here, health=lambda: HeartBeat(cursor=inbox.cursor()))

    def pulls_in_ten_minutes() -> int:
        before, until = kiosk.network.paths().count("pull"), kiosk.clock.monotonic() + 600
        while kiosk.clock.monotonic() < until:
            kiosk.clock.advance(min(again.engine.step(kiosk.clock.monotonic()), 5.0) or 0.1)
        return kiosk.network.paths().count("pull") - before

    again.run()
    kiosk.network.central.clock.forward(seconds=2)  # central remembers for a second how far its feed is
    assert 1 <= pulls_in_ten_minutes() <= 5
    told[0] = False
    again.engine.wake(kiosk.clock.monotonic())  # as the stream does when it ends
    assert 30 <= pulls_in_ten_minutes() <= 50
