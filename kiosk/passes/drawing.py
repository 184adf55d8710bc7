"""A pass as a QR code: as modules for a screen, or as a PNG for a printer."""

from pathlib import Path

import cv2
import numpy as np
import qrcode
from numpy.typing import NDArray
from qrcode.constants import ERROR_CORRECT_M
from qrcode.exceptions import DataOverflowError

from kiosk.domain.errors import BadInput
from kiosk.domain.sight import Image, frozen

QUIET_MODULES = 4
PNG_SMALLEST_PX = 720


def qr_modules(text: str) -> NDArray[np.bool_]:
    """The modules (n, n) of the QR code with its quiet zone, True is dark; error correction M (15 %).

    Raises BadInput for a text that no QR code can hold.
    """
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_MODULES)
    try:
        code.add_data(text)
        code.make()
    except (DataOverflowError, ValueError) as error:
        raise BadInput("that text is too long for a QR code; shorten it") from error
    return frozen(np.array(code.get_matrix(), dtype=np.bool_))


def qr_picture(text: str, smallest_px: int = PNG_SMALLEST_PX) -> Image:
    """The QR code as (m, m, 3) RGB, black on white, in whole pixels a module, m >= `smallest_px`."""
    modules = qr_modules(text)
    scale = -(-smallest_px // modules.shape[0])
    grey = np.where(modules, np.uint8(0), np.uint8(255)).astype(np.uint8)
    return frozen(np.repeat(grey.repeat(scale, axis=0).repeat(scale, axis=1)[..., None], 3, axis=2))


def draw_png(text: str, path: Path) -> None:
    """Write the QR code to `path` as a PNG. Raises BadInput where that can't be written."""
    _, png = cv2.imencode(".png", qr_picture(text)[..., 0])
    try:
        path.write_bytes(png.tobytes())
    except OSError as error:
        raise BadInput(f"{path} can't be written ({error.strerror}); choose another place for the pass") from error
