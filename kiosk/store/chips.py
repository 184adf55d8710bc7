"""A face chip as the few kilobytes that are sealed: JPEG, good enough for a person to tell two faces apart."""

import io

import numpy as np
from PIL import Image as Pillow

from kiosk.domain.errors import StoreDamaged
from kiosk.domain.sight import Chip, frozen

QUALITY = 88
LARGEST_PX = 512


def packed(chip: Chip) -> bytes:
    """The chip as JPEG."""
    out = io.BytesIO()
    Pillow.fromarray(chip.pixels).save(out, "JPEG", quality=QUALITY, subsampling=0)
    return out.getvalue()


def unpacked(content: bytes) -> Chip:
    """The chip that `packed` gave. Raises StoreDamaged for anything else."""
    try:
        with Pillow.open(io.BytesIO(content), formats=["JPEG"]) as picture:
            if max(picture.size) > LARGEST_PX:
                raise StoreDamaged("a picture in the store can't be read; restore the store from a copy")
            return Chip(frozen(np.array(picture.convert("RGB"), dtype=np.uint8)))
    except (OSError, ValueError) as error:
        raise StoreDamaged("a picture in the store can't be read; restore the store from a copy") from error
