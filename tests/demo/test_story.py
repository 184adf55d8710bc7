"""The demo as a machine runs it: the whole story on the real screens, and one JSON object a line."""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.demo.story import NAME, PIN
from kiosk.passes.reading import Options, read_codes
from kiosk.runtime.clock import SystemClock
from kiosk.store import Store
from kiosk.vision.reading import load_image

pytestmark = pytest.mark.long

MODEL = "dlib-resnet29-int8"

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def played(
    tmp_path_factory: pytest.TempPathFactory, demo_faces: dict[str, Path]
) -> tuple[Path, list[dict[str, object]]]:
    out = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "kiosk.demo", "--headless", "--json", "--out", str(out), "--log", str(out / "log")]
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
    first = ["recognised", "unknown", "verified", "refused"]
    without_face, carried, corrected = ["unsure"], ["unknown", "verified", "refused"], ["unknown"]
    assert [line["outcome"] for line in decisions] == first + without_face + carried + corrected
    recognised, unknown, verified, refused = decisions[:4]
    assert decisions[6]["person"] is None and decisions[6]["name"] is None, "nobody knows who carries that pass"
    assert recognised["person"] == verified["person"] and recognised["person"]
    assert unknown["person"] is None and refused["name"] is None
    assert refused["reason"] == "face-not-of-pass"


def test_every_step_leaves_a_picture(played: tuple[Path, list[dict[str, object]]]) -> None:
    out, lines = played
    pictures = [out / str(line["screenshot"]) for line in lines if line["type"] == "step"]
    assert all(picture.stat().st_size > 5_000 for picture in pictures)


def test_nothing_of_anybody_is_in_the_log_of_the_whole_story(played: tuple[Path, list[dict[str, object]]]) -> None:
    out, _ = played
    log = (out / "log").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in log.splitlines()]
    assert sum(line["message"] == "decided" for line in lines) == 9, "what is worth knowing is in it"
    codes = {text for picture in sorted(out.glob("*pass*.png")) for text in read_codes(load_image(picture), Options())}
    assert len(codes) == 2, "the passes of the story"
    with Store.open(out / "store", SystemClock()) as store:
        (person,) = store.people.everybody()
        vectors = [template.embedding.vector for template in store.people.templates(MODEL)]
        vectors += [negative.embedding.vector for negative in store.people.negatives(MODEL)]
    assert len(vectors) == 2
    secrets = {*codes, *(code[4:44] for code in codes), NAME, *NAME.split(), person.name}
    for vector in vectors:
        plain = vector.tobytes()[:24]
        secrets |= {plain.hex(), base64.b64encode(plain).decode(), f"{vector[0]:.6f}", f"{vector[1]:.6f}"}
    assert [secret for secret in secrets if secret in log] == []
    assert re.search(rf"(?<![0-9a-zA-Z.]){PIN}(?![0-9a-zA-Z])", log) is None


def test_the_last_line_is_the_summary(played: tuple[Path, list[dict[str, object]]]) -> None:
    assert played[1][-1]["type"] == "summary"
    assert played[1][-1]["ok"] is True
