"""Guided enrolment: prompts for a few different views, and one template out of them, without the odd ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from kiosk.domain.errors import Refused
from kiosk.domain.options import option
from kiosk.domain.scores import ScoreTable
from kiosk.domain.sight import Chip, Embedding
from kiosk.domain.verdict import Match, Quality, Sample
from kiosk.identity.calibration import Options as IdentityOptions
from kiosk.identity.calibration import open_level, open_threshold
from kiosk.identity.gallery import Gallery
from kiosk.identity.vectors import unit

ODD_AT_MOST = 1
FEWEST_WITH_ODD = 4
FAR_TIMES_MEDIAN = 2.0


class Prompt(StrEnum):
    """What the person is asked to do next."""

    LOOK_STRAIGHT = "look-straight"
    COME_CLOSER = "come-closer"
    STEP_BACK = "step-back"
    TURN_LEFT = "turn-left"
    TURN_RIGHT = "turn-right"


PROMPTS = tuple(Prompt)


@dataclass(frozen=True, slots=True)
class Options:
    """How many good frames an enrolment needs, and what counts as having followed a prompt."""

    at_least: int = option(4, "Good frames that an enrolment needs.", low=2, high=20)
    at_straight: int = option(2, "Good frames taken of a person looking straight at the camera.", low=1, high=10)
    prompt_s: float = option(6.0, "After this long without success a prompt is dropped.", low=2, high=30, unit="s")
    size_step: float = option(0.12, "Change in size that counts as closer or farther.", low=0.02, high=0.5)
    turn_deg: float = option(7.0, "Turn of the head that counts as turned.", low=2, high=30, unit="°")


@dataclass(frozen=True, slots=True, eq=False)
class Enrolment:
    """What was collected so far and what is asked for now; begin with `Enrolment.begin(now)`.

    A prompt that a person can't follow gives way after a while: the best frame seen meanwhile is taken instead.
    """

    options: Options
    samples: tuple[Sample, ...]
    step: int
    until: float
    spare: Sample | None = field(default=None)

    @classmethod
    def begin(cls, now: float, options: Options | None = None) -> "Enrolment":
        """An empty enrolment at monotonic time `now`."""
        chosen = Options() if options is None else options
        return cls(chosen, (), 0, now + chosen.prompt_s)

    @property
    def target(self) -> int:
        """How many samples there will be when every prompt is followed."""
        return self.options.at_straight + len(PROMPTS) - 1

    @property
    def is_complete(self) -> bool:
        """True when all prompts are over and there are enough samples."""
        return self.step >= len(PROMPTS) and len(self.samples) >= self.options.at_least

    @property
    def prompt(self) -> Prompt | None:
        """What to ask for now; None when complete. After the last prompt, more straight frames until enough."""
        if self.is_complete:
            return None
        return PROMPTS[self.step] if self.step < len(PROMPTS) else Prompt.LOOK_STRAIGHT

    @property
    def progress(self) -> float:
        """How much is done, 0..1."""
        if self.is_complete:
            return 1.0
        return min(len(self.samples) / self.target, 0.99)

    def add(self, sample: Sample, now: float) -> "Enrolment":
        """With one more good frame, if it shows what is asked for; otherwise it is kept in reserve."""
        if self.is_complete or sample.quality.advice is not None:
            return self
        if self._follows(sample.quality):
            return self._took(sample, now)
        return replace(self, spare=_better(self.spare, sample)).tick(now)

    def tick(self, now: float) -> "Enrolment":
        """The same, or at the next prompt when this one has had its time."""
        if self.is_complete or now < self.until:
            return self
        if self.spare is not None:
            return self._next(now, (*self.samples, self.spare))
        if self.samples:
            return self._next(now, self.samples)
        return replace(self, until=now + self.options.prompt_s)

    def _took(self, sample: Sample, now: float) -> "Enrolment":
        samples = (*self.samples, sample)
        if self.step == 0 and len(samples) < self.options.at_straight:
            return replace(self, samples=samples, until=now + self.options.prompt_s)
        return self._next(now, samples)

    def _next(self, now: float, samples: tuple[Sample, ...]) -> "Enrolment":
        step = min(self.step + 1, len(PROMPTS))
        return replace(self, samples=samples, step=step, until=now + self.options.prompt_s, spare=None)

    def _follows(self, quality: Quality) -> bool:
        usual_px = self.samples[0].quality.face_px if self.samples else quality.face_px
        change = quality.face_px / max(usual_px, 1.0) - 1.0
        match self.prompt:
            case Prompt.COME_CLOSER:
                return change >= self.options.size_step
            case Prompt.STEP_BACK:
                return change <= -self.options.size_step
            case Prompt.TURN_LEFT:
                return quality.yaw_deg >= self.options.turn_deg
            case Prompt.TURN_RIGHT:
                return quality.yaw_deg <= -self.options.turn_deg
            case _:
                return True


def fuse(samples: Sequence[Sample], table: ScoreTable, options: IdentityOptions) -> Embedding:
    """One template from several good frames, weighted by their quality, without those far from the rest.

    Raises Refused when there is none, or when they are not of one face.
    """
    weights = [max(sample.quality.weight, 1e-3) for sample in samples]
    return fuse_embeddings([sample.embedding for sample in samples], table, options, weights)


def fuse_embeddings(
    embeddings: Sequence[Embedding],
    table: ScoreTable,
    options: IdentityOptions,
    weights: Sequence[float] | None = None,
) -> Embedding:
    """The trimmed mean of embeddings of one face, in any order. Raises Refused when they are not of one face.

    The middle is the embedding most similar to all others. Those that would not pass for the same face as
    the middle are odd; one of four or more may be, otherwise there are two faces. Of the rest, those more
    than twice the median distance from the middle are left out.
    """
    if not embeddings:
        raise Refused("there is no usable frame of a face; take the pictures again")
    vectors, shares = _in_order(embeddings, [1.0] * len(embeddings) if weights is None else weights)
    cosines = vectors @ vectors.T
    middle = cosines[int(cosines.sum(axis=1).argmax())]
    least = table.threshold(options.same_face_fmr)
    odd = middle < (table.score[-1] if least is None else least)
    if odd.sum() > (ODD_AT_MOST if len(vectors) >= FEWEST_WITH_ODD else 0):
        raise Refused("these pictures are not all of one face; take them again with one person alone")
    distance = 1.0 - middle
    kept = ~odd & (distance <= FAR_TIMES_MEDIAN * float(np.median(distance[~odd])) + 1e-6)
    return unit(shares[kept] @ vectors[kept], embeddings[0].model)


def lookalike(gallery: Gallery, embedding: Embedding, table: ScoreTable, options: IdentityOptions) -> Match | None:
    """Whom of the gallery a new template might belong to already; None when it is like nobody.

    Whoever would be named as somebody enrolled, or would block them by the margin, is never left out.
    """
    best = gallery.rank(embedding, most=1)
    if not best:
        return None
    threshold = table.threshold(options.duplicates_fmr / gallery.size)
    level = open_level(table, gallery.size, options)
    least = min(
        table.score[-1] if threshold is None else threshold,
        table.score[-1] if level is None else level.threshold - level.margin,
    )
    return best[0] if best[0].similarity >= least else None


@dataclass(frozen=True, slots=True)
class Resemblance:
    """Whom a new face is like: `is_duplicate` when it would be named as that person, else easily mistaken for them."""

    person: str
    similarity: float
    is_duplicate: bool


def likeness(gallery: Gallery, embedding: Embedding, table: ScoreTable, options: IdentityOptions) -> Resemblance | None:
    """The person enrolled whom a new template is like, or easily mistaken for; None when it is like nobody."""
    match = lookalike(gallery, embedding, table, options)
    if match is None:
        return None
    named = open_threshold(table, gallery.size, options)
    certain = table.score[-1] if named is None else named
    return Resemblance(match.person, match.similarity, match.similarity >= certain)


def best_chip(samples: Sequence[Sample]) -> Chip:
    """The clearest picture of an enrolment. Needs at least one sample."""
    return max(samples, key=lambda sample: sample.quality.weight).chip


def _better(one: Sample | None, other: Sample) -> Sample:
    return other if one is None or other.quality.weight >= one.quality.weight else one


def _in_order(
    embeddings: Sequence[Embedding], weights: Sequence[float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Vectors (n, d) and weights (n,), sorted by value, so that the order of capture makes no difference."""
    if len({embedding.model for embedding in embeddings}) > 1:
        raise ValueError("embeddings of different models can't be fused")
    rows = np.stack([embedding.vector for embedding in embeddings]).astype(np.float64)
    shares = np.asarray(weights, dtype=np.float64)
    order = np.lexsort((shares, *rows.T[::-1]))
    return rows[order], shares[order]
