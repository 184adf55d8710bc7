"""The sync part with a real store and a real central: what staff asks for, what the others are told."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from kiosk.cli.sync import waited
from kiosk.domain.errors import BadSettings, StoreFailing
from kiosk.parts.post import Post, open_post
from kiosk.parts.sync import Line, StreamPart, SyncPart
from kiosk.parts.vitals import Vitals
from kiosk.runtime.beats import Beats
from kiosk.screens import words_central
from kiosk.store import Store
from kiosk.sync.client import open_central, patience_of
from kiosk.sync.options import Options
from kiosk.sync.pairing import Pairing
from kiosk.sync.ports import Central
from kiosk.sync.signature import Signer
from kiosk.sync.stream import Wake
from kiosk.wire.beating import CameraState
from kiosk.wire.pairing import PairingState
from kiosk.wire.signing import Lane
from kiosk.wire.standing import Standing, Status
from tests.central.kiosks_making import confirm
from tests.central.making import Running
from tests.store.making import open_store
from tests.store.syncing import a_page
from tests.sync.making import NAMES, URL, Fault, Kiosk, KioskClock, Network, join

TURNS_MOST = 400


class Standpoint:
    """A part over a folder, whose clock moves on while it pauses."""

    def __init__(self, folder: Path, central: Running, url: str = URL) -> None:
        self.folder, self.clock, self.network = folder, KioskClock(), Network(central)
        self.post: Post = open_post(self.clock)
        self.beats = Beats(self.clock)
        self.ca_file: Path | None = None
        self.vitals = Vitals(self.post, self.beats, self.clock)
        line = Line(self._dial, url)
        self.part = SyncPart(self._open, line, self.post, Wake(self.post.wake), self.vitals, self.clock)

    def _dial(self, url: str, signer: Signer | None, is_over: Callable[[], bool]) -> Central:
        way = self.network if self.ca_file is None else None
        return open_central(url, Options(ca_file=self.ca_file), patience_of(self.clock, is_over), signer, way)

    @contextmanager
    def _open(self) -> Iterator[Store]:
        with open_store(self.folder, self.clock) as store:
            yield store

    def until(self, is_so: Callable[[], bool]) -> None:
        """Run the part until that is so."""
        stop, turns = threading.Event(), iter(range(TURNS_MOST))

        def up() -> None:
            if is_so() or next(turns, None) is None:
                stop.set()

        self.part.run(stop, up)
        assert is_so(), self.post.standing.peek()

    @property
    def standing(self) -> Status:
        return self.post.standing.peek() or Status(Standing.ALONE)


@pytest.fixture
def alone(tmp_path: Path, central: Running) -> Standpoint:
    return Standpoint(tmp_path / "alone", central)


def test_staff_pairs_the_kiosk_on_its_screen(alone: Standpoint, central: Running) -> None:
    alone.post.pair.set()
    confirmed: list[str] = []

    def is_paired() -> bool:
        invitation = alone.standing.asking
        if invitation is not None and invitation.code not in confirmed:
            confirmed.append(invitation.code)
            confirm(central, invitation.code, f"Kiosk {next(NAMES)}", site="north")
        return alone.standing.standing is Standing.PAIRED and alone.standing.contact_utc is not None

    alone.until(is_paired)
    assert alone.standing.site == "north"
    assert alone.standing.url == URL


def test_a_kiosk_that_was_off_when_it_was_confirmed_is_paired_when_it_starts_again(
    alone: Standpoint, central: Running
) -> None:
    alone.post.pair.set()
    alone.until(lambda: alone.standing.asking is not None)
    asking = alone.standing.asking
    assert asking is not None
    confirm(central, asking.code, f"Kiosk {next(NAMES)}", site="north")
    alone.until(lambda: alone.standing.standing is Standing.PAIRED)
    assert alone.standing.site == "north"


def test_what_a_command_asked_for_is_claimed_by_the_kiosk_that_runs_whatever_its_clock_says(
    alone: Standpoint, central: Running
) -> None:
    alone.clock.begin += timedelta(days=400)
    asked: list[str] = []

    def is_paired() -> bool:
        if not asked:
            with open_store(alone.folder, alone.clock) as store:
                client = open_central(URL, Options(), patience_of(alone.clock), None, alone.network)
                asked.append(Pairing(client, store.membership, alone.clock, URL).ask().code)
        elif alone.standing.asking is not None and alone.standing.asking.code not in asked[1:]:
            asked.append(alone.standing.asking.code)
            confirm(central, asked[0], f"Kiosk {next(NAMES)}", site="north")
        return alone.standing.standing is Standing.PAIRED

    alone.until(is_paired)
    assert asked[1:] == asked[:1]


def test_a_command_waits_for_an_admin_though_the_clock_is_ahead(alone: Standpoint, central: Running) -> None:
    alone.clock.begin += timedelta(hours=1)
    claims: list[str] = []
    with open_store(alone.folder, alone.clock) as store:
        client = open_central(URL, Options(), patience_of(alone.clock), None, alone.network)
        pairing = Pairing(client, store.membership, alone.clock, URL)
        shown = pairing.ask()

        def rule(request: httpx.Request) -> None:
            claims.append(request.url.path)
            if len(claims) == 3:
                confirm(central, shown.code, f"Kiosk {next(NAMES)}", site="north")

        alone.network.rule = rule
        assert waited(pairing, alone.clock, shown).state is PairingState.CONFIRMED
        assert store.membership.member() is not None


def test_a_command_does_not_wait_for_ever(alone: Standpoint) -> None:
    with open_store(alone.folder, alone.clock) as store:
        client = open_central(URL, Options(), patience_of(alone.clock), None, alone.network)
        pairing = Pairing(client, store.membership, alone.clock, URL)
        shown, began = pairing.ask(), alone.clock.monotonic()
        alone.network.rule = lambda _request: Fault.BEFORE
        assert waited(pairing, alone.clock, shown).state is PairingState.WAITING
    assert 900 <= alone.clock.monotonic() - began < 1000


def test_two_processes_of_a_kiosk_that_claim_the_same_pairing_are_both_paired(
    alone: Standpoint, central: Running
) -> None:
    with open_store(alone.folder, alone.clock) as store:
        clients = [open_central(URL, Options(), patience_of(alone.clock), None, alone.network) for _ in range(2)]
        one = Pairing(clients[0], store.membership, alone.clock, URL)
        shown = one.ask()
        other = Pairing(clients[1], store.membership, alone.clock, URL, store.membership.invitation())
        confirm(central, shown.code, f"Kiosk {next(NAMES)}", site="north")
        assert [pairing.claim().state for pairing in (one, other)] == [PairingState.CONFIRMED] * 2


def test_a_code_that_ran_out_takes_no_newer_one_with_it(alone: Standpoint) -> None:
    with open_store(alone.folder, alone.clock) as store:
        client = open_central(URL, Options(), patience_of(alone.clock), None, alone.network)
        old = Pairing(client, store.membership, alone.clock, URL)
        old.ask()
        newer = Pairing(client, store.membership, alone.clock, URL).ask()
        assert old.claim().state is PairingState.EXPIRED
        kept = store.membership.invitation()
        assert kept is not None
        assert kept.code == newer.code


def test_a_pairing_that_was_refused_is_not_asked_for_again(alone: Standpoint, central: Running) -> None:
    alone.post.pair.set()
    alone.until(lambda: alone.standing.asking is not None)
    asking = alone.standing.asking
    assert asking is not None
    assert central.admin("POST", "/v1/pairings/refuse", json={"code": asking.code}).is_success
    alone.until(lambda: bool(alone.network.asked) and alone.network.asked[-1].url.path.endswith("/claim"))
    with open_store(alone.folder, alone.clock) as store:
        assert store.membership.invitation() is None


def test_a_central_that_is_away_is_said_when_staff_wants_to_pair(alone: Standpoint) -> None:
    alone.network.rule = lambda _request: Fault.BEFORE
    alone.post.pair.set()
    alone.until(lambda: alone.standing.trouble == "sync-unreachable")
    assert alone.standing.can_pair


def test_a_kiosk_that_is_not_paired_asks_nobody_and_says_that_it_is_alone(alone: Standpoint) -> None:
    alone.until(lambda: alone.post.standing.peek() is not None)
    assert alone.standing.standing is Standing.ALONE
    assert alone.network.asked == []


def test_who_is_gone_is_told_to_the_others_within_two_seconds(
    alone: Standpoint, central: Running, kiosk: Kiosk
) -> None:
    person = kiosk.enrol("Soon Gone", seed=77)
    kiosk.run()
    with open_store(alone.folder, alone.clock) as store:
        join(store, alone.network, alone.clock)

    def is_known() -> bool:
        with open_store(alone.folder, alone.clock) as store:
            return person in {one.id for one in store.people.everybody()}

    alone.until(is_known)
    assert central.admin("DELETE", f"/v1/people/{person}").status_code < 300
    alone.post.wake.set()
    began = alone.clock.monotonic()
    gone: list[str] = []

    def is_told() -> bool:
        gone.extend(alone.post.changes.take().gone)
        return person in gone

    alone.until(is_told)
    assert alone.clock.monotonic() - began < 2


def test_a_stream_that_is_tried_all_day_without_a_network_writes_little_to_the_card(alone: Standpoint) -> None:
    with open_store(alone.folder, alone.clock) as store:
        join(store, alone.network, alone.clock)
        first = store.membership.reserve(Lane.STREAM, 1)
    alone.network.rule = lambda _request: Fault.BEFORE
    stop, tries = threading.Event(), iter(range(200))
    line = Line(alone._dial)

    def up() -> None:
        if next(tries, None) is None:
            stop.set()

    StreamPart(alone._open, line, Wake(alone.post.wake), alone.clock).run(stop, up)
    with open_store(alone.folder, alone.clock) as store:
        assert store.membership.reserve(Lane.STREAM, 1) - first <= 300


def test_a_part_that_begins_anew_has_everybody_looked_at_again(alone: Standpoint) -> None:
    with open_store(alone.folder, alone.clock) as store:
        join(store, alone.network, alone.clock)
    alone.until(lambda: alone.standing.standing is Standing.PAIRED)
    told = alone.post.changes.take()
    assert (told.gallery, told.rules) == (True, True)
    alone.until(lambda: True)
    assert alone.post.changes.take().gallery


def told_by_a_run_that_fails(standpoint: Standpoint) -> bool:
    """Whether a run that its settings end had everybody looked at again."""
    with pytest.raises(BadSettings):
        standpoint.part.run(threading.Event(), lambda: None)
    return standpoint.post.changes.take().gallery


def test_a_paired_kiosk_whose_settings_are_no_good_says_so_and_has_nobody_looked_at_again(alone: Standpoint) -> None:
    with open_store(alone.folder, alone.clock) as store:
        join(store, alone.network, alone.clock)
    alone.ca_file = alone.folder / "not-there.pem"
    told = [told_by_a_run_that_fails(alone) for _ in range(3)]
    assert (alone.standing.standing, alone.standing.trouble) == (Standing.PAIRED, "bad-settings")
    assert "settings" in words_central.hint(alone.standing)
    assert told == [True, False, False]
    alone.ca_file = None
    alone.until(lambda: alone.standing.contact_utc is not None)
    assert alone.standing.trouble == ""


def test_a_part_whose_store_fails_says_so_and_not_that_the_kiosk_is_alone(alone: Standpoint) -> None:
    with open_store(alone.folder, alone.clock) as store:
        join(store, alone.network, alone.clock)

    def fail() -> None:
        raise StoreFailing("the disk failed while the store was in use; check the card or disk")

    with pytest.raises(StoreFailing):
        alone.part.run(threading.Event(), fail)
    assert (alone.standing.standing, alone.standing.trouble) == (Standing.PAIRED, "store-failing")
    assert "memory" in words_central.hint(alone.standing)


def test_what_a_command_applies_while_the_part_can_not_run_is_told(alone: Standpoint) -> None:
    with open_store(alone.folder, alone.clock) as store:
        join(store, alone.network, alone.clock)
    alone.ca_file = alone.folder / "not-there.pem"
    told: list[bool] = []
    for _ in range(2):
        told.append(told_by_a_run_that_fails(alone))
        with open_store(alone.folder, alone.clock) as store:
            store.inbox.apply(a_page(), store.inbox.cursor(), alone.clock.utc())
    assert told == [True, True]


def test_staff_is_told_that_the_settings_are_no_good_for_pairing(alone: Standpoint) -> None:
    alone.ca_file = alone.folder / "not-there.pem"
    alone.post.pair.set()
    alone.until(lambda: alone.standing.trouble == "bad-settings")
    assert (alone.standing.standing, alone.standing.can_pair) == (Standing.ALONE, True)
    alone.ca_file = None
    alone.post.pair.set()
    alone.until(lambda: alone.standing.asking is not None)
    assert alone.standing.trouble == ""


def test_a_kiosk_says_how_it_is_and_leaves_out_what_it_does_not_know(alone: Standpoint, tmp_path: Path) -> None:
    alone.vitals.thermal = tmp_path / "temp"
    with open_store(alone.folder, alone.clock) as store:
        unknown = alone.vitals.beat(store)
        alone.vitals.thermal.write_text("48312\n")
        for _ in range(20):
            alone.beats.beat("camera")
            alone.clock.advance(0.1)
        known = alone.vitals.beat(store)
    assert (unknown.temperature_c, unknown.frames_per_s, unknown.people, unknown.decision_ms) == (
        None,
        None,
        None,
        None,
    )
    assert (known.temperature_c, known.frames_per_s, known.camera) == (48.312, 10.0, CameraState.GOOD)
    assert known.disk_free_mb is not None and known.disk_free_mb > 0
