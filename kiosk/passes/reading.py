"""QR codes in camera frames: one function, two readers behind it, chosen in the settings."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import cv2
import numpy as np
import zxingcpp

from kiosk.domain.errors import BadSettings
from kiosk.domain.options import option
from kiosk.domain.sight import Image

SMALLEST_PX = 21


class Reader(StrEnum):
    """The library that finds and reads the codes."""

    ZXING = "zxing"
    ZBAR = "zbar"


@dataclass(frozen=True, slots=True)
class Options:
    """Which reader to use."""

    reader: Reader = option(
        Reader.ZXING,
        "Reader of QR codes: zxing (faster, better with tilt and noise) or zbar (needs the system library libzbar0).",
    )


def read_codes(image: Image, options: Options) -> tuple[str, ...]:
    """The texts of the QR codes in an RGB picture (H, W, 3) or a grey one (H, W); each text once.

    Codes that are no text are left out. Raises BadSettings when zbar is chosen and its system library is missing.
    """
    if min(image.shape[:2]) < SMALLEST_PX:
        return ()
    read = _READERS[options.reader]
    return tuple(dict.fromkeys(text for text in read(_grey(image)) if text))


def _grey(image: Image) -> Image:
    if image.ndim == 2:
        return np.ascontiguousarray(image)
    grey: Image = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)  # type: ignore[assignment]
    return grey


def _read_with_zxing(grey: Image) -> list[str]:
    codes = zxingcpp.read_barcodes(grey, formats=zxingcpp.barcode_formats_from_str("QRCode"))
    return [code.text for code in codes if code.valid]


def _read_with_zbar(grey: Image) -> list[str]:
    zbar = _zbar()
    codes = zbar.decode(grey, symbols=[zbar.ZBarSymbol.QRCODE])
    return [text for code in codes if (text := _decoded(code.data)) is not None]


def _zbar() -> Any:  # noqa: ANN401 - a module
    """Imported on first use: pyzbar can't be imported where libzbar0 is missing, and hardly anybody needs it."""
    try:
        return importlib.import_module("pyzbar.pyzbar")
    except ImportError as error:
        message = 'the QR reader "zbar" needs the system library libzbar0; install it or set codes.reader = "zxing"'
        raise BadSettings(message) from error


def _decoded(text: bytes) -> str | None:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return None


_READERS: dict[Reader, Callable[[Image], list[str]]] = {
    Reader.ZXING: _read_with_zxing,
    Reader.ZBAR: _read_with_zbar,
}
