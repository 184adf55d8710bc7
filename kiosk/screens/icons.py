"""The symbols, drawn as round strokes on a unit square: no picture files, sharp at every size."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.screens.view import Symbol

Point = tuple[float, float]
Stroke = tuple[Point, ...]

STROKE = 0.075
STROKES_OWN = {Symbol.TICK: 0.11, Symbol.CROSS: 0.11, Symbol.FACE: 0.055, Symbol.HELLO: 0.065}
_FINE = 4
_SHIFT = 4


def mask(symbol: Symbol, side: int) -> NDArray[np.uint8]:
    """The symbol's coverage, (side, side) uint8, 255 where it is solid."""
    big = side * _FINE
    canvas = np.zeros((big, big), dtype=np.uint8)
    width = max(1, round(STROKES_OWN.get(symbol, STROKE) * big))
    for stroke in STROKES[symbol]:
        points = np.array([[x * big * 2**_SHIFT, y * big * 2**_SHIFT] for x, y in stroke]).round().astype(np.int32)
        cv2.polylines(canvas, [points.reshape(-1, 1, 2)], False, 255, width, cv2.LINE_AA, _SHIFT)
    shrunk: NDArray[np.uint8] = cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    return shrunk


def _arc(centre: Point, radius: float, start_deg: float, end_deg: float, squeeze: float = 1.0) -> Stroke:
    """A piece of a circle, clockwise from the right; `squeeze` narrows it."""
    steps = max(2, round(abs(end_deg - start_deg) / 6))
    angles = [math.radians(start_deg + (end_deg - start_deg) * i / steps) for i in range(steps + 1)]
    return tuple((centre[0] + radius * squeeze * math.cos(a), centre[1] + radius * math.sin(a)) for a in angles)


def _circle(centre: Point, radius: float) -> Stroke:
    return _arc(centre, radius, 0, 360)


def _dot(x: float, y: float) -> Stroke:
    return ((x, y), (x + 0.001, y))


def _box(x: float, y: float, w: float, h: float) -> Stroke:
    return ((x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y))


def _finder(x: float, y: float) -> tuple[Stroke, ...]:
    return (_box(x, y, 0.24, 0.24), _dot(x + 0.12, y + 0.12))


def _corners() -> tuple[Stroke, ...]:
    return tuple(
        (
            (x, y + (0.16 if y < 0.5 else -0.16)),
            *_arc((x + (0.08 if x < 0.5 else -0.08), y + (0.08 if y < 0.5 else -0.08)), 0.08, *turn),
            (x + (0.16 if x < 0.5 else -0.16), y),
        )
        for x, y, turn in (
            (0.1, 0.1, (180, 270)),
            (0.9, 0.1, (0, -90)),
            (0.1, 0.9, (180, 90)),
            (0.9, 0.9, (0, 90)),
        )
    )


def _bust(x: float, y: float, size: float) -> tuple[Stroke, ...]:
    """A head and shoulders with the head's middle at (x, y)."""
    return (_circle((x, y), 0.17 * size), _arc((x, y + 0.56 * size), 0.32 * size, 180, 360))


STROKES: dict[Symbol, tuple[Stroke, ...]] = {
    Symbol.NONE: (),
    Symbol.FACE: (
        *_corners(),
        _arc((0.5, 0.5), 0.29, 0, 360, 0.78),
        _dot(0.41, 0.45),
        _dot(0.59, 0.45),
        _arc((0.5, 0.52), 0.12, 30, 150),
    ),
    Symbol.TICK: (((0.2, 0.53), (0.42, 0.74), (0.8, 0.28)),),
    Symbol.CROSS: (((0.25, 0.25), (0.75, 0.75)), ((0.75, 0.25), (0.25, 0.75))),
    Symbol.QUESTION: (
        (*_arc((0.5, 0.33), 0.18, 180, 400), (0.5, 0.57), (0.5, 0.62)),
        _dot(0.5, 0.8),
    ),
    Symbol.HELLO: (
        _circle((0.5, 0.5), 0.38),
        _dot(0.38, 0.41),
        _dot(0.62, 0.41),
        _arc((0.5, 0.5), 0.21, 20, 160),
    ),
    Symbol.CODE: (
        *_finder(0.14, 0.14),
        *_finder(0.62, 0.14),
        *_finder(0.14, 0.62),
        _dot(0.62, 0.62),
        ((0.86, 0.62), (0.74, 0.62), (0.74, 0.74)),
        _dot(0.62, 0.86),
        ((0.86, 0.74), (0.86, 0.86), (0.74, 0.86)),
    ),
    Symbol.LOCK: (_box(0.22, 0.46, 0.56, 0.4), ((0.33, 0.46), *_arc((0.5, 0.32), 0.17, 180, 360), (0.67, 0.46))),
    Symbol.WARNING: (
        ((0.5, 0.14), (0.9, 0.84), (0.1, 0.84), (0.5, 0.14)),
        ((0.5, 0.4), (0.5, 0.58)),
        _dot(0.5, 0.71),
    ),
    Symbol.CAMERA_OFF: (
        ((0.3, 0.28), (0.12, 0.28), (0.12, 0.8), (0.74, 0.8)),
        ((0.42, 0.28), (0.46, 0.18), (0.62, 0.18), (0.68, 0.28), (0.88, 0.28), (0.88, 0.72)),
        _arc((0.5, 0.53), 0.15, 60, 200),
        _arc((0.5, 0.53), 0.15, -70, 20),
        ((0.1, 0.12), (0.9, 0.9)),
    ),
    Symbol.PERSON: _bust(0.5, 0.3, 1.0),
    Symbol.PERSON_NEW: (*_bust(0.4, 0.3, 1.0), ((0.84, 0.28), (0.84, 0.56)), ((0.7, 0.42), (0.98, 0.42))),
    Symbol.PEOPLE: (
        *_bust(0.34, 0.34, 0.86),
        _arc((0.68, 0.32), 0.13, -100, 110),
        _arc((0.66, 0.82), 0.26, -72, 0),
    ),
    Symbol.LEAVE: (
        ((0.5, 0.14), (0.16, 0.14), (0.16, 0.86), (0.5, 0.86)),
        ((0.4, 0.5), (0.88, 0.5)),
        ((0.7, 0.32), (0.88, 0.5), (0.7, 0.68)),
    ),
    Symbol.BACK: (((0.62, 0.2), (0.32, 0.5), (0.62, 0.8)),),
    Symbol.NEXT: (((0.38, 0.2), (0.68, 0.5), (0.38, 0.8)),),
    Symbol.DELETE: (
        ((0.36, 0.24), (0.92, 0.24), (0.92, 0.76), (0.36, 0.76), (0.08, 0.5), (0.36, 0.24)),
        ((0.5, 0.4), (0.72, 0.6)),
        ((0.72, 0.4), (0.5, 0.6)),
    ),
    Symbol.SHIFT: (
        (
            (0.5, 0.14),
            (0.88, 0.52),
            (0.66, 0.52),
            (0.66, 0.84),
            (0.34, 0.84),
            (0.34, 0.52),
            (0.12, 0.52),
            (0.5, 0.14),
        ),
    ),
    Symbol.BIN: (
        ((0.14, 0.26), (0.86, 0.26)),
        ((0.38, 0.26), (0.38, 0.14), (0.62, 0.14), (0.62, 0.26)),
        ((0.22, 0.26), (0.27, 0.88), (0.73, 0.88), (0.78, 0.26)),
        ((0.42, 0.42), (0.43, 0.72)),
        ((0.58, 0.42), (0.57, 0.72)),
    ),
    Symbol.CLOCK: (_circle((0.5, 0.5), 0.38), ((0.5, 0.26), (0.5, 0.52), (0.66, 0.62))),
    Symbol.SHIELD: (
        (
            (0.5, 0.1),
            (0.84, 0.22),
            (0.82, 0.52),
            (0.7, 0.74),
            (0.5, 0.9),
            (0.3, 0.74),
            (0.18, 0.52),
            (0.16, 0.22),
            (0.5, 0.1),
        ),
        ((0.35, 0.5), (0.46, 0.61), (0.66, 0.38)),
    ),
    Symbol.AGAIN: (_arc((0.5, 0.52), 0.32, 30, 320), ((0.77, 0.1), (0.745, 0.314), (0.53, 0.29))),
}
