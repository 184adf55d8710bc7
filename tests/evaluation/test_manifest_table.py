"""The measured score table in the models' manifest."""

import shutil
from pathlib import Path

import pytest

from kiosk.domain.errors import BadInput
from kiosk.domain.scores import ScoreTable
from kiosk.evaluation.manifest_table import write_table
from kiosk.vision.manifest import load_manifest

TABLE = ScoreTable((0.5, 1e-2, 1e-5), (0.71234, 0.8, 0.95))


def test_only_the_score_table_changes(tmp_path: Path, models_folder: Path) -> None:
    folder = tmp_path / "models"
    shutil.copytree(models_folder, folder, ignore=shutil.ignore_patterns("build"))
    before = (folder / "manifest.toml").read_text().splitlines()
    write_table(TABLE, folder / "manifest.toml")
    assert load_manifest(folder).embedding.score_table == TABLE
    after = (folder / "manifest.toml").read_text().splitlines()
    changed = [line for line in after if line not in before]
    assert [line.partition(" ")[0] for line in changed] == ["fmr", "score"]
    assert [line for line in before if line.startswith("#")] == [line for line in after if line.startswith("#")]


def test_a_file_without_the_table_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "manifest.toml"
    path.write_text("format = 1\n")
    with pytest.raises(BadInput, match="score_table"):
        write_table(TABLE, path)
    assert path.read_text() == "format = 1\n"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="can't be read"):
        write_table(TABLE, tmp_path / "manifest.toml")
