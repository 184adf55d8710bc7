"""All enrolled templates of one model as one matrix: an immutable snapshot, replaced whole, never edited."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from types import MappingProxyType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from kiosk.domain.people import Negative, Template
from kiosk.domain.sight import Embedding, Floats, frozen
from kiosk.domain.verdict import Match


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """Templates of `model`, grouped by person, and the faces that staff said are not them; build it with
    `from_templates`.

    `matrix` is (size, d) float32, C-contiguous, one unit vector a row; the rows of `people[i]` are those
    from `starts[i]` up to `starts[i + 1]` (int64, one more than people). `places` finds i by person. `negatives`
    has, for some people, (n, d) unit vectors that are not them.
    """

    model: str
    people: tuple[str, ...]
    matrix: Floats
    starts: NDArray[np.int64]
    places: Mapping[str, int]
    negatives: Mapping[str, Floats] = field(default_factory=dict)

    @classmethod
    def from_templates(cls, templates: Sequence[Template], model: str, negatives: Sequence[Negative] = ()) -> Self:
        """A snapshot of these templates. Raises ValueError if another model made one of them."""
        by_person: dict[str, list[Embedding]] = {}
        for template in templates:
            if template.embedding.model != model:
                raise ValueError(f"a template of {template.embedding.model} can't be compared by {model}")
            by_person.setdefault(template.person, []).append(template.embedding)
        width = templates[0].embedding.vector.shape[0] if templates else 0
        matrix: Floats = np.empty((len(templates), width), dtype=np.float32)
        starts = np.zeros(len(by_person) + 1, dtype=np.int64)
        np.cumsum([len(embeddings) for embeddings in by_person.values()], out=starts[1:])
        for row, embedding in enumerate(chain.from_iterable(by_person.values())):
            matrix[row] = embedding.vector
        places = {person: i for i, person in enumerate(by_person)}
        return cls(
            model, tuple(by_person), frozen(matrix), frozen(starts), MappingProxyType(places), _by(negatives, model)
        )

    @property
    def size(self) -> int:
        """How many templates there are: the number of comparisons of one search."""
        return len(self.matrix)

    def without(self, people: Collection[str]) -> Self:
        """A snapshot in which those are not, made of this one; cheap beside reading everybody anew."""
        if not any(person in self.places for person in people):
            return self
        kept = np.array([person not in people for person in self.people], dtype=bool)
        counts = np.diff(self.starts)
        starts = np.zeros(int(kept.sum()) + 1, dtype=np.int64)
        np.cumsum(counts[kept], out=starts[1:])
        names = tuple(person for person, is_kept in zip(self.people, kept, strict=True) if is_kept)
        places = MappingProxyType({person: i for i, person in enumerate(names)})
        negatives = MappingProxyType({person: faces for person, faces in self.negatives.items() if person in places})
        matrix = frozen(np.ascontiguousarray(self.matrix[np.repeat(kept, counts)]))
        return replace(self, people=names, matrix=matrix, starts=frozen(starts), places=places, negatives=negatives)

    def rank(self, embedding: Embedding, most: int = 2) -> tuple[Match, ...]:
        """The `most` people that come nearest, each by their best template, nearest first."""
        return self.rank_together((embedding,), (1.0,), most)

    def rank_together(
        self, embeddings: Sequence[Embedding], shares: Sequence[float], most: int = 2
    ) -> tuple[Match, ...]:
        """The `most` people that come nearest to several frames: each frame by its best template, weighted by `shares`.

        The order is that of the whole gallery; it does not depend on `most`.
        """
        for embedding in embeddings:
            self._same_model(embedding)
        if not self.size:
            return ()
        means: Floats = np.zeros(len(self.people), dtype=np.float32)
        for embedding, share in zip(embeddings, shares, strict=True):
            # Frame by frame: over several columns at once, `reduceat` is five times slower.
            best = np.maximum.reduceat(self.matrix @ embedding.vector, self.starts[:-1])
            means += np.float32(share) * best
        return tuple(Match(self.people[i], float(means[i])) for i in _largest(means, most))

    def best_of(self, person: str, embedding: Embedding) -> float | None:
        """The cosine with that person's best template; None when they are not in the gallery."""
        self._same_model(embedding)
        place = self.places.get(person)
        if place is None:
            return None
        rows = self.matrix[self.starts[place] : self.starts[place + 1]]
        return float((rows @ embedding.vector).max())

    def worst_of(self, person: str, embedding: Embedding) -> Floats:
        """The cosines (n,) with the faces that staff said are not that person."""
        self._same_model(embedding)
        rivals = self.negatives.get(person)
        return np.empty(0, np.float32) if rivals is None else rivals @ embedding.vector

    def _same_model(self, embedding: Embedding) -> None:
        if embedding.model != self.model:
            raise ValueError(f"embeddings of {embedding.model} and {self.model} can't be compared")


def _by(negatives: Sequence[Negative], model: str) -> Mapping[str, Floats]:
    found: dict[str, list[Floats]] = {}
    for negative in negatives:
        if negative.embedding.model != model:
            raise ValueError(f"a negative of {negative.embedding.model} can't be compared by {model}")
        found.setdefault(negative.person, []).append(negative.embedding.vector)
    return MappingProxyType({person: frozen(np.stack(vectors)) for person, vectors in found.items()})


def _largest(values: NDArray[np.float32], most: int) -> list[int]:
    """Indices of the `most` largest values, largest first, the earlier one first among equals."""
    count = min(most, len(values))
    if count == 0:
        return []
    floor = np.partition(values, len(values) - count)[len(values) - count]
    found = np.flatnonzero(values >= floor)
    order = np.argsort(-values[found], kind="stable")
    return [int(i) for i in found[order][:count]]
