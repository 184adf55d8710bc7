"""Error rates from scores."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kiosk.evaluation.rates import best_threshold, ten_fold
from kiosk.identity.rates import Scores, falling, fmr_at, fnmr_at, score_table, threshold_at, trade_off

# Few different values, so that ties are common.
SOME_SCORES = arrays(np.float32, st.integers(1, 60), elements=st.integers(-8, 8).map(lambda n: n / 8))


def accuracy(scores: Scores, same: np.ndarray, threshold: float) -> float:
    return float(np.mean((scores >= threshold) == same))


@given(scores=SOME_SCORES, chance=st.randoms(use_true_random=False))
def test_no_other_threshold_answers_more_pairs_right(scores: Scores, chance: Random) -> None:
    same = np.array([bool(chance.getrandbits(1)) for _ in scores])
    found = accuracy(scores, same, best_threshold(scores, same))
    others = (*scores, scores.max() + 1)
    assert found == max(accuracy(scores, same, other) for other in others)


@given(impostors=SOME_SCORES, fmr=st.floats(0, 1))
def test_a_threshold_never_lets_more_impostors_pass_than_allowed(impostors: Scores, fmr: float) -> None:
    ranked = falling(impostors)
    threshold = threshold_at(ranked, fmr)
    assert fmr_at(ranked, threshold) <= fmr * (1 + 1e-9)
    assert fmr_at(ranked, threshold) == np.mean(impostors >= threshold)


@given(impostors=SOME_SCORES, fmr=st.floats(0, 0.99))
def test_a_lower_threshold_would_let_too_many_pass(impostors: Scores, fmr: float) -> None:
    ranked = falling(impostors)
    threshold = threshold_at(ranked, fmr)
    lower = ranked[ranked < threshold]
    assert not len(lower) or fmr_at(ranked, float(lower[0])) > fmr


def test_a_comparison_without_a_face_is_a_miss_and_never_a_match() -> None:
    assert fnmr_at(np.array([0.9, np.nan, 0.1]), 0.5) == pytest.approx(2 / 3)
    assert list(falling(np.array([0.2, np.nan, 0.4]))) == [0.4, 0.2]


def test_a_pair_without_a_face_is_a_wrong_answer_whichever_pair_it_is() -> None:
    scores = np.array([0.9, 0.1, np.nan, np.nan] * 2)
    same = np.array([True, False, True, False] * 2)
    folds = np.array([0] * 4 + [1] * 4)
    assert ten_fold(scores, same, folds).mean == 0.5


def test_the_threshold_of_a_fold_comes_from_the_other_folds_alone() -> None:
    scores = np.array([0.9, 0.8, 0.5, 0.4])  # in each fold its own threshold would be perfect
    same = np.array([True, False, True, False])
    result = ten_fold(scores, same, np.array([0, 0, 1, 1]))
    assert result.folds == (0.5, 0.5)
    assert (result.mean, result.spread) == (0.5, 0.0)


def test_clearly_separate_scores_are_all_told_apart() -> None:
    scores = np.tile([0.9, 0.1], 10)
    same = np.tile([True, False], 10)
    assert ten_fold(scores, same, np.repeat(np.arange(10), 2)).mean == 1.0


def test_one_fold_is_not_enough() -> None:
    with pytest.raises(ValueError, match="two folds"):
        ten_fold(np.array([0.1, 0.9]), np.array([False, True]), np.array([0, 0]))


def test_a_score_table_ends_where_ten_impostors_no_longer_reach() -> None:
    impostors = falling(np.random.default_rng(3).uniform(-1, 1, 100_000))
    table = score_table(impostors)
    assert table.fmr[0] == 0.5
    assert table.strictest == 1e-4


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(60, 3000))
def test_a_score_table_keeps_what_it_promises(seed: int, count: int) -> None:
    impostors = falling(np.random.default_rng(seed).normal(0, 1, count).astype(np.float32))
    table = score_table(impostors)
    for fmr, score in zip(table.fmr, table.score, strict=True):
        assert fmr_at(impostors, score) <= fmr


def test_too_few_impostors_make_no_table() -> None:
    with pytest.raises(ValueError, match="two rows"):
        score_table(falling(np.linspace(0, 1, 15)))


def test_on_the_curve_fewer_false_matches_mean_more_misses() -> None:
    chance = np.random.default_rng(5)
    fmr, fnmr = trade_off(chance.normal(1, 1, 500), falling(chance.normal(-1, 1, 500)))
    assert (np.diff(fmr) > 0).all()
    assert (np.diff(fnmr) <= 0).all()
