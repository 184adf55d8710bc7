"""Error rates of a verifier, from the scores of genuine and impostor comparisons. Pure; higher scores mean more alike.

A comparison that could not be made, because no face was found, has the score NaN: `fnmr_at` counts it as a miss.
"""

import numpy as np
from numpy.typing import NDArray

from kiosk.domain.scores import ScoreTable

Scores = NDArray[np.floating]

IMPOSTORS_NEEDED = 10
STEPS_A_DECADE = (1.0, 0.5, 0.2)


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
