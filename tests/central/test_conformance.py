"""The conformance test finds nothing wrong with central, and finds what is wrong with servers that break a promise."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.domain.errors import Refused
from kiosk.runtime.clock import SystemClock
from kiosk.sync.client import HttpCentral, open_central, patience_of
from kiosk.sync.conformance import hearing
from kiosk.sync.conformance.course import CHECKS, KIOSKS, PAIRING, Desk, course
from kiosk.sync.options import Options
from kiosk.wire.standing import Invitation
from tests.central import meddling
from tests.central.kiosks_making import NUMBERS, confirm
from tests.central.live import listening
from tests.central.making import Running, running, settings_for
from tests.central.meddling import Meddler

pytestmark = pytest.mark.long

ALL = [PAIRING, *CHECKS]
PATIENT = Options(connect_s=30.0, read_s=60.0, write_s=60.0, whole_s=120.0)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Its database does not matter here."""
    with running(settings_for(tmp_path_factory.mktemp("central"), "")) as here:
        yield here


def desk_at(address: str, invite: Callable[[int, Invitation], None]) -> Desk:
    clock = SystemClock()

    def dial(signer: Any, is_over: Any) -> HttpCentral:
        return open_central(address, PATIENT, patience_of(clock, is_over), signer)

    return Desk(dial, clock, invite)


def bad_at(central: Running, address: str) -> dict[str, str]:
    """What is found wrong, after an admin has confirmed the test kiosks on sites of their own."""
    site = f"conformance {next(NUMBERS)}"

    def invite(number: int, shown: Invitation) -> None:
        assert confirm(central, shown.code, site=site if number < KIOSKS else f"{site} apart").status_code == 200

    found = list(course(desk_at(address, invite)))
    assert [finding.name for finding in found] == ALL
    return {finding.name: finding.sentence for finding in found if not finding.is_good}


def test_central_keeps_every_promise_and_nobody_of_the_trial_is_left(server: Running) -> None:
    before = {person["id"] for person in server.admin("GET", "/v1/people").json()["people"]}
    with listening(server) as address:
        assert bad_at(server, address) == {}
    assert {person["id"] for person in server.admin("GET", "/v1/people").json()["people"]} == before
    states = {one["state"] for one in server.admin("GET", "/v1/kiosks").json() if "conformance" in one["site"]}
    assert states == {"revoked"}


BROKEN = {
    "doubles": (meddling.doubles, {"events-once", "passes-end"}),
    "forgets tombstones": (meddling.forgets_tombstones, {"erasure-wins", "tombstones-first"}),
    "forgets unknown members": (meddling.forgets_unknown_members, {"people-come-back"}),
    "overwrites": (meddling.overwrites, {"conflicts-kept"}),
    "never resets": (meddling.never_resets, {"pages-same", "cursors-reset"}),
    "keeps passes alive": (meddling.keeps_passes_alive, {"passes-travel", "passes-end"}),
    "revives what ended": (meddling.revives_what_ended, {"passes-end", "pages-same"}),
    "forgets visits": (meddling.forgets_visits, {"passes-end"}),
    "resets all the time": (meddling.resets_all_the_time, {"pages-same"}),
    "gives credentials unasked": (meddling.Credulous(KIOSKS), {"pairing-signed"}),
    "takes from everywhere": (meddling.takes_from_everywhere, {"sites-apart", "keys-own"}),
    "tells of the erased twice": (meddling.TellsTwice(), {"receipts"}),
    "asks no receipts": (meddling.asks_no_receipts, {"erasure-wins", "receipts"}),
    "fails with bad items": (meddling.fails_with_bad_items, {"items-alone"}),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_server_that_breaks_a_promise_is_found_out(server: Running, fault: str) -> None:
    change, expected = BROKEN[fault]
    with listening(server, Meddler(server.app, change)) as address:
        bad = bad_at(server, address)
    assert expected <= set(bad) <= expected | {"people-come-back", "erasure-wins"}, bad


def test_a_server_that_forgets_counters_is_found_out(server: Running) -> None:
    with listening(server, Meddler(server.app, counts=False)) as address:
        bad = bad_at(server, address)
    assert set(bad) == {"counter-grows"}, bad


def test_a_server_that_does_not_know_how_kiosks_write_moments_is_found_out(server: Running) -> None:
    with listening(server, Meddler(server.app, dates=False)) as address:
        bad = bad_at(server, address)
    assert {"people-come-back", "erasure-wins", "passes-travel", "receipts"} <= set(bad), bad


def test_a_server_whose_stream_never_wakes_anybody_is_found_out(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "SOON_S", 2.0)
    with listening(server, Meddler(server.app, is_deaf=True)) as address:
        bad = bad_at(server, address)
    assert set(bad) == {"stream-wakes"}, bad


def test_a_test_kiosk_that_is_refused_ends_it(server: Running) -> None:
    def invite(_number: int, shown: Invitation) -> None:
        assert server.admin("POST", "/v1/pairings/refuse", json={"code": shown.code}).status_code == 204

    with listening(server) as address:
        clock = SystemClock()
        desk = Desk(
            lambda signer, end: open_central(address, Options(), patience_of(clock, end), signer), clock, invite
        )
        with pytest.raises(Refused, match="was not confirmed"):
            list(course(desk))


def test_the_command_shows_both_codes_and_says_what_it_found(server: Running, tmp_path: Path) -> None:
    with listening(server) as address:
        command = [sys.executable, "-m", "kiosk", "sync", "conformance", address, "--json", "--store", str(tmp_path)]
        with subprocess.Popen(command, stdout=-1, stderr=-1, text=True, env=dict(os.environ)) as process:
            assert process.stderr is not None and process.stdout is not None
            for number in range(KIOSKS):
                line = process.stderr.readline()
                found = re.search(r"code (\w+), fingerprint [\w-]{19};", line)
                assert found is not None, line + process.stderr.read()
                assert confirm(server, found[1], site=f"by command {number // 2}").status_code == 200
            lines = process.stderr.readlines()
            said = json.loads(process.stdout.read())
    assert process.returncode == 0
    assert len(lines) == len(ALL) and lines[0].startswith(f"1 of {len(ALL)}  ")
    assert said["ok"] and [one["name"] for one in said["checks"]] == ALL
    assert {one["state"] for one in said["checks"]} == {"good"}
