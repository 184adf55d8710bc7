"""Measured score tables in the models' manifest."""

import shutil
from pathlib import Path

import pytest

from kiosk.domain.errors import BadInput
from kiosk.domain.scores import ScoreTable
from kiosk.evaluation.manifest_table import write_tables
from kiosk.vision.manifest import load_manifest

TABLE = ScoreTable((0.5, 1e-2, 1e-5), (0.7123, 0.8, 0.95))
OTHER = ScoreTable((0.5, 1e-3), (0.75, 0.9))
EMPTY = "fmr = [0.1, 0.01]\nscore = [0.1, 0.2] # old\n"


def test_only_the_score_table_changes(tmp_path: Path, models_folder: Path) -> None:
    folder = tmp_path / "models"
    shutil.copytree(models_folder, folder, ignore=shutil.ignore_patterns("build"))
    before = (folder / "manifest.toml").read_text().splitlines()
    assert "score_table" in write_tables({"score_table": TABLE}, folder / "manifest.toml")
    found = load_manifest(folder).embedding.score_table
    assert found.fmr == TABLE.fmr
    assert found.score == pytest.approx(TABLE.score, abs=1e-5)
    after = (folder / "manifest.toml").read_text().splitlines()
    assert len(after) == len(before)
    changed = [line for line in after if line not in before]
    assert [line.partition(" ")[0] for line in changed] == ["fmr", "score"]


def test_scores_are_never_rounded_down(tmp_path: Path) -> None:
    path = tmp_path / "manifest.toml"
    path.write_text("[model.embedding.score_table]\n" + EMPTY)
    write_tables({"score_table": ScoreTable((0.5, 0.1), (0.123451, 0.9876549))}, path)
    assert "score = [0.12346, 0.98766]" in path.read_text()


def test_each_table_goes_into_its_own_place(tmp_path: Path) -> None:
    path = tmp_path / "manifest.toml"
    head = "# first\n[model.embedding.score_table] # about\n"
    path.write_text(f"{head}{EMPTY}[model.embedding.gallery_table]\n{EMPTY}\n[other]\nfmr = [1]\n")
    assert write_tables({"score_table": TABLE, "gallery_table": OTHER}, path) == ("score_table", "gallery_table")
    text = path.read_text()
    assert text.startswith(f"{head}fmr = [0.5, 0.01, 1e-05]\nscore = [0.71230, 0.80000, 0.95000]\n[model.")
    assert "gallery_table]\nfmr = [0.5, 0.001]\nscore = [0.75000, 0.90000]\n\n[other]\nfmr = [1]\n" in text


def test_a_table_that_has_no_place_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "manifest.toml"
    path.write_text("[model.embedding.score_table]\n" + EMPTY)
    assert write_tables({"score_table": TABLE, "gallery_table": OTHER}, path) == ("score_table",)


def test_a_file_without_any_place_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "manifest.toml"
    path.write_text("format = 1\n")
    with pytest.raises(BadInput, match="score_table"):
        write_tables({"score_table": TABLE}, path)
    assert path.read_text() == "format = 1\n"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="can't be read"):
        write_tables({"score_table": TABLE}, tmp_path / "manifest.toml")
