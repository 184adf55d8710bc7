"""From RGB pixels to what a model's input stores: one look-up for normalising and quantising together."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.domain.errors import ModelError
from kiosk.domain.sight import Image
from kiosk.vision.manifest import PictureInput
from kiosk.vision.tflite import Array, Tensor

# int8 inputs are often just pixel - 128: the highest bit flipped, five times faster than looking up.
_SHIFT = np.arange(-128, 128)[None, :, None]


class Encoder:
    """Turns (height, width, 3) RGB uint8 into the stored input of one model."""

    def __init__(self, name: str, picture: PictureInput, tensor: Tensor) -> None:
        expected = (picture.height, picture.width, 3)
        if tensor.shape[1:] != expected:
            raise ModelError(f"{name} takes pictures of {tensor.shape[1:]} where the manifest promises {expected}")
        self.size = (picture.width, picture.height)
        self._table = _table(picture, tensor)
        self._is_shift = tensor.dtype == np.int8 and bool((self._table == _SHIFT).all())

    def encode(self, image: Image) -> Array:
        """The input for `image`, which has the model's own size, or for several that are stacked in one."""
        if self._is_shift:
            return np.bitwise_xor(image, np.uint8(128)).view(np.int8)
        encoded: Array = cv2.LUT(image, self._table)
        return encoded


def _table(picture: PictureInput, tensor: Tensor) -> NDArray[Any]:
    """(1, 256, 3): the stored value of each pixel value, for each channel."""
    pixels = np.arange(256, dtype=np.float64)[:, None]
    real = pixels * np.array(picture.scale) + np.array(picture.offset)
    if tensor.dtype.kind == "f":
        stored = real
    else:
        limits = np.iinfo(tensor.dtype)
        stored = np.clip(np.round(real / tensor.scale) + tensor.zero_point, limits.min, limits.max)
    table: NDArray[Any] = stored.astype(tensor.dtype)[None]
    return table
