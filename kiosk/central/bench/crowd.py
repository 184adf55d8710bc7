"""Faces that nobody has, which are as hard to tell apart as real ones.

Two strangers of the embedding model are alike with a cosine of 0.852 in the median, and one pair in a thousand with
0.936 (`gallery_table` in models/manifest.toml). That is one direction that all faces share, and around it differences
of about 24 free dimensions. A second photograph of somebody lies at 0.968 in the median (`miss_table`): 0.785 of what
is left without the shared direction. Families of fifty, who are more alike, are put in on top.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk.domain.sight import Floats

SHARED = 0.852
FREE = 24
FAMILY, KINSHIP = 50, 0.3
AGAIN, AGAIN_SPREAD = 0.785, 0.05
CHUNK = 50_000


@dataclass(frozen=True, slots=True)
class Crowd:
    """`turned` (d, d) turns the shared direction, the last, to where no axis is; `weights` (d - 1,) is the spectrum."""

    dice: np.random.Generator
    turned: Floats
    weights: Floats

    @staticmethod
    def of(dimension: int, seed: int) -> "Crowd":
        """The crowd of that seed, always the same."""
        dice = np.random.default_rng(seed)
        turned, _ = np.linalg.qr(dice.standard_normal((dimension, dimension)))
        weights = np.exp(-np.arange(dimension - 1) / FREE)  # amplitudes; their squares halve the free dimensions
        return Crowd(dice, turned.astype(np.float32), weights.astype(np.float32))

    def chunks(self, people: int) -> Iterator[Floats]:
        """Templates (n, d) of so many people, unit vectors, in chunks of whole families."""
        for begin in range(0, people, CHUNK):
            count = min(CHUNK, people - begin)
            families = np.repeat(self._differences(-(-count // FAMILY)), FAMILY, axis=0)[:count]
            own = self._differences(count)
            yield self._faces(_unit(np.sqrt(KINSHIP) * families + np.sqrt(1 - KINSHIP) * own))

    def again(self, templates: Floats) -> Floats:
        """Another photograph (n, d) of each of these."""
        differences = _unit((templates @ self.turned)[:, :-1])
        alike = np.clip(self.dice.normal(AGAIN, AGAIN_SPREAD, (len(templates), 1)), 0.5, 0.95).astype(np.float32)
        noise = self._differences(len(templates))
        noise = _unit(noise - (noise * differences).sum(axis=1, keepdims=True) * differences)
        return self._faces(alike * differences + np.sqrt(1 - alike**2) * noise)

    def strangers(self, count: int) -> Floats:
        """Photographs (n, d) of people who are not there."""
        return self._faces(self._differences(count))

    def _differences(self, count: int) -> Floats:
        chance = self.dice.standard_normal((count, len(self.weights)), dtype=np.float32)
        return _unit(chance * self.weights)

    def _faces(self, differences: NDArray[np.floating]) -> Floats:
        shared = np.full((len(differences), 1), np.sqrt(SHARED), np.float32)
        return _unit(np.hstack([np.float32(np.sqrt(1 - SHARED)) * differences, shared]) @ self.turned.T)


def nearest_of(vectors: Floats, probes: Floats) -> NDArray[np.int64]:
    """For each probe the row of `vectors` with the largest inner product, by trying all."""
    best = np.full(len(probes), -np.inf, np.float32)
    rows = np.zeros(len(probes), np.int64)
    for begin in range(0, len(vectors), CHUNK):
        products = probes @ vectors[begin : begin + CHUNK].T
        chosen = products.argmax(axis=1)
        values = products[np.arange(len(probes)), chosen]
        rows = np.where(values > best, begin + chosen, rows)
        best = np.maximum(best, values)
    return rows


def _unit(rows: NDArray[np.floating]) -> Floats:
    unit: Floats = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit
