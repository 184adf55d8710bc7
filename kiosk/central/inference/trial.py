"""A photograph with a face, for trying out whether a worker works: drawn, so that it is nobody's."""

import io
from functools import cache

from PIL import Image as Pictures

from kiosk.vision.drawn import drawn_visitor

WIDTH, HEIGHT = 640, 360


@cache
def trial_face() -> bytes:
    """A JPEG of one face."""
    out = io.BytesIO()
    Pictures.fromarray(drawn_visitor(WIDTH, HEIGHT)).save(out, "JPEG", quality=90)
    return out.getvalue()
