"""Laws of the plane geometry: what is mapped there comes back, and alignment recovers what was done to the points."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.vision.geometry import apply, halved, halvings, invert, letterbox, similarity, square_crop, warp

lengths = st.integers(1, 5000)
fractions = st.floats(-0.5, 1.5)
angles = st.floats(-math.pi, math.pi)
scales = st.floats(0.05, 20)
shifts = st.floats(-3000, 3000)

FIVE = np.array([[112.85, 46.57], [89.05, 47.94], [36.03, 46.68], [59.58, 47.92], [74.24, 86.15]])


def a_similarity(angle: float, scale: float, x: float, y: float) -> np.ndarray:
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    return np.array([[cos, -sin, x], [sin, cos, y]])


@given(lengths, lengths, st.sampled_from([64, 128, 192]), fractions, fractions)
def test_a_point_comes_back_from_the_letterbox(width: int, height: int, side: int, x: float, y: float) -> None:
    placed = letterbox(width, height, side)
    point = np.array([[x, y]])
    assert placed.to_picture(placed.to_square(point)) == pytest.approx(point, abs=1e-9)


@given(lengths, lengths, st.sampled_from([64, 128, 192]))
def test_a_letterbox_fills_the_square_one_way_and_stays_inside(width: int, height: int, side: int) -> None:
    placed = letterbox(width, height, side)
    assert max(placed.width, placed.height) == side
    assert placed.left >= 0 and placed.left + placed.width <= side
    assert placed.top >= 0 and placed.top + placed.height <= side


@given(angles, scales, shifts, shifts)
def test_alignment_recovers_the_turn_scale_and_shift_of_its_points(
    angle: float, scale: float, x: float, y: float
) -> None:
    matrix = a_similarity(angle, scale, x, y)
    assert similarity(FIVE, apply(matrix, FIVE)) == pytest.approx(matrix, abs=1e-5)


@given(angles, scales, shifts, shifts)
def test_a_similarity_and_its_inverse_cancel(angle: float, scale: float, x: float, y: float) -> None:
    matrix = a_similarity(angle, scale, x, y)
    assert apply(invert(matrix), apply(matrix, FIVE)) == pytest.approx(FIVE, abs=1e-5)


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), min_size=5, max_size=5), angles)
def test_no_other_similarity_fits_the_points_better(noise: list[tuple[float, float]], angle: float) -> None:
    target = apply(a_similarity(angle, 1.3, 20, 10), FIVE) + np.array(noise)
    best = similarity(FIVE, target)

    def error(matrix: np.ndarray) -> float:
        return float(((apply(matrix, FIVE) - target) ** 2).sum())

    for turn, grow, shift in ((0.01, 1, 0), (-0.01, 1, 0), (0, 1.01, 0), (0, 0.99, 0), (0, 1, 0.5), (0, 1, -0.5)):
        nudged = a_similarity(turn, grow, shift, shift)
        other = np.vstack([nudged, [0, 0, 1]]) @ np.vstack([best, [0, 0, 1]])
        assert error(best) <= error(other[:2]) + 1e-6


def test_points_in_one_place_are_only_shifted() -> None:
    matrix = similarity(np.zeros((3, 2)), np.full((3, 2), 5.0))
    assert matrix == pytest.approx(np.array([[1, 0, 5], [0, 1, 5]]))


@given(angles, st.floats(20, 400), st.floats(0, 500), st.floats(0, 500))
def test_a_square_crop_has_its_centre_in_the_middle_and_its_side_across(
    angle: float, side: float, x: float, y: float
) -> None:
    matrix = square_crop(np.array([x, y]), side, angle, 192)
    assert apply(matrix, np.array([[x, y]])) == pytest.approx(np.full((1, 2), 95.5), abs=1e-6)
    edge = np.array([[x + side / 2 * math.cos(angle), y + side / 2 * math.sin(angle)]])
    assert apply(matrix, edge) == pytest.approx(np.array([[191.5, 95.5]]), abs=1e-6)


@pytest.mark.parametrize("shrink", [0.5, 1.0, 1.6, 2.0, 3.3, 6.5])
def test_a_warped_picture_shows_everything_in_its_place_at_any_shrinking(shrink: float) -> None:
    y, x = np.mgrid[0:600, 0:600]
    image = np.dstack([x * 255 / 600, y * 255 / 600, np.full_like(x, 128)]).astype(np.uint8)
    matrix = a_similarity(0.3, 1 / shrink, 20, -10)
    found = warp(image, matrix, 60, 60).astype(float)
    places = apply(invert(matrix), np.array([[i, j] for j in range(60) for i in range(60)]))
    inside = ((places > 8) & (places < 590)).all(axis=1)
    expected = places[inside] * 255 / 600
    assert np.abs(found.reshape(-1, 3)[inside][:, :2] - expected).max() <= 3


def test_fine_detail_is_averaged_not_skipped_when_a_picture_shrinks() -> None:
    stripes = np.zeros((800, 800, 3), np.uint8)
    stripes[:, ::2] = 255
    found = warp(stripes, a_similarity(0, 1 / 4, 0, 0), 150, 150)[5:-5, 5:-5]
    assert found.min() > 120 and found.max() < 135


def test_a_picture_too_small_to_halve_is_warped_as_it_is() -> None:
    assert warp(np.full((1, 1, 3), 9, np.uint8), a_similarity(0, 0.1, 0, 0), 10, 10).shape == (10, 10, 3)


@given(st.floats(0.1, 200))
def test_after_halving_little_is_left_to_shrink(shrink: float) -> None:
    assert shrink / 2 ** halvings(shrink) < 1.75


def test_halving_averages_blocks() -> None:
    image = np.random.default_rng(1).integers(0, 255, (64, 48, 3), dtype=np.uint8)
    blocks = image.reshape(16, 4, 12, 4, 3).mean(axis=(1, 3))
    assert np.abs(halved(image, 2).astype(float) - blocks).max() <= 1.01
    assert cv2.countNonZero(halved(image, 0)[:, :, 0]) == cv2.countNonZero(image[:, :, 0])
