"""How well faces are told apart: every labelled pair is compared, by this kiosk and by its peers, in one run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kiosk.domain.errors import NotFound
from kiosk.domain.sight import Floats
from kiosk.evaluation.rates import Accuracy, ten_fold
from kiosk.evaluation.tables import Pair
from kiosk.identity.rates import Scores, falling, fnmr_at, threshold_at

FMRS = (1e-2, 1e-3, 1e-4)
BLOCK = 512

Progress = Callable[[int, int], None]


class Measure(StrEnum):
    """How two vectors are compared."""

    COSINE = "cosine"
    EUCLIDEAN = "euclidean"


class Recogniser(Protocol):
    """Turns pictures into vectors, one after another: `begin` one, then ask for its `vector`."""

    @property
    def name(self) -> str:
        """The name in the report."""
        ...

    @property
    def measure(self) -> Measure:
        """How its vectors are compared."""
        ...

    def begin(self, picture: Path) -> None:
        """Start on a picture; may return at once and work elsewhere. Raises BadImage."""
        ...

    def vector(self) -> Floats | None:
        """The vector (d,) of the face nearest the centre of that picture, None if no face is found."""
        ...


@dataclass(frozen=True, slots=True)
class Rate:
    """At the score `threshold`, impostors pass at `fmr` and genuine faces fail at `fnmr`; both 0..1."""

    fmr: float
    threshold: float
    fnmr: float


@dataclass(frozen=True, slots=True, eq=False)
class Verification:
    """One recogniser's figures.

    `rates` rest on `impostors`: all pairs of pictures of two different people among the pictures named.
    `rates_in_pairs` rest on the impostor pairs of the table alone (few, so rough below one in their number).
    `genuine` holds NaN where no face was found; `impostors` is in falling order.
    """

    name: str
    pictures: int
    faceless: int
    pairs: int
    pairs_faceless: int
    accuracy: Accuracy
    rates: tuple[Rate, ...]
    rates_in_pairs: tuple[Rate, ...]
    genuine: Scores
    impostors: Scores


def evaluate(
    pairs: Sequence[Pair], images: Path, recognisers: Sequence[Recogniser], progress: Progress
) -> tuple[Verification, ...]:
    """The figures of every recogniser on the same pairs. Raises NotFound, BadImage."""
    names = sorted({name for pair in pairs for name in (pair.a, pair.b)})
    missing = next((name for name in names if not (images / name).is_file()), None)
    if missing is not None:
        raise NotFound(f"{images / missing} is missing; give the folder of the pictures with --images.")
    found = embed_all(names, images, recognisers, progress)
    return tuple(verify(one.name, one.measure, pairs, vectors) for one, vectors in zip(recognisers, found, strict=True))


def embed_all(
    names: Sequence[str], images: Path, recognisers: Sequence[Recogniser], progress: Progress
) -> list[dict[str, Floats | None]]:
    """The vector of every picture, None where no face was found, for each recogniser; they work at the same time."""
    vectors: list[dict[str, Floats | None]] = [{} for _ in recognisers]
    for i, name in enumerate(names):
        progress(i, len(names))
        for recogniser in recognisers:
            recogniser.begin(images / name)
        for known, recogniser in zip(vectors, recognisers, strict=True):
            known[name] = recogniser.vector()
    progress(len(names), len(names))
    return vectors


def verify(name: str, measure: Measure, pairs: Sequence[Pair], vectors: dict[str, Floats | None]) -> Verification:
    """The figures on `pairs` of one recogniser's `vectors` by picture."""
    names = sorted(vectors)
    row = {picture: i for i, picture in enumerate(names)}
    table = _table([vectors[picture] for picture in names])
    left, right = (np.array([row[side] for side in sides]) for sides in zip(*((p.a, p.b) for p in pairs), strict=True))
    scores = compare_rows(table[left], table[right], measure)
    same = np.array([pair.same for pair in pairs])
    genuine, strangers = scores[same], falling(scores[~same])
    people = [str(PurePosixPath(picture).parent) for picture in names]
    impostors = strangers if "." in people else falling(cross_scores(table, people, measure))
    return Verification(
        name=name,
        pictures=len(names),
        faceless=int(np.isnan(table[:, 0]).sum()),
        pairs=len(pairs),
        pairs_faceless=int(np.isnan(scores).sum()),
        accuracy=ten_fold(scores, same, np.array([pair.fold for pair in pairs])),
        rates=_rates(genuine, impostors),
        rates_in_pairs=_rates(genuine, strangers),
        genuine=genuine,
        impostors=impostors,
    )


def _table(vectors: Sequence[Floats | None]) -> Floats:
    """(n, d); rows of NaN for pictures without a face."""
    width = next((len(vector) for vector in vectors if vector is not None), 1)
    nothing = np.full(width, np.nan, np.float32)
    return np.stack([nothing if vector is None else vector for vector in vectors]).astype(np.float32)


def _rates(genuine: Scores, impostors: Scores) -> tuple[Rate, ...]:
    """At the rates that the number of impostors can show; a rate below one of them says nothing."""
    rates = []
    for fmr in FMRS:
        if fmr * len(impostors) >= 1:
            threshold = threshold_at(impostors, fmr)
            rates.append(Rate(fmr, threshold, fnmr_at(genuine, threshold)))
    return tuple(rates)


def compare_rows(a: Floats, b: Floats, measure: Measure) -> Floats:
    """Scores (n,) of row i of `a` against row i of `b`, higher for more alike; NaN where either is missing."""
    if measure is Measure.COSINE:
        cosine: Floats = np.einsum("ij,ij->i", a, b)
        return cosine
    distance: Floats = np.linalg.norm(a - b, axis=1)
    return -distance


def cross_scores(table: Floats, people: Sequence[str], measure: Measure) -> Floats:
    """Scores of all pairs of rows of `table` that show different people, in blocks to spare memory."""
    known = ~np.isnan(table[:, 0])
    rows = table[known]
    _, who = np.unique(np.array(people)[known], return_inverse=True)
    parts = [np.empty(0, np.float32)]
    for start in range(0, len(rows), BLOCK):
        block = slice(start, start + BLOCK)
        scores = _grid(rows[block], rows[start:], measure)
        later = np.arange(scores.shape[1]) > np.arange(scores.shape[0])[:, None]
        parts.append(scores[later & (who[block][:, None] != who[None, start:])])
    return np.concatenate(parts)


def _grid(a: Floats, b: Floats, measure: Measure) -> NDArray[np.float32]:
    products: Floats = a @ b.T
    if measure is Measure.COSINE:
        return products
    squares = np.sum(a * a, axis=1)[:, None] + np.sum(b * b, axis=1)[None] - 2 * products
    distance: Floats = np.sqrt(np.maximum(squares, 0))
    return -distance
