"""The small picture that a kiosk kept of somebody, made into what central keeps."""

import io

from PIL import Image as Pictures

LARGEST_PX = 512
QUALITY = 92


def as_kept(content: bytes) -> bytes | None:
    """As WebP, made anew from its pixels; None for what is no small JPEG or WebP picture."""
    try:
        with Pictures.open(io.BytesIO(content), formats=["JPEG", "WEBP"]) as picture:
            if max(picture.size) > LARGEST_PX:
                return None
            out = io.BytesIO()
            picture.convert("RGB").save(out, "WEBP", quality=QUALITY)
            return out.getvalue()
    except (OSError, ValueError, SyntaxError, Pictures.DecompressionBombError):
        return None
