"""What the margin and 'not this person' do, on a crowd made of numbers."""

from pathlib import Path

import numpy as np
import pytest

from kiosk.domain.errors import BadInput
from kiosk.domain.scores import ScoreTable
from kiosk.evaluation.calibration import tables_of
from kiosk.evaluation.manifest_table import write_misses
from kiosk.evaluation.trust import Pictures, corrections, margins, misses
from tests.evaluation.test_calibration import crowd


@pytest.fixture(scope="module")
def pictures() -> Pictures:
    return Pictures.of(crowd(people=90, each=7, spread=0.9))


@pytest.fixture(scope="module")
def table() -> ScoreTable:
    return tables_of(crowd(people=90, each=7, spread=0.9)).templates


def test_a_higher_score_never_misses_fewer_visitors(pictures: Pictures, table: ScoreTable) -> None:
    found = misses(pictures, table)
    assert found.score == table.score
    assert all(b >= a for a, b in zip(found.fnmr, found.fnmr[1:], strict=False))
    assert found.fnmr[0] < found.fnmr[-1]


def test_too_few_pictures_make_no_table_of_misses(table: ScoreTable) -> None:
    with pytest.raises(BadInput, match="too few"):
        misses(Pictures.of(crowd(people=2, each=6)), table)


def test_a_wider_margin_names_no_more_of_anybody(pictures: Pictures, table: ScoreTable) -> None:
    rows = [row for row in margins(pictures, table, rates=(0.5,), factors=(1.0, 3.0, 10.0, 100.0))]
    assert len(rows) >= 2
    for narrow, wide in zip(rows, rows[1:], strict=False):
        assert wide.strangers_named <= narrow.strangers_named
        assert wide.recognised <= narrow.recognised and wide.wrong <= narrow.wrong


def test_a_correction_takes_matches_away_and_adds_none(pictures: Pictures, table: ScoreTable) -> None:
    (row,) = corrections(pictures, table, 3.0, rates=(1.0,))
    assert row.corrections > 0
    assert row.stranger_after <= row.stranger_before and row.person_after <= row.person_before


def test_the_table_of_misses_is_put_into_the_manifest_and_replaced_there(
    models_folder: Path, tmp_path: Path, pictures: Pictures, table: ScoreTable
) -> None:
    manifest = tmp_path / "manifest.toml"
    manifest.write_text((models_folder / "manifest.toml").read_text(encoding="utf-8"), encoding="utf-8")
    for _ in range(2):
        write_misses(misses(pictures, table), manifest)
        text = manifest.read_text(encoding="utf-8")
        assert text.count("[model.embedding.miss_table]") == 1
    assert text.count("[model.embedding.gallery_table]") == 1
    assert np.isclose(float(text.split("fnmr = [")[-1].split(",")[0]), 0.0, atol=0.5)
