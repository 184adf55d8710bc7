"""Error rates of a verifier, from the scores of genuine and impostor comparisons. Pure; higher scores mean more alike.

A comparison that could not be made, because no face was found, has the score NaN. It is an error wherever errors
are counted: a wrong answer in `ten_fold`, a miss in `fnmr`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk.domain.scores import ScoreTable

Scores = NDArray[np.floating]
Truths = NDArray[np.bool_]

IMPOSTORS_NEEDED = 10
STEPS_A_DECADE = (1.0, 0.5, 0.2)


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


def falling(impostors: Scores) -> Scores:
    """Impostor scores in falling order without those that could not be made, as the functions below want them."""
    made = impostors[~np.isnan(impostors)]
    made.sort()
    return made[::-1]


def threshold_at(impostors: Scores, fmr: float) -> float:
    """The lowest threshold that at most `fmr` of the `impostors` (falling) reach.

    Scores equal to the first one that must stay out stay out too.
    """
    allowed = int(np.floor(fmr * len(impostors) * (1 + 1e-12)))
    if allowed >= len(impostors):
        return -np.inf
    return float(np.nextafter(impostors[allowed], np.inf))


def fmr_at(impostors: Scores, threshold: float) -> float:
    """The share of `impostors` (falling) that reach `threshold`."""
    below = int(np.searchsorted(impostors[::-1], threshold, side="left"))
    return (len(impostors) - below) / len(impostors) if len(impostors) else 0.0


def fnmr_at(genuine: Scores, threshold: float) -> float:
    """The share of genuine comparisons that miss `threshold`, those that could not be made among them."""
    return float(np.mean(~(genuine >= threshold))) if len(genuine) else 0.0


def score_table(impostors: Scores) -> ScoreTable:
    """The table score → FMR, from .5 down to the last rate that ten or more `impostors` (falling) reach.

    Raises ValueError if there are too few impostors for two rows.
    """
    fmrs: list[float] = []
    scores: list[float] = []
    for fmr in _rates(len(impostors)):
        score = threshold_at(impostors, fmr)
        if not scores or score > scores[-1]:
            fmrs.append(fmr)
            scores.append(score)
    return ScoreTable(tuple(fmrs), tuple(scores))


def _rates(impostors: int) -> list[float]:
    rates = [step * 10.0**-decade for decade in range(12) for step in STEPS_A_DECADE]
    return [float(f"{rate:.0e}") for rate in rates if rate < 1 and rate * impostors >= IMPOSTORS_NEEDED]


def trade_off(genuine: Scores, impostors: Scores, points: int = 200) -> tuple[Scores, Scores]:
    """FMR and FNMR (points,) for a curve, at FMRs evenly spread in their logarithm from one impostor to all."""
    fmrs = np.logspace(-np.log10(max(len(impostors), 2)), 0, points)
    return fmrs, np.array([fnmr_at(genuine, threshold_at(impostors, float(fmr))) for fmr in fmrs])
