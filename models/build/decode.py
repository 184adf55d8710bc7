"""The models' semantics in plain numpy: outputs to faces, faces to crops, mesh points to chips. A reference to read."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Image = NDArray[np.uint8]

GREY = 127
SIDE = 128  # the detector's input, and the unit of its regressors
CROP = 1.5
MESH_SIDE = 192
CHIP = 150
CHIP_POINTS = (263, 362, 33, 133, 2)
CHIP_POSITIONS = ((112.85, 46.57), (89.05, 47.94), (36.03, 46.68), (59.58, 47.92), (74.24, 86.15))
_SHRINK_WITH_AREA = 1.75


@dataclass(frozen=True, slots=True, eq=False)
class Letterbox:
    """The picture in the middle of a grey square: `pixels` (side, side, 3), and how to come back."""

    pixels: Image
    scale: float  # square's pixels per pixel of the picture
    left: int
    top: int


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """A face in pixels of the picture: box (x, y, w, h), six key points (6, 2), score 0..1."""

    box: Floats
    keypoints: Floats
    score: float


def letterbox(picture: Image, side: int = SIDE) -> Letterbox:
    """The whole picture, shrunk by area into a square of `side`, grey 127 where nothing is."""
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    w, h = max(1, round(width * scale)), max(1, round(height * scale))
    left, top = (side - w) // 2, (side - h) // 2
    square = np.full((side, side, 3), GREY, np.uint8)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    square[top : top + h, left : left + w] = cv2.resize(picture, (w, h), interpolation=how)
    return Letterbox(square, scale, left, top)


def anchors() -> Floats:
    """Centres (896, 2) as (x, y) in 0..1: 16x16 cells with 2 each, then 8x8 with 6; row by row."""
    grids = []
    for cells, each in ((16, 2), (8, 6)):
        y, x = np.mgrid[0:cells, 0:cells]
        centres = (np.stack([x, y], -1).reshape(-1, 2) + 0.5) / cells
        grids.append(np.repeat(centres, each, axis=0))
    return np.concatenate(grids).astype(np.float32)


def detections(logits: Floats, regressors: Floats, box: Letterbox, *, threshold: float = 0.5) -> list[Detection]:
    """Faces, best first, from logits (896,) and regressors (896, 16) in 1/128 of the square.

    A regressor row is the box's centre x, y (from the anchor), width, height, then six points x, y (from the anchor).
    """
    scores = 1 / (1 + np.exp(-np.clip(logits, -50, 50)))
    keep = np.flatnonzero(scores >= threshold)
    rows = regressors[keep].reshape(-1, 8, 2) / SIDE
    rows[:, [0, 2, 3, 4, 5, 6, 7]] += anchors()[keep][:, None]
    rows[:, 0] -= rows[:, 1] / 2
    merged = _merge(rows, scores[keep])
    origin, unit = np.array([box.left, box.top]), SIDE / box.scale
    found = []
    for row, score in merged:
        points = row * unit - origin / box.scale
        points[1] = row[1] * unit
        found.append(Detection(points[:2].reshape(4), points[2:], score))
    return found


def _merge(rows: Floats, scores: Floats, iou: float = 0.3) -> list[tuple[Floats, float]]:
    """Weighted non-maximum suppression: boxes that overlap the best become one, the mean weighted by score."""
    merged = []
    left = np.argsort(-scores, kind="stable")
    while left.size:
        overlap = _overlaps(rows[left[0]], rows[left])
        group = left[overlap > iou]
        group = group if group.size else left[:1]
        weights = scores[group] / scores[group].sum()
        merged.append((np.tensordot(weights, rows[group], 1), float(scores[left[0]])))
        left = np.setdiff1d(left, group, assume_unique=True)
        left = left[np.argsort(-scores[left], kind="stable")]
    return merged


def _overlaps(row: Floats, rows: Floats) -> Floats:
    low = np.maximum(row[0], rows[:, 0])
    high = np.minimum(row[0] + row[1], rows[:, 0] + rows[:, 1])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    return shared / np.maximum(row[1].prod() + rows[:, 1].prod(axis=1) - shared, 1e-9)


def nearest_centre(found: Sequence[Detection], picture: Image) -> Detection | None:
    """The face whose box's centre is nearest to the picture's, None without faces."""
    middle = np.array(picture.shape[1::-1]) / 2
    return min(found, key=lambda face: float(np.linalg.norm(face.box[:2] + face.box[2:] / 2 - middle)), default=None)


def crop_transform(face: Detection) -> Floats:
    """(2, 3) from pixels of the picture to the mesh's 192x192: a square turned by the eye line, 1.5 x the long side."""
    right, left = face.keypoints[0], face.keypoints[1]
    angle = float(np.arctan2(left[1] - right[1], left[0] - right[0]))
    scale = MESH_SIDE / (CROP * float(face.box[2:].max()))
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    linear = np.array([[cos, sin], [-sin, cos]])
    shift = MESH_SIDE / 2 - linear @ (face.box[:2] + face.box[2:] / 2)
    return np.column_stack([linear, shift]).astype(np.float32)


def points_in_picture(raw: Floats, transform: Floats) -> Floats:
    """Mesh points (468, 2) in pixels of the picture from the raw output (1404,): x, y, z in pixels of the crop."""
    inside = raw.reshape(468, 3)[:, :2]
    back = cv2.invertAffineTransform(transform)
    return (inside @ back[:, :2].T + back[:, 2]).astype(np.float32)


def similarity(source: Floats, target: Floats) -> Floats:
    """(2, 3): turn, scale and shift that bring `source` (n, 2) nearest to `target` by least squares."""
    a, b = source - source.mean(0), target - target.mean(0)
    norm = float((a * a).sum())
    cos = float((a * b).sum()) / norm
    sin = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / norm
    linear = np.array([[cos, -sin], [sin, cos]])
    return np.column_stack([linear, target.mean(0) - linear @ source.mean(0)]).astype(np.float32)


def chip(picture: Image, points: Floats) -> Image:
    """The aligned face (150, 150, 3); the picture is shrunk by area first where the chip is much smaller."""
    target = np.array(CHIP_POSITIONS, np.float32)
    chosen = points[list(CHIP_POINTS)]
    shrink = 1 / float(np.linalg.norm(similarity(chosen, target)[:, 0]))
    if shrink >= _SHRINK_WITH_AREA:
        height, width = picture.shape[:2]
        size = max(1, round(width / shrink)), max(1, round(height / shrink))
        ratio = np.array([size[0] / width, size[1] / height])
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        chosen = ((chosen + 0.5) * ratio - 0.5).astype(np.float32)
    transform = similarity(chosen, target)
    return cv2.warpAffine(picture, transform, (CHIP, CHIP), flags=cv2.INTER_LINEAR)
