"""From vectors to errors: checked on vectors of which the errors are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.central.models.figures import TARGET, figures_of, interval, wilson
from kiosk.domain.sight import Floats


def unit(vectors: np.ndarray) -> Floats:
    found: Floats = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return found


def crowd(people: int, each: int, noise: float, seed: int = 1) -> tuple[Floats, list[int]]:
    """People as directions, and pictures of them that are a little off."""
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(people, 64)).repeat(each, axis=0)
    return unit(centres + noise * chance.normal(size=centres.shape)), list(np.arange(people).repeat(each))


def test_people_who_are_far_apart_are_never_missed() -> None:
    found = figures_of(*crowd(30, 4, 0.05))
    assert (found.genuine, found.impostors, found.fmr) == (30 * 6, 120 * 116 // 2, TARGET)
    assert found.fnmr == 0 and found.interval.low == 0 and 0 < found.interval.high < 0.05
    assert found.curve[0][1] == 0 and found.curve[-1] == (1.0, 0.0)


def test_vectors_of_chance_miss_nearly_everybody() -> None:
    found = figures_of(*crowd(30, 4, 100.0))
    assert found.fnmr > 0.95 and found.interval.high == pytest.approx(1, abs=0.01)


def test_the_curve_falls_and_the_figure_lies_on_it() -> None:
    found = figures_of(*crowd(40, 4, 1.0))
    fmrs, fnmrs = zip(*found.curve, strict=True)
    assert list(fmrs) == sorted(fmrs) and list(fnmrs) == sorted(fnmrs, reverse=True) and len(fmrs) == 200
    assert 0 < found.fnmr < 1 and found.interval.low < found.fnmr < found.interval.high
    assert min(fnmr for fmr, fnmr in found.curve if fmr <= TARGET) >= found.fnmr
    assert [score for _, score in found.scores] == sorted(score for _, score in found.scores)


def test_the_figures_do_not_depend_on_chance() -> None:
    vectors, people = crowd(40, 4, 1.0)
    assert figures_of(vectors, people) == figures_of(vectors, people)


def test_of_very_many_pairs_some_are_drawn_and_say_the_same() -> None:
    vectors, people = crowd(400, 4, 1.0)  # 1.28 million pairs
    drawn = figures_of(vectors, people)
    assert drawn.genuine == 400 * 6 and 500_000 < drawn.impostors <= 1_000_000
    part = figures_of(vectors[:1500], people[:1500])  # all of 1.12 million
    assert drawn.fnmr == pytest.approx(part.fnmr, abs=0.05)


def test_a_set_that_says_nothing_at_the_target_is_refused() -> None:
    with pytest.raises(ValueError, match="1000"):
        figures_of(*crowd(10, 3, 0.1))
    with pytest.raises(ValueError, match="20"):
        figures_of(*crowd(60, 1, 0.1))


def test_one_person_who_is_always_missed_makes_the_interval_wide() -> None:
    missed = np.zeros(200, np.bool_)
    missed[:20] = True
    one = interval(missed, np.arange(20).repeat(10))  # two of twenty people, always
    spread = interval(missed[::-1].reshape(10, 20).T.ravel(), np.arange(20).repeat(10))
    assert one.high - one.low > 2 * (wilson(20, 200).high - wilson(20, 200).low)
    assert spread.high - spread.low < one.high - one.low


@given(st.integers(1, 10_000).flatmap(lambda tries: st.tuples(st.integers(0, tries), st.just(tries))))
def test_a_share_lies_within_its_interval(case: tuple[int, int]) -> None:
    hits, tries = case
    found = wilson(hits, tries)
    assert 0 <= found.low <= hits / tries + 1e-12 and hits / tries - 1e-12 <= found.high <= 1
