"""Passes on paper: a QR code as PNG or SVG, and badges as PDF, of the size of a bank card (ISO/IEC 7810 ID-1)."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from kiosk.passes.drawing import qr_modules, qr_picture

WIDTH, HEIGHT = 85.6 * mm, 54.0 * mm
PHOTO, CODE = 19.0 * mm, 38.0 * mm
MARGIN = 4.0 * mm
BOLD, PLAIN = "Helvetica-Bold", "Helvetica"
NAME_PT, LINE_PT, LEAST_PT = 13.0, 8.0, 6.0
WINDOWS = "cp1252"


@dataclass(frozen=True, slots=True)
class Badge:
    """What a badge says; `code` is the pass's text, `photo` a small picture as WebP where one is kept."""

    name: str = field(repr=False)
    lines: tuple[str, ...] = field(repr=False)
    code: str = field(repr=False)
    photo: bytes | None = field(default=None, repr=False)


def png(text: str) -> bytes:
    """The QR code as PNG."""
    out = io.BytesIO()
    Pictures.fromarray(qr_picture(text)).convert("1").save(out, "PNG")
    return out.getvalue()


def svg(text: str) -> bytes:
    """The QR code as SVG: one path of dark squares on white, sharp at every size."""
    modules = qr_modules(text)
    side = modules.shape[0]
    path = "".join(f"M{x} {y}h{length}v1h-{length}z" for y, x, length in _runs(modules))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<rect width="{side}" height="{side}" fill="#fff"/><path d="{path}"/></svg>'
    ).encode()


def pdf(badges: Sequence[Badge]) -> bytes:
    """One badge a page, cut to the size of a card."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT), pageCompression=1)
    canvas.setTitle("Passes")
    for badge in badges:
        _draw(canvas, badge)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw(canvas: Canvas, badge: Badge) -> None:
    left, top = MARGIN, HEIGHT - MARGIN
    if badge.photo is not None:
        with Pictures.open(io.BytesIO(badge.photo), formats=["WEBP"]) as picture:
            canvas.drawImage(ImageReader(picture.convert("RGB")), left, top - PHOTO, PHOTO, PHOTO)
        top -= PHOTO + 2 * mm
    room = WIDTH - CODE - 2.5 * MARGIN
    top -= NAME_PT
    canvas.setFont(BOLD, _fitting(badge.name, BOLD, NAME_PT, room))
    canvas.drawString(left, top, _cut(badge.name, BOLD, room))
    for line in badge.lines:
        top -= LINE_PT * 1.35
        canvas.setFont(PLAIN, _fitting(line, PLAIN, LINE_PT, room))
        canvas.drawString(left, top, _cut(line, PLAIN, room))
    _draw_code(canvas, qr_modules(badge.code))


def _draw_code(canvas: Canvas, modules: NDArray[np.bool_]) -> None:
    """Dark rectangles, so that a printer sets them as sharp as it can."""
    side = modules.shape[0]
    unit = CODE / side
    left, bottom = WIDTH - CODE - MARGIN / 2, (HEIGHT - CODE) / 2
    path = canvas.beginPath()
    for y, x, length in _runs(modules):
        path.rect(left + x * unit, bottom + (side - 1 - y) * unit, length * unit, unit)
    canvas.drawPath(path, stroke=0, fill=1)


def _runs(modules: NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """(row, first column, length) of every run of dark modules."""
    edged = np.pad(modules.astype(np.int8), ((0, 0), (1, 1)))
    steps = np.diff(edged, axis=1)
    begins, ends = np.argwhere(steps == 1), np.argwhere(steps == -1)
    return [(int(y), int(x), int(end - x)) for (y, x), (_, end) in zip(begins, ends, strict=True)]


def _fitting(text: str, font: str, size: float, room: float) -> float:
    """The largest size, from `size` down to the least that can be read, at which the text fits."""
    wide = stringWidth(_known(text), font, size)
    return size if wide <= room else max(LEAST_PT, size * room / wide)


def _cut(text: str, font: str, room: float) -> str:
    """The text, or as much of it as fits at the least size."""
    text = _known(text)
    if stringWidth(text, font, LEAST_PT) <= room:
        return text
    while text and stringWidth(text + "…", font, LEAST_PT) > room:
        text = text[:-1]
    return text + "…"


def _known(text: str) -> str:
    """What the printer's own fonts can show; a letter of another script becomes a question mark."""
    return text.encode(WINDOWS, "replace").decode(WINDOWS)
