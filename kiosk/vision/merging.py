"""Weighted non-maximum suppression: candidates that overlap become one face, averaged by their scores."""

import numpy as np
from numpy.typing import NDArray

from kiosk.domain.sight import Floats


def merge_overlapping(scores: Floats, rows: Floats, iou: float) -> tuple[Floats, Floats]:
    """Merged scores (k,), falling, and rows (k, d): the first four columns are left, top, right, bottom.

    The best candidate takes in all that overlap it by `iou` or more and keeps its own score.
    """
    order = np.argsort(-scores, kind="stable")
    scores, rows = scores[order], rows[order]
    kept_scores: list[float] = []
    kept_rows: list[Floats] = []
    while len(scores):
        near = overlaps(rows[0, :4], rows[:, :4]) >= iou
        near[0] = True
        weights = scores[near]
        kept_scores.append(float(scores[0]))
        kept_rows.append(weights @ rows[near] / weights.sum())
        scores, rows = scores[~near], rows[~near]
    return np.array(kept_scores, np.float32), np.array(kept_rows, np.float32).reshape(-1, rows.shape[1])


def overlaps(box: Floats, boxes: Floats) -> NDArray[np.float32]:
    """Intersection over union (n,) of one box (4,) with many (n, 4); corners left, top, right, bottom."""
    shared, area, areas = _areas(box, boxes)
    return _shares(shared, area + areas - shared)


def covers(box: Floats, boxes: Floats) -> NDArray[np.float32]:
    """Share (n,) of the smaller of the two that the other covers, for one box (4,) and many (n, 4)."""
    shared, area, areas = _areas(box, boxes)
    return _shares(shared, np.minimum(area, areas))


def _areas(box: Floats, boxes: Floats) -> tuple[Floats, Floats, Floats]:
    """Shared area (n,), the box's own and those of the boxes (n,)."""
    shared = _area(np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:4], boxes[:, 2:4]))
    return shared, _area(box[:2], box[2:4]), _area(boxes[:, :2], boxes[:, 2:4])


def _area(low: Floats, high: Floats) -> Floats:
    size = np.maximum(high - low, 0)
    area: Floats = size[..., 0] * size[..., 1]
    return area


def _shares(shared: Floats, whole: Floats) -> Floats:
    """`shared / whole`, 0 where there is nothing."""
    found: Floats = np.divide(shared, np.maximum(whole, 1e-12), dtype=np.float32)
    return found
