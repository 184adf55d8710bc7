"""Score tables for an embedding model, from the pictures of many people: what strangers reach, and how often.

Two of them. Photograph against photograph; and template against photograph, a template being the mean of several
pictures: it lies nearer to everybody, so that the same score is reached by 3 to 4 times as many strangers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from kiosk.domain.errors import BadInput
from kiosk.domain.scores import ScoreTable
from kiosk.domain.sight import Floats
from kiosk.evaluation.verification import Measure, Progress, Recogniser, cross_scores, embed_all
from kiosk.identity.rates import falling, score_table

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
FUSED = 3
TEMPLATES_A_PERSON = 20


@dataclass(frozen=True, slots=True)
class Calibration:
    """The table for two single pictures, the one for a template and a picture, and what they rest on."""

    photographs: ScoreTable
    templates: ScoreTable
    people: int
    pictures: int
    photograph_pairs: int
    template_pairs: int


def calibrate(images: Path, recogniser: Recogniser, progress: Progress) -> Calibration:
    """The tables from a folder with one folder of pictures for each person. Raises BadInput, BadImage."""
    names = pictures_below(images)
    found = embed_all(names, images, [recogniser], progress)[0]
    return tables_of({name: vector for name, vector in found.items() if vector is not None})


def pictures_below(images: Path) -> list[str]:
    """The pictures in the folders of `images`, one folder a person. Raises BadInput if there are too few."""
    found = sorted(path.relative_to(images) for path in images.glob("*/*") if path.suffix.lower() in SUFFIXES)
    if len({path.parent for path in found}) < 2:
        raise BadInput(f"{images} must hold a folder of pictures for each person.")
    return [path.as_posix() for path in found]


def tables_of(vectors: Mapping[str, Floats]) -> Calibration:
    """The tables of these unit vectors by picture. Raises BadInput if they are too few for a table."""
    names = sorted(vectors)
    people = np.array([str(PurePosixPath(name).parent) for name in names])
    rows = np.stack([vectors[name] for name in names])
    singles = cross_scores(rows, list(people), Measure.COSINE)
    owners, templates = _templates(rows, people)
    fused = np.concatenate([_strangers(rows, people, *pair) for pair in zip(owners, templates, strict=True)])
    try:
        tables = score_table(falling(singles)), score_table(falling(fused))
    except ValueError as error:
        raise BadInput("there are too few pictures of different people for a score table; give more.") from error
    return Calibration(*tables, len(set(people)), len(names), len(singles), len(fused))


def _templates(rows: Floats, people: NDArray[np.str_]) -> tuple[Sequence[str], Sequence[Floats]]:
    """Owners, and unit means (d,) of `FUSED` of their pictures. Raises BadInput if nobody has so many."""
    chance = np.random.default_rng(0)
    owners: list[str] = []
    means: list[Floats] = []
    for person in np.unique(people):
        for chosen in _choices(np.flatnonzero(people == person), chance):
            mean = rows[list(chosen)].mean(axis=0)
            owners.append(str(person))
            means.append(mean / np.linalg.norm(mean))
    if not owners:
        raise BadInput(f"nobody has {FUSED} pictures, from which a template could be made; give more.")
    return owners, means


def _choices(own: NDArray[np.intp], chance: np.random.Generator) -> set[tuple[int, ...]]:
    """Different choices of `FUSED` out of a person's pictures, the same at every call."""
    if len(own) < FUSED:
        return set()
    draws = (chance.choice(own, FUSED, replace=False) for _ in range(TEMPLATES_A_PERSON))
    return {tuple(sorted(int(i) for i in draw)) for draw in draws}


def _strangers(rows: Floats, people: NDArray[np.str_], owner: str, template: Floats) -> Floats:
    scores: Floats = rows[people != owner] @ template
    return scores
