"""How alike the people enrolled here are to each other, against what the model's own table says of strangers."""

import asyncio
from dataclasses import asdict, dataclass

import numpy as np

from kiosk.central.jobs.work import Ended, Work
from kiosk.domain.scores import ScoreTable
from kiosk.domain.sight import Floats
from kiosk.identity.calibration import claim_threshold
from kiosk.identity.gallery import Gallery

PAIRS_MOST = 5_000_000
LEAST = 2
POINTS = 60
SEED = 1


@dataclass(frozen=True, slots=True)
class Compared:
    """How many pairs of different people there are, how many of them reach the threshold, and how high they go.

    `curve`: score, share of pairs that reach it here, and in the model's own table.
    """

    pairs: int
    above: int
    threshold: float
    highest: float
    curve: tuple[tuple[float, float, float], ...]


async def calibrate(work: Work) -> Ended:
    """Compare templates of different people here, and say how often they pass for each other."""
    gallery = await work.house.search.gallery()
    if len(gallery.people) < LEAST:
        return Ended("There are too few people to compare.", {"pairs": 0})
    table = work.house.model.gallery_table
    threshold = claim_threshold(work.house.model.score_table, work.house.settings.identity)
    found = await asyncio.to_thread(_compared, gallery, table, threshold)
    async with work.saving(done=found.pairs, total=found.pairs):
        pass
    seen = f"1 in {found.pairs / found.above:,.0f}" if found.above else f"none of {found.pairs:,}"
    sentence = f"Of pairs of different people here, {seen} reach the threshold of passes ({threshold:.3f})."
    return Ended(sentence, asdict(found))


def _compared(gallery: Gallery, table: ScoreTable, threshold: float) -> Compared:
    """Pairs of different people: all of them, or as many as are allowed, chosen by chance."""
    scores = _scores(gallery)
    low, high = float(scores.min()), float(scores.max())
    steps = np.linspace(low, high, POINTS)
    share = 1 - np.searchsorted(np.sort(scores), steps) / len(scores)
    rows = zip(steps.tolist(), share.tolist(), strict=True)
    curve = tuple((round(score, 4), seen, table.fmr_of(score) or 0.0) for score, seen in rows)
    return Compared(len(scores), int((scores >= threshold).sum()), threshold, round(high, 4), curve)


def _scores(gallery: Gallery) -> Floats:
    vectors, owners = gallery.matrix, np.repeat(np.arange(len(gallery.people)), np.diff(gallery.starts))
    n = len(vectors)
    if n * (n - 1) // 2 <= PAIRS_MOST:
        one, other = np.triu_indices(n, 1)
    else:
        chance = np.random.default_rng(SEED)
        one, other = chance.integers(0, n, (2, PAIRS_MOST))
    apart = owners[one] != owners[other]
    one, other = one[apart], other[apart]
    parts = [
        np.einsum("ij,ij->i", vectors[one[at : at + 100_000]], vectors[other[at : at + 100_000]])
        for at in range(0, len(one), 100_000)
    ]
    scores: Floats = np.concatenate(parts)
    return scores
