"""Faces at any distance in a photograph: the detector over overlapping tiles at several scales, then a second look.

A tile is as good as a frame to the detector but for its false alarms, of which many tiles give many. So every find is
cut out and detected once more, and the face mesh must see a face in it too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from kiosk.domain.sight import Box, Face, Image
from kiosk.vision.detector import Detector, placed_in
from kiosk.vision.geometry import resize
from kiosk.vision.landmarks import Mesher
from kiosk.vision.merging import covers, overlaps

# Scales double up to this many tiles along the long side (a face of 2 % of it is found then, in about 150 ms), and up
# to this magnification of the picture.
_MOST_TILES = 8
_MAGNIFY = 1.25
# Neighbouring tiles share this part of their side; a face that is larger is found at a coarser scale.
_SHARED = 0.3
# A box that comes so near to its tile's edge (part of the tile's side) may be cut off.
_EDGE = 0.02
# Two finds are one face where they overlap or cover each other so far.
_SAME_IOU = 0.3
_SAME_COVER = 0.6
# The second look: a square of so many box widths, and the least mean of both scores.
_CLOSER = 2.0
_LEAST_SCORE = 0.66


@dataclass(frozen=True, slots=True, eq=False)
class _Tile:
    """A part of the picture: its pixels, and its place in fractions of the whole."""

    pixels: Image
    place: Box


def find_faces(detector: Detector, mesher: Mesher, image: Image) -> tuple[Face, ...]:
    """The faces in a photograph (h, w, 3) RGB of any size, the surest first; boxes in fractions of it."""
    found = [face for tile in _tiles(detector.side, image) for face in _in_tile(detector, tile)]
    again = (_look_again(detector, image, face) for face in _merged(found))
    least = mesher.model.presence_threshold
    sure = [face for face in again if face is not None and mesher.points(image, face).presence >= least]
    return tuple(_merged(sure))


def _tiles(side: int, image: Image) -> Iterator[_Tile]:
    """The picture cut into tiles of `side` pixels, the finest scale first."""
    height, width = image.shape[:2]
    longest = max(width, height)
    tiles = _MOST_TILES
    while tiles > 1 and tiles * side > _MAGNIFY * longest:
        tiles //= 2
    while tiles >= 1:
        scale = tiles * side / longest
        w, h = max(1, round(width * scale)), max(1, round(height * scale))
        image = resize(image, w, h, cv2.INTER_AREA if w < image.shape[1] else cv2.INTER_LINEAR)
        yield from _cut(side, image)
        tiles //= 2


def _cut(side: int, level: Image) -> Iterator[_Tile]:
    height, width = level.shape[:2]
    for top in _starts(height, side):
        for left in _starts(width, side):
            pixels = level[top : top + side, left : left + side]
            place = Box(left / width, top / height, pixels.shape[1] / width, pixels.shape[0] / height)
            yield _Tile(pixels, place)


def _starts(length: int, side: int) -> list[int]:
    """Where tiles begin so that they cover `length`, evenly spread."""
    if length <= side:
        return [0]
    gaps = int(np.ceil((length - side) / (side * (1 - _SHARED))))
    return [round(i * (length - side) / gaps) for i in range(gaps + 1)]


def _in_tile(detector: Detector, tile: _Tile) -> Iterator[Face]:
    """The faces of a tile in fractions of the whole; those that its edge may cut are left to its neighbours."""
    for face in detector.detect(tile.pixels):
        moved = placed_in(face, tile.place)
        if not _reaches_edge(moved.box, tile.place):
            yield moved


def _reaches_edge(box: Box, place: Box) -> bool:
    """True where the box comes near an edge of the tile that is not an edge of the whole."""
    sides = ((box.x, box.w, place.x, place.w), (box.y, box.h, place.y, place.h))
    return any(
        (begin > 1e-6 and low < begin + length * _EDGE)
        or (begin + length < 1 - 1e-6 and low + size > begin + length * (1 - _EDGE))
        for low, size, begin, length in sides
    )


def _merged(faces: list[Face]) -> list[Face]:
    """Of finds of the same face, the surest."""
    kept: list[Face] = []
    corners = np.empty((0, 4), np.float32)
    for face in sorted(faces, key=lambda face: -face.score):
        box = face.box
        corner = np.array([box.x, box.y, box.x + box.w, box.y + box.h], np.float32)
        if (overlaps(corner, corners) < _SAME_IOU).all() and (covers(corner, corners) < _SAME_COVER).all():
            kept.append(face)
            corners = np.vstack([corners, corner])
    return kept


def _look_again(detector: Detector, image: Image, face: Face) -> Face | None:
    """The face as the detector sees it from near, with the mean of both scores; None where they are too low."""
    height, width = image.shape[:2]
    x, y, w, h = face.box.pixels(width, height)
    half = round(max(w, h, 4) * _CLOSER / 2)
    left, top = max(0, x + w // 2 - half), max(0, y + h // 2 - half)
    near = image[top : y + h // 2 + half, left : x + w // 2 + half]
    if not near.size:
        return None
    place = Box(left / width, top / height, near.shape[1] / width, near.shape[0] / height)
    again = [placed_in(found, place) for found in detector.detect(near)]
    best = max(again, key=lambda found: found.box.overlap(face.box), default=None)
    if best is None or best.box.overlap(face.box) < _SAME_IOU:
        return None
    score = (face.score + best.score) / 2
    return replace(best, score=score) if score >= _LEAST_SCORE else None
