"""What systemd hears: ready once, fed only while everything lives, goodbye at the end; on a real socket."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.runtime.beats import Beats
from kiosk.runtime.watchdog import FED_EVERY_S, LONGEST_QUIET_S, Notifier, Watchdog
from tests.fakes.clock import FakeClock

PARTS = ("camera", "vision")


class Systemd:
    """A service manager's end of the socket."""

    def __init__(self, address: str) -> None:
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.line.bind("\0" + address[1:] if address.startswith("@") else address)
        self.line.setblocking(False)

    def heard(self) -> list[str]:
        found = []
        while True:
            try:
                found.append(self.line.recv(4096).decode())
            except BlockingIOError:
                return found


@pytest.fixture(params=["file", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "notify") if request.param == "file" else f"@kiosk-test-{tmp_path.name}"


@pytest.fixture
def systemd(address: str) -> Iterator[Systemd]:
    manager = Systemd(address)
    yield manager
    manager.line.close()


class House:
    """A kiosk's main loop, its parts' beats, and a clock."""

    def __init__(self, address: str) -> None:
        self.clock = FakeClock()
        self.beats = Beats(self.clock)
        self.ready = False
        notifier = Notifier.found({"NOTIFY_SOCKET": address})
        self.watchdog = Watchdog(notifier, self.beats, self.clock, PARTS, lambda: self.ready)

    def lives(self, seconds: float, *alive: str) -> None:
        for _ in range(round(seconds * 4)):
            self.clock.advance(0.25)
            for part in alive:
                self.beats.beat(part)
            self.watchdog.tick("serving visitors")


def test_ready_is_said_once_and_only_when_visitors_can_be_served(address: str, systemd: Systemd) -> None:
    house = House(address)
    house.lives(3, *PARTS)
    assert "READY=1" not in systemd.heard()
    house.ready = True
    house.lives(3, *PARTS)
    assert systemd.heard().count("READY=1") == 1


def test_the_watchdog_is_fed_while_all_parts_live(address: str, systemd: Systemd) -> None:
    House(address).lives(20, *PARTS)
    assert systemd.heard().count("WATCHDOG=1") >= 20 / FED_EVERY_S - 1


@pytest.mark.parametrize("hanging", PARTS)
def test_it_is_not_fed_once_a_part_hangs_and_again_when_it_lives(hanging: str, address: str, systemd: Systemd) -> None:
    house = House(address)
    house.lives(1, *PARTS)
    others = [part for part in PARTS if part != hanging]
    house.lives(LONGEST_QUIET_S, *others)
    systemd.heard()
    house.lives(60, *others)
    assert systemd.heard() == []
    house.lives(FED_EVERY_S, *PARTS)
    assert "WATCHDOG=1" in systemd.heard()


def test_the_status_is_told_when_it_changes(address: str, systemd: Systemd) -> None:
    house = House(address)
    for status in ("serving visitors", "serving visitors", "out of order: camera gone", "serving visitors"):
        house.watchdog.tick(status)
    told = [line for line in systemd.heard() if line.startswith("STATUS=")]
    assert told == ["STATUS=serving visitors", "STATUS=out of order: camera gone", "STATUS=serving visitors"]


def test_the_end_is_announced(address: str, systemd: Systemd) -> None:
    House(address).watchdog.stopping()
    assert systemd.heard() == ["STOPPING=1"]


@pytest.mark.parametrize("named", ["", "relative/path", "/nowhere/at/all"])
def test_without_a_service_manager_nothing_is_said_and_nothing_fails(named: str) -> None:
    house = House(named)
    house.lives(5, *PARTS)
    house.watchdog.stopping()
