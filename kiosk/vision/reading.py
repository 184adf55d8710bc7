"""Pictures from files: everything that may be wrong with one is found out before memory is spent on it."""

import io
import struct
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures
from PIL import UnidentifiedImageError

from kiosk.domain.errors import BadImage, NotFound, TooManyPixels
from kiosk.domain.sight import Image

LARGEST_BYTES = 50_000_000
LARGEST_PIXELS = 50_000_000
SMALLEST_SIDE_PX = 16
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
ORIENTATION = 0x0112

# What a decoder raises on bytes that are not what they claim to be.
_DAMAGED = (
    OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, AttributeError,
    OverflowError, ZeroDivisionError, RuntimeError, struct.error, zlib.error,
)  # fmt: skip

# EXIF orientation -> how to turn the stored picture upright.
_UPRIGHT: dict[int, Callable[[Image], Image]] = {
    2: lambda picture: picture[:, ::-1],
    3: lambda picture: picture[::-1, ::-1],
    4: lambda picture: picture[::-1],
    5: lambda picture: picture.transpose(1, 0, 2),
    6: lambda picture: np.rot90(picture, -1),
    7: lambda picture: picture[::-1, ::-1].transpose(1, 0, 2),
    8: lambda picture: np.rot90(picture),
}


def load_image(path: Path) -> Image:
    """The picture in that file, (H, W, 3) RGB uint8, upright. Raises NotFound, BadImage.

    Goes by what is in the file, not by its suffix. Of an animation, the first picture; transparent parts become white.
    """
    return load_image_bytes(_bytes_of(path), str(path))


def load_image_bytes(content: bytes, name: str) -> Image:
    """The picture in these bytes, as `load_image`; `name` is for messages. Raises BadImage."""
    if not content:
        raise BadImage(f"{name} is empty; give a picture.")
    if len(content) > LARGEST_BYTES:
        raise BadImage(f"{name} is larger than {LARGEST_BYTES // 1_000_000} MB; give a smaller picture.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        picture = _opened(content, name)
        _check_size(picture, name)
        return _decoded(picture, name)


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture says of itself before it is decoded: format as Pillow names it, and size in pixels."""

    format: str
    width: int
    height: int


def header_of(content: bytes, name: str) -> Header:
    """The header of the picture in these bytes, which is all that is read. Raises BadImage."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        picture = _opened(content, name)
        return Header(picture.format or "", *picture.size)


def is_picture(path: Path) -> bool:
    """True for a file that begins like a picture, whether or not it can be used."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Pictures.open(path, formats=FORMATS):
                return True
        except UnidentifiedImageError:
            return False
        except Pictures.DecompressionBombError:
            return True
        except _DAMAGED:
            return False


def _bytes_of(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise BadImage(f"{path} is a folder; give a picture.")
        size = path.stat().st_size
        if not path.is_file():
            raise BadImage(f"{path} is not a file; give a picture.")
        if size > LARGEST_BYTES:
            raise BadImage(f"{path} is larger than {LARGEST_BYTES // 1_000_000} MB; give a smaller picture.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {path}; check the path.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "bad path"
        raise BadImage(f"{path} can't be read ({reason}); check the path and its permissions.") from error


def _opened(content: bytes, name: str) -> Pictures.Image:
    """The picture with only its header read."""
    try:
        return Pictures.open(io.BytesIO(content), formats=FORMATS)
    except Pictures.DecompressionBombError as error:
        raise _too_large(name) from error
    except UnidentifiedImageError as error:
        raise BadImage(f"{name} is not a picture; give a JPEG, PNG, WebP, BMP, GIF or TIFF file.") from error
    except _DAMAGED as error:
        raise _damaged(name) from error


def _check_size(picture: Pictures.Image, name: str) -> None:
    width, height = picture.size
    if width * height > LARGEST_PIXELS:
        raise _too_large(name, f"{width}x{height} pixels")
    if min(width, height) < SMALLEST_SIDE_PX:
        least = f"{SMALLEST_SIDE_PX}x{SMALLEST_SIDE_PX}"
        raise BadImage(f"{name} is too small ({width}x{height} pixels); give a picture of {least} pixels or more.")


def _decoded(picture: Pictures.Image, name: str) -> Image:
    try:
        upright = _UPRIGHT.get(_orientation(picture), _as_it_is)
        pixels: Image = np.ascontiguousarray(upright(_rgb(picture)))
    except Pictures.DecompressionBombError as error:
        raise _too_large(name) from error
    except _DAMAGED as error:
        raise _damaged(name) from error
    except MemoryError as error:
        raise _too_large(name) from error
    return pixels


def _rgb(picture: Pictures.Image) -> Image:
    """The pixels as RGB uint8, whatever the picture's mode is."""
    if picture.mode.startswith(("I", "F")):
        grey = _eight_bits(np.asarray(picture))
        return np.repeat(grey[..., None], 3, axis=2)
    if picture.has_transparency_data:
        clear = picture.convert("RGBA")
        white = Pictures.new("RGBA", clear.size, "white")
        picture = Pictures.alpha_composite(white, clear)
    return np.array(picture.convert("RGB"), dtype=np.uint8)


def _eight_bits(grey: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Grey values of 16 or 32 bits, or floats 0..1, as 0..255."""
    values = np.nan_to_num(np.asarray(grey, dtype=np.float32))
    if np.issubdtype(grey.dtype, np.floating):
        scale = 255.0 if values.max(initial=0.0) <= 1.0 else 1.0
    else:
        scale = 255.0 / 65535.0
    rounded: NDArray[np.uint8] = np.clip(np.rint(values * scale), 0, 255).astype(np.uint8)
    return rounded


def _orientation(picture: Pictures.Image) -> int:
    """1..8 as EXIF has it; 1 where the entry is missing or damaged, which is no reason to refuse a picture."""
    try:
        value = picture.getexif().get(ORIENTATION, 1)
    except _DAMAGED:
        return 1
    return value if isinstance(value, int) else 1


def _as_it_is(picture: Image) -> Image:
    return picture


def _too_large(name: str, size: str = "too many pixels") -> TooManyPixels:
    most = LARGEST_PIXELS // 1_000_000
    return TooManyPixels(f"{name} is too large ({size}); at most {most} million pixels are read.")


def _damaged(name: str) -> BadImage:
    return BadImage(f"{name} is damaged or incomplete; give the picture again from its source.")
