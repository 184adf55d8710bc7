"""kiosk run on replayed photographs, as a program of its own."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Album, Enrolled
from tests.cli.running import ROOT, kiosk, refused

pytestmark = pytest.mark.usefixtures("models_folder")


def run(store: Path, source: Path, *more: str) -> list[dict[str, Any]]:
    """The lines of `kiosk run` over a replay."""
    options = ("--headless", "--json", "--until-end", "--store", str(store), "--source", f"replay:{source}")
    command = [sys.executable, "-m", "kiosk", "run", *options, *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_every_visitor_of_a_replay_gets_one_decision(album: Album, enrolled: Enrolled, tmp_path: Path) -> None:
    visitors = tmp_path / "visitors"
    visitors.mkdir()
    for number, photo in enumerate((album.one[2], album.third)):
        shutil.copy(photo, visitors / f"{number}{photo.suffix}")
    lines = run(enrolled.store, visitors, "--screenshots", str(tmp_path / "screens"))
    known, stranger = [line for line in lines if line["type"] == "decision"]
    assert (known["outcome"], known["person"], known["name"]) == ("recognised", enrolled.person, enrolled.name)
    assert known["score"] >= known["threshold"]
    assert known["latency_ms"] > 0
    assert (stranger["outcome"], stranger["person"], stranger["name"]) == ("unknown", None, None)
    recorded = [event for event in kiosk("events", "--store", enrolled.store, "--json").lines if event["outcome"]]
    assert [event["id"] for event in recorded] == [line["id"] for line in lines]
    assert list((tmp_path / "screens").glob("*.png"))


def test_without_a_camera_the_kiosk_says_so(tmp_path: Path) -> None:
    absent = ["usb:63"] if any(Path("/dev").glob("video*")) else ["usb:63", "usb", "pi"]
    for source in absent:
        refused(kiosk("run", "--headless", "--source", source, "--store", tmp_path / "store"), code=3)
