"""The good frames of one visit, and how well they agree on one person."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk.domain.sight import Embedding
from kiosk.domain.verdict import Probe, Sample
from kiosk.identity.calibration import Level
from kiosk.identity.gallery import Gallery
from kiosk.identity.vectors import unit

AGREEING_AT_LEAST = 2
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Tally:
    """The frames' scores with one person (one each), and their mean weighted by the frames' quality.

    A mean of scores, not the score of a renormalised mean: it passes a level only if a frame does. `lead` is by how
    much the face comes nearer to this person than to the nearest face that staff said is not them, None where there
    is no such face.
    """

    person: str
    scores: tuple[float, ...]
    mean: float
    lead: float | None = None

    def reaches(self, threshold: float) -> bool:
        """True when the mean and at least two frames on their own reach it: never one lucky frame."""
        agreeing = sum(score >= threshold for score in self.scores)
        return self.mean >= threshold and agreeing >= AGREEING_AT_LEAST

    def is_clear(self, level: Level) -> bool:
        """True when every frame on its own is so far above the level that two are enough."""
        return level.clear is not None and len(self.scores) >= AGREEING_AT_LEAST and min(self.scores) >= level.clear

    def is_disowned(self, level: Level) -> bool:
        """True when the face comes as near to one that is not this person: then it never is this person."""
        return self.lead is not None and self.lead <= level.margin + ROUNDING

    def is_apart(self, other: "Tally", level: Level) -> bool:
        """True when the face comes nearer to this person than to the other one by the margin."""
        return self.mean - other.mean > level.margin + ROUNDING

    def is_hopeless(self, level: Level) -> bool:
        """True when no frame on its own comes near the level."""
        return max(self.scores) < level.loose


@dataclass(frozen=True, slots=True, eq=False)
class Ballot:
    """Samples of one track, oldest first."""

    samples: tuple[Sample, ...] = ()

    def __len__(self) -> int:
        return len(self.samples)

    def with_sample(self, sample: Sample) -> "Ballot":
        """The same ballot with one more."""
        return Ballot((*self.samples, sample))

    def centre(self) -> Embedding:
        """The direction of the samples' mean, weighted by quality. Needs at least one sample."""
        vectors = np.stack([sample.embedding.vector for sample in self.samples])
        return unit(self._weights() @ vectors, self.samples[0].embedding.model)

    def tally(self, gallery: Gallery, person: str) -> Tally | None:
        """How the samples score with that person; None when they are not in the gallery."""
        scores = [gallery.best_of(person, sample.embedding) for sample in self.samples]
        known = tuple(score for score in scores if score is not None)
        if len(known) < len(scores) or not known:
            return None
        mean = self._mean(known)
        return Tally(person, known, mean, self._lead(gallery, person, mean))

    def rank(self, gallery: Gallery, most: int) -> list[str]:
        """The people whose tallies have the highest means, highest first. Needs at least one sample."""
        embeddings = [sample.embedding for sample in self.samples]
        return [match.person for match in gallery.rank_together(embeddings, self._weights().tolist(), most)]

    def tally_with(self, template: Embedding) -> Tally:
        """How the samples score with a template that nobody of the gallery has. Needs at least one sample."""
        scores = tuple(template.similarity(sample.embedding) for sample in self.samples)
        return Tally("", scores, self._mean(scores))

    def probe(self) -> Probe:
        """The face of these samples: their centre, and the best of their chips. Needs at least one sample."""
        return Probe(self.centre(), max(self.samples, key=lambda sample: sample.quality.weight).chip)

    def _lead(self, gallery: Gallery, person: str, mean: float) -> float | None:
        """Of the frames one by one and of their centre, whichever leads by less.

        The centre is what a correction keeps: whatever the frames were, it never leads before itself.
        """
        rivals = np.stack([gallery.worst_of(person, sample.embedding) for sample in self.samples])
        if not rivals.size:
            return None
        centre = self.centre()
        middle = (gallery.best_of(person, centre) or 0.0) - float(gallery.worst_of(person, centre).max())
        return min(middle, mean - float((self._weights() @ rivals).max()))

    def _mean(self, scores: tuple[float, ...]) -> float:
        return float(np.clip(self._weights() @ np.array(scores), min(scores), max(scores)))

    def _weights(self) -> NDArray[np.float64]:
        weights = np.array([sample.quality.weight for sample in self.samples], dtype=np.float64)
        shares: NDArray[np.float64] = weights / weights.sum()
        return shares
