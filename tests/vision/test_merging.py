"""Laws of merging overlapping finds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kiosk.domain.sight import Box
from kiosk.vision.merging import covers, merge_overlapping, overlaps

numbers = st.floats(0, 1, width=32)
finds = st.integers(1, 12).flatmap(
    lambda n: st.tuples(
        arrays(np.float32, n, elements=st.floats(0.5, 1, width=32)), arrays(np.float32, (n, 6), elements=numbers)
    )
)


def corners(rows: np.ndarray) -> np.ndarray:
    """Rows whose first two columns are a place and whose next two a size, as corners."""
    rows = rows.copy()
    rows[:, 2:4] = rows[:, :2] + rows[:, 2:4] * 0.5 + 0.01
    return rows


@given(finds)
def test_what_is_left_is_in_falling_order_and_no_more_than_was_found(found: tuple[np.ndarray, np.ndarray]) -> None:
    scores, rows = merge_overlapping(found[0], corners(found[1]), 0.3)
    assert 1 <= len(scores) == len(rows) <= len(found[0])
    assert list(scores) == sorted(scores, reverse=True)
    assert scores[0] == found[0].max()


@given(finds)
def test_a_merged_find_lies_between_those_that_made_it(found: tuple[np.ndarray, np.ndarray]) -> None:
    rows = corners(found[1])
    _, merged = merge_overlapping(found[0], rows, 0.3)
    assert (merged >= rows.min(axis=0) - 1e-5).all() and (merged <= rows.max(axis=0) + 1e-5).all()


def test_finds_far_apart_are_left_alone() -> None:
    rows = np.array([[0, 0, 0.1, 0.1], [0.5, 0.5, 0.6, 0.6]], np.float32)
    scores, merged = merge_overlapping(np.array([0.6, 0.9], np.float32), rows, 0.3)
    assert merged == pytest.approx(rows[::-1]) and list(scores) == pytest.approx([0.9, 0.6])


def test_finds_of_one_face_are_averaged_by_their_scores() -> None:
    rows = np.array([[0, 0, 1, 1], [0.1, 0, 1.1, 1]], np.float32)
    scores, merged = merge_overlapping(np.array([0.9, 0.6], np.float32), rows, 0.3)
    assert list(scores) == pytest.approx([0.9])
    assert merged[0] == pytest.approx([0.04, 0, 1.04, 1])


@given(st.lists(st.tuples(numbers, numbers, numbers, numbers), min_size=2, max_size=2))
def test_overlap_is_that_of_boxes(pair: list[tuple[float, float, float, float]]) -> None:
    (a, b) = corners(np.array(pair, np.float32))
    boxes = [Box(*(float(v) for v in (row[0], row[1], row[2] - row[0], row[3] - row[1]))) for row in (a, b)]
    assert overlaps(a, b[None])[0] == pytest.approx(boxes[0].overlap(boxes[1]), abs=1e-4)


def test_a_box_inside_another_is_covered_wholly() -> None:
    outer, inner = np.array([0, 0, 1, 1], np.float32), np.array([[0.4, 0.4, 0.5, 0.5]], np.float32)
    assert covers(outer, inner) == pytest.approx([1.0])
    assert overlaps(outer, inner) == pytest.approx([0.01])


def test_nothing_found_overlaps_nothing() -> None:
    assert overlaps(np.zeros(4, np.float32), np.empty((0, 4), np.float32)).shape == (0,)
