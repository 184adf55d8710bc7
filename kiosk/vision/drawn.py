"""A drawn visitor: nobody's face, which the detector and the mesh take for one."""

import numpy as np

from kiosk.domain.sight import Floats, Image, frozen

HAIR = (74, 54, 42)


def drawn_visitor(width: int, height: int) -> Image:
    """A drawn figure in a drawn room, (height, width, 3) RGB uint8, read-only."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    u, v = x / width, y / height
    room = np.stack([150 + 60 * (1 - v), 160 + 50 * (1 - v), 168 + 46 * (1 - v)], axis=-1)
    room[(u > 0.7) & (u < 0.92) & (v < 0.6)] = (214, 232, 242)
    room[(u > 0.06) & (u < 0.24) & (v > 0.3)] = (122, 142, 132)
    _shade(room, ((u - 0.5) / 0.24) ** 2 + ((v - 1.05) / 0.46) ** 2, (52, 84, 112))
    _shade(room, ((u - 0.5) / 0.045) ** 2 + ((v - 0.62) / 0.12) ** 2, (186, 146, 120))
    _shade(room, ((u - 0.5) / 0.1) ** 2 + ((v - 0.37) / 0.235) ** 2, HAIR)
    _shade(room, ((u - 0.5) / 0.088) ** 2 + ((v - 0.42) / 0.2) ** 2, (206, 164, 136))
    _shade(room, ((u - 0.5) / 0.07) ** 2 + ((v - 0.235) / 0.05) ** 2, HAIR)
    for side in (-1, 1):
        _shade(room, ((u - 0.5 - side * 0.034) / 0.018) ** 2 + ((v - 0.352) / 0.009) ** 2, HAIR)
        _shade(room, ((u - 0.5 - side * 0.034) / 0.009) ** 2 + ((v - 0.395) / 0.016) ** 2, (40, 36, 34))
    _shade(room, ((u - 0.5) / 0.012) ** 2 + ((v - 0.465) / 0.012) ** 2, (186, 140, 114))
    smile = ((u - 0.5) / 0.032) ** 2 + ((v - 0.515) / 0.032) ** 2
    _shade(room, np.where(v > 0.522, smile, 2.0), (150, 74, 70))
    picture: Image = np.clip(room, 0, 255).astype(np.uint8)
    return frozen(picture)


def _shade(room: Floats, inside: Floats, colour: tuple[int, int, int]) -> None:
    room[inside < 1] = colour
