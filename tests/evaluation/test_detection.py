"""Boxes against labelled boxes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.errors import NotFound
from kiosk.domain.sight import Box
from kiosk.evaluation.detection import Finding, evaluate, judge, summary
from kiosk.evaluation.tables import LabelledBox

HERE = Box(10, 10, 100, 100)
BESIDE = Box(200, 10, 100, 100)


def shifted(box: Box, by: float) -> Box:
    return Box(box.x + by, box.y, box.w, box.h)


def test_a_box_that_overlaps_enough_is_right() -> None:
    assert judge([(shifted(HERE, 20), 0.9)], [HERE]) == [Finding(0.9, True)]


def test_a_box_that_overlaps_too_little_is_a_false_alarm() -> None:
    assert judge([(shifted(HERE, 60), 0.9)], [HERE]) == [Finding(0.9, False)]


def test_of_two_boxes_on_one_face_the_surer_is_right() -> None:
    found = judge([(shifted(HERE, 5), 0.6), (HERE, 0.9)], [HERE])
    assert found == [Finding(0.9, True), Finding(0.6, False)]


def test_every_face_is_found_once() -> None:
    found = judge([(HERE, 0.9), (BESIDE, 0.8)], [BESIDE, HERE])
    assert [one.right for one in found] == [True, True]


def test_the_figures_count_found_missed_and_false() -> None:
    figures = summary([Finding(0.9, True), Finding(0.8, False), Finding(0.7, True)], faces=4, pictures=2)
    assert (figures.found, figures.false_alarms) == (2, 1)
    assert (figures.recall, figures.precision) == (0.5, pytest.approx(2 / 3))
    assert figures.average_precision == pytest.approx(0.25 + 0.25 * 2 / 3)


def test_a_detector_that_finds_nothing_has_no_false_alarms() -> None:
    figures = summary([], faces=3, pictures=1)
    assert (figures.recall, figures.precision, figures.average_precision) == (0.0, 1.0, 0.0)


@given(rights=st.lists(st.booleans(), max_size=30), missed=st.integers(1, 10))
def test_average_precision_lies_between_nothing_and_recall(rights: list[bool], missed: int) -> None:
    findings = [Finding(1 - i / 100, right) for i, right in enumerate(rights)]
    figures = summary(findings, faces=sum(rights) + missed, pictures=1)
    assert 0 <= figures.average_precision <= figures.recall + 1e-9


def test_every_labelled_picture_is_searched(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).touch()
    labels = [LabelledBox("b.jpg", 200, 10, 100, 100), LabelledBox("a.jpg", 10, 10, 100, 100)]
    boxes = {"a.jpg": [(HERE, 0.9)], "b.jpg": [(HERE, 0.8)]}
    seen: list[tuple[int, int]] = []
    figures = evaluate(labels, tmp_path, lambda path: boxes[path.name], lambda done, all_: seen.append((done, all_)))
    assert (figures.pictures, figures.faces, figures.found, figures.false_alarms) == (2, 2, 1, 1)
    assert seen[-1] == (2, 2)


def test_a_missing_picture_is_named_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"a\.jpg is missing"):
        evaluate([LabelledBox("a.jpg", 0, 0, 5, 5)], tmp_path, lambda path: [], lambda done, all_: None)
