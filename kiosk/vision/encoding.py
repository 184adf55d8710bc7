"""From RGB pixels to what a model's input stores: one look-up for normalising and quantising together."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.domain.errors import ModelError
from kiosk.domain.sight import Image
from kiosk.vision.manifest import PictureInput
from kiosk.vision.tflite import Array, Tensor


class Encoder:
    """Turns (height, width, 3) RGB uint8 into the stored input of one model."""

    def __init__(self, name: str, picture: PictureInput, tensor: Tensor) -> None:
        expected = (picture.height, picture.width, 3)
        if tensor.shape[1:] != expected:
            raise ModelError(f"{name} takes pictures of {tensor.shape[1:]} where the manifest promises {expected}")
        self.size = (picture.width, picture.height)
        self._table = _table(picture, tensor)

    def encode(self, image: Image) -> Array:
        """The input for `image`, which has the model's own size, or for several that are stacked in one."""
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
