"""Whole photographs to decisions, on labelled pairs: a small part of what `kiosk evaluate` measures."""

import csv
from functools import cache
from pathlib import Path

import pytest

from kiosk.vision import Pipeline
from tests.vision.making import read

PAIRS = 300


@pytest.mark.slow
def test_labelled_pairs_are_told_apart(shared_eyes: Pipeline, labelled_faces: Path, lfw: Path) -> None:
    with (labelled_faces / "lfw_pairs.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    rows = rows[:: len(rows) // PAIRS]

    @cache
    def embedding(name: str):  # noqa: ANN202 - a test's helper
        return shared_eyes.embed_centre(read(lfw / name))[1]

    threshold = shared_eyes.model.score_table.threshold(5e-3)
    assert threshold is not None
    right = [(embedding(row["a"]).similarity(embedding(row["b"])) >= threshold) == (row["same"] == "1") for row in rows]
    assert sum(right) / len(right) >= 0.975
