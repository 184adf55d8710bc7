"""Accuracy over folds, as Labeled Faces in the Wild is reported. Pure; higher scores mean more alike.

A comparison that could not be made, because no face was found, has the score NaN: a wrong answer in `ten_fold`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk.identity.rates import Scores

Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The share of right answers in each fold, its mean and its standard deviation over the folds; all 0..1."""

    mean: float
    spread: float
    folds: tuple[float, ...]


def ten_fold(scores: Scores, same: Truths, folds: NDArray[np.integer]) -> Accuracy:
    """Accuracy with the threshold of each fold chosen on all the others (n,); needs two folds or more."""
    names = np.unique(folds)
    if len(names) < 2:
        raise ValueError("cross-validation needs two folds or more")
    right = []
    for name in names:
        test = folds == name
        threshold = best_threshold(scores[~test], same[~test])
        right.append(float(np.mean(_is_right(scores[test], same[test], threshold))))
    return Accuracy(float(np.mean(right)), float(np.std(right)), tuple(right))


def best_threshold(scores: Scores, same: Truths) -> float:
    """The threshold with most right answers when `score >= threshold` means the same; the middle one of several."""
    made = ~np.isnan(scores)
    order = np.argsort(scores[made], kind="stable")
    ranked, truth = scores[made][order].astype(np.float64), same[made][order]
    if not len(ranked):
        return 0.0
    cuts = np.concatenate([[ranked[0] - 1], (ranked[1:] + ranked[:-1]) / 2, [ranked[-1] + 1]])
    impostors_below = np.concatenate([[0], np.cumsum(~truth)])
    genuine_above = truth.sum() - np.concatenate([[0], np.cumsum(truth)])
    right = impostors_below + genuine_above
    right[1:-1][ranked[1:] == ranked[:-1]] = -1  # a cut between equal scores does not cut
    best = np.flatnonzero(right == right.max())
    return float(cuts[best[len(best) // 2]])


def _is_right(scores: Scores, same: Truths, threshold: float) -> Truths:
    said_same = scores >= threshold
    right: Truths = ~np.isnan(scores) & (said_same == same)
    return right
