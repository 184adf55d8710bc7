"""The service and its installer: how little the service may do, and that the installer says what it would do."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.needs import missing

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "systemd" / "kiosk.service"
NETWORK = ROOT / "systemd" / "kiosk-network.conf"
MOST_EXPOSED = 1.5
MOST_EXPOSED_PAIRED = 2.0
SCRIPTS = ["scripts/install-pi", "scripts/test-arm64", "systemd/kiosk-session"]


def analyzed(*arguments: str) -> str:
    program = shutil.which("systemd-analyze")
    if program is None:
        missing("needs systemd-analyze: apt install systemd")
    ran = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr


def test_the_service_is_exposed_as_little_as_promised() -> None:
    said = analyzed("security", "--offline=yes", "--no-pager", str(UNIT))
    found = re.search(r"Overall exposure level for kiosk.service: ([0-9.]+)", said)
    assert found is not None, said
    assert float(found[1]) <= MOST_EXPOSED


def test_a_service_that_may_use_the_network_is_hardly_more_exposed(tmp_path: Path) -> None:
    both = tmp_path / "kiosk.service"
    both.write_text(UNIT.read_text(encoding="utf-8") + NETWORK.read_text(encoding="utf-8"), encoding="utf-8")
    said = analyzed("security", "--offline=yes", "--no-pager", str(both))
    found = re.search(r"Overall exposure level for kiosk.service: ([0-9.]+)", said)
    assert found is not None, said
    assert float(found[1]) <= MOST_EXPOSED_PAIRED
    assert re.search(r"✗ RestrictAddressFamilies=~AF_\(INET", said), "the network is still closed"


def test_systemd_understands_every_line_of_the_service(tmp_path: Path) -> None:
    session = tmp_path / "kiosk-session"
    shutil.copy(ROOT / "systemd" / "kiosk-session", session)
    copy = tmp_path / "kiosk.service"
    unit = UNIT.read_text(encoding="utf-8").replace("/opt/kiosk/bin/kiosk-session", str(session))
    copy.write_text(unit, encoding="utf-8")
    said = analyzed("verify", "--recursive-errors=no", str(copy))
    assert [line for line in said.splitlines() if "kiosk.service" in line] == []


def test_the_watchdog_waits_longer_than_the_kiosk_feeds_it() -> None:
    unit = UNIT.read_text(encoding="utf-8")
    assert "Type=notify" in unit
    found = re.search(r"^WatchdogSec=(\d+)$", unit, re.MULTILINE)
    assert found is not None and int(found[1]) >= 10


def test_the_installer_can_say_what_it_would_do_and_does_nothing_then(tmp_path: Path) -> None:
    ran = subprocess.run(
        [ROOT / "scripts" / "install-pi", "--dry-run", "--any-machine"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert ran.returncode == 0, ran.stderr
    assert "/etc/systemd/system/kiosk.service" in ran.stdout and "user kiosk" in ran.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", ["--no-such-thing", "--wheelhouse"])
def test_the_installer_refuses_what_it_does_not_know_in_one_sentence(wrong: str) -> None:
    ran = subprocess.run([ROOT / "scripts" / "install-pi", wrong], capture_output=True, text=True, check=False)
    assert ran.returncode != 0
    assert len(ran.stderr.strip().splitlines()) == 1


def test_an_unknown_display_is_refused() -> None:
    ran = subprocess.run(
        [ROOT / "systemd" / "kiosk-session"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "KIOSK_DISPLAY": "hologram"},
    )
    assert ran.returncode == 2
    assert "cage, x11 or kms" in ran.stderr


@pytest.mark.parametrize("script", SCRIPTS)
def test_shellcheck_has_nothing_to_say(script: str) -> None:
    program = shutil.which("shellcheck")
    if program is None:
        missing("needs shellcheck: apt install shellcheck")
    ran = subprocess.run(
        [program, "-x", "-P", "scripts", script], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert ran.stdout == ""
