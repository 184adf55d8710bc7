"""What makes answers trustworthy, and what it costs, on the pictures of many people: misses, the margin, negatives.

A picture stands for a good frame. Templates are means of three pictures; visits are three other pictures that vote
as at the door, unless said otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from kiosk.domain.errors import BadInput
from kiosk.domain.scores import MissTable, ScoreTable
from kiosk.domain.sight import Floats

FUSED = 3
VOTES = 3
AGREEING = 2
DRAWS = 20
RATES = (0.1, 0.03, 0.01)
FACTORS = (1.0, 2.0, 3.0, 5.0, 10.0, 30.0)
LEAST_VISITS = 50


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Unit vectors (n, d) and whose each is; `people` are those with enough pictures to be enrolled and come back."""

    rows: Floats
    owners: NDArray[np.str_]

    @staticmethod
    def of(vectors: Mapping[str, Floats]) -> "Pictures":
        """Told apart by their folders."""
        names = sorted(vectors)
        owners = np.array([str(PurePosixPath(name).parent) for name in names])
        return Pictures(np.stack([vectors[name] for name in names]).astype(np.float32), owners)

    def people(self, least: int) -> list[str]:
        """Those with at least so many pictures."""
        names, counts = np.unique(self.owners, return_counts=True)
        return [str(name) for name, count in zip(names, counts, strict=True) if count >= least]

    def own(self, person: str) -> NDArray[np.intp]:
        """The rows of that person."""
        return np.flatnonzero(self.owners == person)


@dataclass(frozen=True, slots=True)
class MarginRow:
    """One factor at one rate: strangers that were named and known visitors that were recognised, of how many.

    `wrong` are known visitors taken for somebody else.
    """

    rate: float
    factor: float
    strangers_named: int
    strangers: int
    recognised: int
    wrong: int
    known: int


@dataclass(frozen=True, slots=True)
class NegativeRow:
    """What one correction does, summed over all: other pictures of the same stranger that matched before and after,
    and pictures of the person themselves, recognised before and after.
    """

    rate: float
    corrections: int
    stranger_before: int
    stranger_after: int
    person_before: int
    person_after: int


@dataclass(frozen=True, slots=True, eq=False)
class Trust:
    """All of it, with the margin's factor that the corrections were measured with."""

    misses: MissTable
    margins: tuple[MarginRow, ...]
    corrections: tuple[NegativeRow, ...]
    factor: float


def trust_figures(pictures: Pictures, table: ScoreTable, factor: float) -> Trust:
    """Everything at once. Raises BadInput if there are too few pictures."""
    return Trust(misses(pictures, table), margins(pictures, table), corrections(pictures, table, factor), factor)


def misses(pictures: Pictures, table: ScoreTable) -> MissTable:
    """The share of genuine visits that fall short of each score of `table`. Raises BadInput if there are too few."""
    chance = np.random.default_rng(0)
    visits = [
        pictures.rows[chosen[FUSED:]] @ _unit(pictures.rows[chosen[:FUSED]].mean(axis=0))
        for person in pictures.people(FUSED + VOTES)
        for chosen in (chance.permutation(pictures.own(person))[: FUSED + VOTES] for _ in range(DRAWS))
    ]
    if len(visits) < LEAST_VISITS:
        raise BadInput(f"too few people have {FUSED + VOTES} pictures to say how many visitors are missed; give more.")
    scores = np.stack(visits)
    return MissTable(table.score, tuple(float(np.mean(~_passes(scores, score))) for score in table.score))


def margins(
    pictures: Pictures, table: ScoreTable, rates: Sequence[float] = RATES, factors: Sequence[float] = FACTORS
) -> tuple[MarginRow, ...]:
    """Who is named with each margin, in a gallery of all who have three pictures (two enrolled, the third comes back).

    One picture a visit, so that there are enough strangers and mistakes to count.
    """
    enrolled = pictures.people(FUSED)
    chance = np.random.default_rng(1)
    chosen = [chance.permutation(pictures.own(person))[:FUSED] for person in enrolled]
    templates = np.stack([_unit(pictures.rows[own[:-1]].mean(axis=0)) for own in chosen])
    known = pictures.rows[[own[-1] for own in chosen]] @ templates.T
    strangers = pictures.rows[~np.isin(pictures.owners, enrolled)] @ templates.T
    rows = []
    for rate in rates:
        for factor in factors:
            fmr = rate / len(enrolled)
            threshold, looser = table.threshold(fmr), table.threshold(min(1.0, fmr * factor))
            if threshold is None or looser is None:
                continue
            best, named = _named(known, threshold, threshold - looser)
            right = best == np.arange(len(enrolled))
            _, others = _named(strangers, threshold, threshold - looser)
            counts = (int(others.sum()), len(strangers), int((named & right).sum()), int((named & ~right).sum()))
            rows.append(MarginRow(rate, factor, *counts, len(enrolled)))
    return tuple(rows)


def corrections(
    pictures: Pictures, table: ScoreTable, factor: float, rates: Sequence[float] = RATES
) -> tuple[NegativeRow, ...]:
    """'Not this person', said of every stranger's picture that matches somebody, one correction at a time."""
    enrolled = pictures.people(FUSED + 1)
    own = {person: pictures.own(person) for person in enrolled}
    templates = np.stack([_unit(pictures.rows[own[person][:FUSED]].mean(axis=0)) for person in enrolled])
    scores = pictures.rows @ templates.T
    themselves = [own[person][FUSED:] for person in enrolled]
    rows = []
    for rate in rates:
        fmr = rate / len(enrolled)
        threshold, looser = table.threshold(fmr), table.threshold(min(1.0, fmr * factor))
        if threshold is not None and looser is not None:
            counts = _correct(pictures, scores, themselves, threshold, threshold - looser)
            rows.append(NegativeRow(rate, *(int(count) for count in counts)))
    return tuple(rows)


def _correct(
    pictures: Pictures, scores: Floats, themselves: Sequence[NDArray[np.intp]], threshold: float, margin: float
) -> NDArray[np.int64]:
    """The five counts of a row."""
    counts = np.zeros(5, dtype=np.int64)
    for place, mine in enumerate(themselves):
        person = pictures.owners[mine[0]]
        for picture in np.flatnonzero((scores[:, place] >= threshold) & (pictures.owners != person)):
            others = np.flatnonzero(pictures.owners == pictures.owners[picture])
            others = others[others != picture]
            before = [rows[scores[rows, place] >= threshold] for rows in (others, mine)]
            rival = [pictures.rows[rows] @ pictures.rows[picture] for rows in before]
            after = [scores[rows, place] > near + margin for rows, near in zip(before, rival, strict=True)]
            counts += (1, len(before[0]), int(after[0].sum()), len(before[1]), int(after[1].sum()))
    return counts


def _named(scores: Floats, threshold: float, margin: float) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Who comes nearest, and whether that is near enough and far enough from the next."""
    order = np.argsort(-scores, axis=1)[:, :2]
    best = np.take_along_axis(scores, order[:, :1], axis=1)[:, 0]
    second = np.take_along_axis(scores, order[:, 1:2], axis=1)[:, 0]
    return order[:, 0], (best >= threshold) & (best - second >= margin)


def _passes(scores: Floats, threshold: float) -> NDArray[np.bool_]:
    passed: NDArray[np.bool_] = (scores.mean(axis=1) >= threshold) & ((scores >= threshold).sum(axis=1) >= AGREEING)
    return passed


def _unit(vector: Floats) -> Floats:
    return vector / np.linalg.norm(vector)
