"""Three kiosks and a central, each a process of its own: from the first code on a screen to the last receipt."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.central.servers import Postgres
from tests.central.waiting import until
from tests.fleet.hub import Hub, hub_on
from tests.fleet.remote import Remote

NAME = "Kay Iosk"
SITE = "hall"
PIECE = 32


@dataclass
class Fleet:
    """Central and kiosks that are paired with it."""

    hub: Hub
    kiosks: list[Remote]
    ids: list[str]
    folder: Path

    def raw(self, number: int) -> bytes:
        """All that the database's files of a kiosk hold."""
        return b"".join(path.read_bytes() for path in sorted(self.store(number).glob("kiosk.db*")))

    def store(self, number: int) -> Path:
        return self.folder / f"store-{number}"

    def sealed(self, number: int, person: str) -> list[bytes]:
        """What a kiosk keeps of somebody, as it is sealed, in pieces that lie in one page of the file each."""
        queries = (
            "SELECT name FROM people WHERE id = ?",
            "SELECT vector FROM templates WHERE person = ?",
            "SELECT sealed FROM chips WHERE person = ?",
        )
        with closing(sqlite3.connect(self.store(number) / "kiosk.db")) as raw:
            blobs = [bytes(blob) for query in queries for (blob,) in raw.execute(query, [person])]
        return [blob[start : start + PIECE] for blob in blobs for start in range(0, len(blob) - PIECE + 1, PIECE)]

    def receipts(self, person: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.hub.ask("GET", f"/v1/people/{person}/receipts")
        return found

    def confirmed(self, person: str) -> set[str]:
        """Which kiosks have said that somebody is gone from them."""
        return {one["kiosk"] for one in self.receipts(person) if one["confirmed_utc"] is not None}


@pytest.fixture
def doors(request: pytest.FixtureRequest) -> int:
    """How many kiosks there are."""
    count: int = getattr(request, "param", 3)
    return count


@pytest.fixture
def fleet(
    tmp_path: Path, postgres: Postgres, demo_faces: dict[str, Path], models_folder: Path, doors: int
) -> Iterator[Fleet]:
    """Central and kiosks, all of which were paired by touch."""
    del demo_faces, models_folder
    with ExitStack() as stack:
        fleet = Fleet(stack.enter_context(hub_on(tmp_path / "central", postgres)), [], [], tmp_path)
        for number in range(doors):
            kiosk = started(fleet, number)
            stack.callback(kiosk.kill)
            fleet.kiosks.append(kiosk)
        pair(fleet)
        yield fleet


def started(fleet: Fleet, number: int) -> Remote:
    """A kiosk that is about to be ready."""
    log, store = fleet.folder / f"kiosk-{number}.log", str(fleet.store(number))
    kiosk = Remote.start(f"kiosk {number}", log, "tests.journeys.fleet_kiosk", store, fleet.hub.url)
    kiosk.tell("ready")
    return kiosk


def pair(fleet: Fleet) -> None:
    """Each shows a code, and an admin confirms it."""
    for kiosk in fleet.kiosks:
        kiosk.answer()
        kiosk.tell("pair")
    for number, kiosk in enumerate(fleet.kiosks):
        shown = kiosk.answer()
        fleet.ids.append(fleet.hub.confirm(shown["code"], shown["fingerprint"], f"Door {number}", SITE))
        kiosk.tell("paired")
    for kiosk in fleet.kiosks:
        assert kiosk.answer()["site"] == SITE
        kiosk.tell("central")
    for kiosk in fleet.kiosks:
        assert "paired with the central server" in kiosk.answer()["said"]


def test_somebody_enrolled_at_one_kiosk_is_known_at_all_until_central_erases_them(fleet: Fleet) -> None:
    first, second, third = fleet.kiosks
    enrolled = first.ask("enrol", name=NAME)
    person, text = enrolled["person"], enrolled["pass"]
    for kiosk in (second, third):
        kiosk.tell("knows", person=person)
    second.answer()
    assert second.ask("visit") | {"reason": ""} == {"outcome": "recognised", "reason": "", "person": person}
    second.ask("takes", pass_text=text)
    assert second.ask("visit", pass_text=text, who="enrolled_again")["outcome"] == "verified"
    third.answer()
    for kiosk in fleet.kiosks:
        assert kiosk.ask("told")["dead"] == 0
    sealed = [fleet.sealed(number, person) for number in range(3)]
    assert all(any(piece in fleet.raw(number) for piece in sealed[number]) for number in range(3))

    fleet.hub.ask("DELETE", f"/v1/people/{person}")
    assert {one["kiosk"] for one in fleet.receipts(person)} == set(fleet.ids)
    until(lambda: fleet.confirmed(person) == set(fleet.ids), "the receipts of all three")
    for kiosk in (third, second):
        kiosk.ask("forgets", person=person)
        kiosk.tell("visit")
    for kiosk in (third, second):
        assert kiosk.answer()["outcome"] == "unknown"
    assert second.ask("visit", pass_text=text, who="enrolled_again")["outcome"] == "refused"
    for number in range(3):
        raw = fleet.raw(number)
        assert not any(piece in raw for piece in (*sealed[number], NAME.encode()))
    assert fleet.hub.answer("GET", f"/v1/people/{person}").status_code == 404


@pytest.mark.parametrize("doors", [2], indirect=True)
def test_a_kiosk_that_is_taken_out_of_the_fleet_forgets_everybody_of_central_s_and_says_so(fleet: Fleet) -> None:
    first, second = fleet.kiosks
    person = first.ask("enrol", name=NAME)["person"]
    second.ask("knows", person=person)
    sealed = fleet.sealed(1, person)
    assert any(piece in fleet.raw(1) for piece in sealed)
    fleet.hub.ask("POST", f"/v1/kiosks/{fleet.ids[1]}/revoke")
    assert second.ask("revoked")["standing"] == "revoked"
    assert "taken out of the fleet" in second.ask("central")["said"]
    raw = fleet.raw(1)
    assert not any(piece in raw for piece in sealed)
    assert second.ask("visit")["outcome"] == "unknown"
    assert first.ask("visit")["outcome"] == "recognised"
