"""`kiosk doctor` reads the machine as Linux tells it, and says what to do about each red line."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.cli import machine
from kiosk.cli.finding import Finding, State
from kiosk.cli.machine_findings import about_clock, about_machine
from kiosk.cli.sync_findings import about_sync
from kiosk.domain.reckoning import Doubt, Reckoning
from tests.cli.running import kiosk
from tests.fakes.clock import FakeClock
from tests.parts.paired import join
from tests.store.making import open_store

TOUCHSCREEN = """\
I: Bus=0018 Vendor=0416 Product=038f Version=0001
N: Name="Goodix Capacitive TouchScreen"
H: Handlers=mouse0 event2
B: PROP=2
B: EV=b
B: ABS=265800000000003

I: Bus=0003 Vendor=046d Product=c31c Version=0110
N: Name="Logitech USB Keyboard"
H: Handlers=sysrq kbd event0
B: EV=120013
"""
MOUNTS = "/dev/mmcblk0p2 / ext4 {flags},noatime 0 0\ntmpfs /run tmpfs rw,nosuid 0 0\n"


class Pi:
    """A Raspberry Pi's /proc and /sys in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("proc/self/mounts", MOUNTS.format(flags="rw"))
        self.write("proc/bus/input/devices", TOUCHSCREEN)

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def hot(self, millidegrees: int) -> None:
        self.write("sys/class/thermal/thermal_zone0/temp", f"{millidegrees}\n")

    def throttled(self, bits: str) -> None:
        self.write("sys/devices/platform/soc/soc:firmware/get_throttled", f"{bits}\n")

    def found(self) -> dict[str, Finding]:
        return {one.name: one for one in about_machine(self.root, Path("/var/lib/kiosk/store"))}


@pytest.fixture
def pi(tmp_path: Path) -> Pi:
    return Pi(tmp_path)


def test_a_touchscreen_is_told_from_a_keyboard(pi: Pi) -> None:
    assert machine.touchscreens(pi.root) == ("Goodix Capacitive TouchScreen",)
    pi.write("proc/bus/input/devices", TOUCHSCREEN.split("\n\n")[1])
    touch = pi.found()["touch"]
    assert touch.state is State.WARNING and "cable" in touch.sentence


@pytest.mark.parametrize(
    ("millidegrees", "state"), [(51_000, State.GOOD), (76_500, State.WARNING), (84_000, State.BAD)]
)
def test_heat_is_said_before_it_slows_the_kiosk_down(pi: Pi, millidegrees: int, state: State) -> None:
    pi.hot(millidegrees)
    assert pi.found()["heat"].state is state


@pytest.mark.parametrize(
    ("bits", "state", "said"),
    [
        ("0", State.GOOD, "strong enough"),
        ("50005", State.BAD, "supply is too weak"),
        ("0x50000", State.WARNING, "since the start"),
        ("4", State.WARNING, "throttling"),
    ],
)
def test_a_weak_supply_is_said_with_what_to_do(pi: Pi, bits: str, state: State, said: str) -> None:
    pi.throttled(bits)
    power = pi.found()["power"]
    assert power.state is state and said in power.sentence


def test_a_worn_card_and_one_that_turned_read_only_are_said(pi: Pi) -> None:
    pi.write("sys/block/mmcblk0/device/life_time", "0x02 0x09\n")
    pi.write("sys/block/mmcblk0/device/pre_eol_info", "0x01\n")
    assert pi.found()["card"].state is State.WARNING
    pi.write("sys/block/mmcblk0/device/life_time", "0x01 0x02\n")
    assert pi.found()["card"].state is State.GOOD
    pi.write("proc/self/mounts", MOUNTS.format(flags="ro"))
    found = [one for one in about_machine(pi.root, Path("/var/lib/kiosk")) if one.name == "card"]
    assert found[0].state is State.BAD and "backup" in found[0].sentence


def test_a_machine_that_tells_nothing_is_no_trouble(tmp_path: Path) -> None:
    found = {one.name: one.state for one in about_machine(tmp_path, tmp_path)}
    assert found["heat"] is found["power"] is State.GOOD
    assert "card" not in found


@pytest.mark.parametrize("doubt", Doubt)
def test_a_doubtful_clock_is_said_with_what_to_do(pi: Pi, doubt: Doubt) -> None:
    finding = about_clock(pi.root, Reckoning(datetime(2026, 1, 1, tzinfo=UTC), doubt))
    assert finding.state is State.WARNING and "set it" in finding.sentence


def test_a_clock_set_from_the_network_is_told_from_one_that_is_not(pi: Pi) -> None:
    sure = Reckoning(datetime(2026, 1, 1, tzinfo=UTC))
    assert "not set from a network" in about_clock(pi.root, sure).sentence
    pi.write("run/systemd/timesync/synchronized", "")
    assert about_clock(pi.root, sure).sentence.endswith("set from the network.")


def test_a_person_says_that_the_clock_is_right_and_that_is_recorded(tmp_path: Path) -> None:
    kiosk("doctor", "--trust-clock", "--yes", "--store", tmp_path / "store")
    assert "clock-trusted" in kiosk("events", "--store", tmp_path / "store").out


def test_a_real_face_goes_through_the_models(tmp_path: Path, demo_faces: dict[str, Path]) -> None:
    del demo_faces  # fetched, so that the doctor finds them in the cache
    checks = {one["name"]: one for one in kiosk("doctor", "--json", "--store", tmp_path / "store").json["checks"]}
    assert checks["face"]["state"] == "good"
    assert "LiteRT" in checks["versions"]["sentence"] or "litert" in checks["versions"]["sentence"]
    assert all(one["sentence"].endswith((".", "!")) for one in checks.values())


def test_how_the_kiosk_stands_with_central_is_one_line(tmp_path: Path) -> None:
    clock = FakeClock()
    with open_store(tmp_path / "store", clock) as store:
        assert "on its own" in about_sync(store, clock.utc()).sentence
        join(store)
        alone = about_sync(store, clock.utc())
        assert alone.state is State.WARNING and "no contact yet" in alone.sentence
        store.membership.contacted(clock.utc())
        good = about_sync(store, clock.utc())
        assert good.state is State.GOOD and "https://central.example" in good.sentence
        assert about_sync(store, clock.utc() + timedelta(days=2)).state is State.WARNING
        store.membership.leave(clock.utc(), revoked=True)
        assert "out of the fleet" in about_sync(store, clock.utc()).sentence
