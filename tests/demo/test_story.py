"""The demo as a machine runs it: the whole story on the real screens, and one JSON object a line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def played(
    tmp_path_factory: pytest.TempPathFactory, demo_faces: dict[str, Path]
) -> tuple[Path, list[dict[str, object]]]:
    out = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "kiosk.demo", "--headless", "--json", "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return out, [json.loads(line) for line in done.stdout.splitlines()]


def test_every_step_of_the_story_ends_as_expected(played: tuple[Path, list[dict[str, object]]]) -> None:
    steps = [line for line in played[1] if line["type"] == "step"]
    assert len(steps) >= 12
    assert [step["step"] for step in steps if not step["ok"]] == []


def test_the_decisions_come_in_the_storys_order(played: tuple[Path, list[dict[str, object]]]) -> None:
    decisions = [line for line in played[1] if line["type"] == "decision"]
    assert [line["outcome"] for line in decisions] == ["recognised", "unknown", "verified", "refused"]
    recognised, unknown, verified, refused = decisions
    assert recognised["person"] == verified["person"] and recognised["person"]
    assert unknown["person"] is None and refused["name"] is None
    assert refused["reason"] == "face-not-of-pass"


def test_every_step_leaves_a_picture(played: tuple[Path, list[dict[str, object]]]) -> None:
    out, lines = played
    pictures = [out / str(line["screenshot"]) for line in lines if line["type"] == "step"]
    assert all(picture.stat().st_size > 5_000 for picture in pictures)


def test_the_last_line_is_the_summary(played: tuple[Path, list[dict[str, object]]]) -> None:
    assert played[1][-1]["type"] == "summary"
    assert played[1][-1]["ok"] is True
