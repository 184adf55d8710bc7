"""Unit vectors out of other vectors."""

import numpy as np
from numpy.typing import ArrayLike

from kiosk.domain.sight import Embedding, frozen


def unit(vector: ArrayLike, model: str) -> Embedding:
    """The embedding of `model` in the direction of `vector` (d,). Raises ValueError for a zero vector."""
    values = np.asarray(vector, dtype=np.float64)
    length = float(np.linalg.norm(values))
    if not length > 0:
        raise ValueError("a zero vector has no direction")
    return Embedding(frozen((values / length).astype(np.float32)), model)
