"""From the vectors of a labelled set to a model's errors. Pure: the same vectors, the same figures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk.domain.sight import Floats
from kiosk.identity.rates import Scores, falling, fnmr_at, score_table, threshold_at, trade_off

TARGET = 1e-3
POINTS = 200
GENUINE_MOST = 200_000
IMPOSTORS_MOST = 1_000_000
# At the target, one impostor in a thousand passes: with fewer pairs than this there is none to go by.
IMPOSTORS_LEAST = 1000
GENUINE_LEAST = 20
RESAMPLED = 1000
CONFIDENT = 1.959964  # standard deviations that 95 % lie within
BLOCK = 1 << 16
SEED = 20261121

Pairs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Interval:
    """Between these two the true rate lies, in 95 of 100 cases."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figures:
    """At the false match rate `fmr`, `fnmr` of the genuine pairs are missed; `scores` are (FMR, score) of impostors."""

    genuine: int
    impostors: int
    fmr: float
    fnmr: float
    interval: Interval
    curve: tuple[tuple[float, float], ...]
    scores: tuple[tuple[float, float], ...]


def figures_of(vectors: Floats, people: Sequence[int]) -> Figures:
    """The errors on unit vectors (n, d), each of the person of that number.

    Raises ValueError where there are too few pairs to say anything at the target.
    """
    who = np.asarray(people)
    same, other = _pairs(who)
    if len(same) < GENUINE_LEAST or len(other) < IMPOSTORS_LEAST:
        raise ValueError(
            f"it has {len(same)} pairs of one person and {len(other)} of two, where {GENUINE_LEAST} and "
            f"{IMPOSTORS_LEAST} are needed"
        )
    genuine, impostors = _scores(vectors, same), falling(_scores(vectors, other))
    threshold = threshold_at(impostors, TARGET)
    fmrs, fnmrs = trade_off(genuine, impostors, POINTS)
    table = score_table(impostors)
    return Figures(
        genuine=len(genuine),
        impostors=len(impostors),
        fmr=TARGET,
        fnmr=fnmr_at(genuine, threshold),
        interval=interval(genuine < threshold, who[same[:, 0]]),
        curve=tuple(zip(_short(fmrs), _short(fnmrs), strict=True)),
        scores=tuple(zip(table.fmr, _short(np.array(table.score)), strict=True)),
    )


def interval(missed: NDArray[np.bool_], people: NDArray[np.int64]) -> Interval:
    """Of a share of pairs: Wilson's, or where that is wider, what drawing other people from the same ones would give.

    Pairs of one person are no independent trials: whoever is hard to recognise is so in all of them.
    """
    _, index = np.unique(people, return_inverse=True)
    misses, totals = np.bincount(index, weights=missed), np.bincount(index)
    drawn = np.random.default_rng(SEED).integers(0, len(totals), (RESAMPLED, len(totals)))
    shares = misses[drawn].sum(axis=1) / totals[drawn].sum(axis=1)
    low, high = (float(bound) for bound in np.percentile(shares, (2.5, 97.5)))
    pairs = wilson(int(missed.sum()), len(missed))
    return Interval(min(low, pairs.low), max(high, pairs.high))


def wilson(hits: int, tries: int) -> Interval:
    """The interval of a share of independent trials (E. B. Wilson, 1927)."""
    share, z2 = hits / tries, CONFIDENT**2
    middle = (share + z2 / (2 * tries)) / (1 + z2 / tries)
    reach = CONFIDENT / (1 + z2 / tries) * (share * (1 - share) / tries + z2 / (4 * tries**2)) ** 0.5
    return Interval(max(0.0, middle - reach), min(1.0, middle + reach))


def _pairs(who: NDArray[np.int64]) -> tuple[Pairs, Pairs]:
    """Pairs (n, 2) of rows of one person and of two; of very many, some drawn by chance, for each model the same."""
    count = len(who)
    if count * (count - 1) // 2 <= GENUINE_MOST + IMPOSTORS_MOST:
        every = np.stack(np.triu_indices(count, 1), axis=1).astype(np.int64)
        is_same = who[every[:, 0]] == who[every[:, 1]]
        return every[is_same], every[~is_same]
    chance = np.random.default_rng(SEED)
    return _some(_of_one(who), GENUINE_MOST, chance), _of_two(who, chance)


def _of_one(who: NDArray[np.int64]) -> Pairs:
    rows = (np.flatnonzero(who == person) for person in np.unique(who))
    parts = [mine[np.stack(np.triu_indices(len(mine), 1), axis=1)] for mine in rows if len(mine) > 1]
    return np.concatenate([np.empty((0, 2), np.int64), *parts])


def _of_two(who: NDArray[np.int64], chance: np.random.Generator) -> Pairs:
    drawn = chance.integers(0, len(who), (2 * IMPOSTORS_MOST, 2))
    drawn = np.unique(np.sort(drawn[who[drawn[:, 0]] != who[drawn[:, 1]]], axis=1), axis=0)
    return _some(drawn, IMPOSTORS_MOST, chance)


def _some(pairs: Pairs, most: int, chance: np.random.Generator) -> Pairs:
    return pairs if len(pairs) <= most else pairs[np.sort(chance.choice(len(pairs), most, replace=False))]


def _scores(vectors: Floats, pairs: Pairs) -> Scores:
    """Cosines (n,) of pairs of rows, in blocks to spare memory."""
    parts = [np.empty(0, np.float32)]
    for start in range(0, len(pairs), BLOCK):
        block = pairs[start : start + BLOCK]
        parts.append(np.einsum("ij,ij->i", vectors[block[:, 0]], vectors[block[:, 1]]))
    return np.concatenate(parts)


def _short(values: Scores) -> list[float]:
    return [float(f"{value:.6g}") for value in values]
