"""evaluate, bench and doctor."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Album, Enrolled
from tests.cli.running import ROOT, kiosk, refused

pytestmark = pytest.mark.usefixtures("models_folder")


@pytest.fixture(scope="module")
def few_pairs(labelled_faces: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every 80th pair of the labelled list."""
    header, *rows = (labelled_faces / "lfw_pairs.tsv").read_text().splitlines()
    path = tmp_path_factory.mktemp("pairs") / "pairs.tsv"
    path.write_text("\n".join([header, *rows[::80]]) + "\n")
    return path


def test_verification_prints_accuracy_and_misses(few_pairs: Path, lfw: Path, tmp_path: Path) -> None:
    plot = tmp_path / "plot.png"
    ran = kiosk("evaluate", "verification", "--pairs", few_pairs, "--images", lfw, "--plot", plot, "--json")
    assert ran.code == 0
    found = ran.json
    assert found["pairs"] == 50
    assert found["accuracy"] >= 0.94
    assert len(found["accuracy_of_folds"]) == 10
    assert set(found["fnmr_at_fmr"]) == {"1e-2", "1e-3"}
    assert found["fnmr_at_fmr"]["1e-2"] <= found["fnmr_at_fmr"]["1e-3"]
    assert found["pairs_without_face"] == 0
    assert found["fnmr_ratio_to_face_recognition"] is None
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_verification_says_its_figures_in_words(few_pairs: Path, lfw: Path) -> None:
    ran = kiosk("evaluate", "verification", "--pairs", few_pairs, "--images", lfw)
    assert "accuracy 9" in ran.out or "accuracy 100" in ran.out
    assert "at 1 in 1,000" in ran.out


def test_detection_prints_how_many_faces_are_found(labelled_faces: Path, tmp_path: Path) -> None:
    boxes, images, plot = labelled_faces / "detection_boxes.tsv", labelled_faces / "detection", tmp_path / "plot.svg"
    ran = kiosk("evaluate", "detection", "--boxes", boxes, "--images", images, "--plot", plot, "--json")
    assert ran.code == 0
    assert (ran.json["faces"], ran.json["pictures"]) == (43, 9)
    assert ran.json["recall"] >= 0.9
    assert ran.json["precision"] >= 0.9
    assert ran.json["found"] + ran.json["missed"] == 43
    assert plot.stat().st_size > 1000


def test_pictures_or_lists_that_are_missing_are_named(few_pairs: Path, tmp_path: Path) -> None:
    verification = ("evaluate", "verification", "--images", tmp_path, "--pairs")
    assert "is missing" in refused(kiosk(*verification, few_pairs))
    assert "gone.tsv" in refused(kiosk(*verification, tmp_path / "gone.tsv"))


def test_a_plot_that_can_t_be_drawn_is_found_out_before_the_work(few_pairs: Path, lfw: Path, tmp_path: Path) -> None:
    command = ("evaluate", "verification", "--pairs", few_pairs, "--images", lfw, "--plot", tmp_path / "gone" / "p.png")
    assert "no folder" in refused(kiosk(*command))


def test_a_peer_that_is_not_there_is_named(few_pairs: Path, lfw: Path, tmp_path: Path) -> None:
    command = ("evaluate", "verification", "--pairs", few_pairs, "--images", lfw, "--peers", "--peers-python")
    assert "no-python" in refused(kiosk(*command, tmp_path / "no-python"))


@pytest.mark.slow
def test_bench_prints_every_figure_and_says_what_was_not_measured(album: Album, tmp_path: Path) -> None:
    (tmp_path / "portrait.jpg").write_bytes(album.one[0].read_bytes())
    (tmp_path / "notes.txt").write_text("no picture")
    options = ("--faces", str(tmp_path), "--peers-python", str(tmp_path / "no-python"), "--json")
    command = [sys.executable, "-m", "kiosk", "bench", *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for stage in ("detect", "landmarks", "align", "embed", "match_1000", "match_10000", "match_100000", "decision"):
        assert found["stages"][stage]["runs"] >= 100
        assert 0 < found["stages"][stage]["median_ms"] <= found["stages"][stage]["p95_ms"]
    assert found["speedup_over_dlib"] is None
    assert "no-python" in found["speedup_note"]
    assert found["start_to_first_decision_s"] > 0
    assert found["people"] == 10_000
    assert {target["name"] for target in found["targets"]} >= {"speedup_over_dlib", "match_100000_ms", "resident_mb"}
    assert "notes.txt" in done.stderr


def test_bench_without_portraits_is_refused(tmp_path: Path) -> None:
    assert "empty" in refused(kiosk("bench", "--faces", tmp_path))
    assert "no folder" in refused(kiosk("bench", "--faces", tmp_path / "gone"))


def test_doctor_finds_a_good_kiosk_good(enrolled: Enrolled, album: Album, tmp_path: Path) -> None:
    config = tmp_path / "kiosk.toml"
    config.write_text(f'[camera]\nkind = "replay"\npath = "{album.third}"\n')
    ran = kiosk("doctor", "--config", config, "--store", enrolled.store, "--json")
    assert (ran.code, ran.json["ok"]) == (0, True)
    states = {check["name"]: check["state"] for check in ran.json["checks"]}
    assert states["store"] == states["models"] == states["camera"] == states["codes"] == "good"
    assert states["pin"] == "warning"


def test_doctor_names_what_keeps_the_kiosk_from_running(enrolled: Enrolled, album: Album, tmp_path: Path) -> None:
    (enrolled.store / "key").write_bytes(b"\0" * (enrolled.store / "key").stat().st_size)
    config = tmp_path / "kiosk.toml"
    config.write_text(f'[camera]\nkind = "replay"\npath = "{album.third}"\n')
    ran = kiosk("doctor", "--config", config, "--store", enrolled.store, "--json")
    assert (ran.code, ran.json["ok"]) == (4, False)
    assert [check["name"] for check in ran.json["checks"] if check["state"] == "bad"] == ["store"]


def test_doctor_makes_no_store(album: Album, tmp_path: Path) -> None:
    store = tmp_path / "store"
    assert "first used" in kiosk("doctor", "--store", store).out
    assert not store.exists()


def test_doctor_says_which_setting_is_wrong(tmp_path: Path) -> None:
    config = tmp_path / "kiosk.toml"
    config.write_text("[camera]\nrate = 0\n")
    ran = kiosk("doctor", "--config", config)
    assert ran.code == 2
    assert "camera.rate" in ran.out
