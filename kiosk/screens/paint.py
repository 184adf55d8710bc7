"""Puts the pieces of a page on a surface, in order; what never changes comes from the brush's shelf."""

from dataclasses import dataclass, field
from typing import assert_never

import numpy as np
import pygame

from kiosk.domain.sight import Frame
from kiosk.passes.drawing import qr_modules
from kiosk.screens.brush import Brush
from kiosk.screens.camera_view import picture_of
from kiosk.screens.widgets import (
    Bar,
    Code,
    Dots,
    Ground,
    Hit,
    Mark,
    Panel,
    Piece,
    Portrait,
    Preview,
    Spinner,
    Words,
)

SPINNER_DOTS = 8
NO_PICTURE = (18, 34, 48)
LIT = (128, 160, 180, 90)


@dataclass(slots=True)
class Painter:
    """Draws pieces. Belongs to the thread that owns the display."""

    brush: Brush = field(default_factory=Brush)

    def paint(self, target: pygame.Surface, pieces: tuple[Piece, ...], frame: Frame | None) -> None:
        """Draw all pieces, later ones over earlier ones."""
        for piece in pieces:
            self._draw(target, piece, frame)

    def light(self, target: pygame.Surface, hit: Hit) -> None:
        """Show that this is being touched."""
        glow = pygame.Surface((hit.rect.w, hit.rect.h), pygame.SRCALPHA)
        pygame.draw.rect(glow, LIT, glow.get_rect(), border_radius=hit.radius)
        target.blit(glow, (hit.rect.x, hit.rect.y))

    def _draw(self, target: pygame.Surface, piece: Piece, frame: Frame | None) -> None:
        match piece:
            case Hit():
                return
            case Preview():
                self._preview(target, piece, frame)
            case Bar() | Spinner() | Dots():
                self._gauge(target, piece)
            case Code() | Portrait():
                target.blit(*_picture(piece))
            case Ground() | Panel() | Words() | Mark():
                self._still(target, piece)
            case _:
                assert_never(piece)

    def _still(self, target: pygame.Surface, piece: Ground | Panel | Words | Mark) -> None:
        brush = self.brush
        match piece:
            case Ground(palette):
                target.blit(brush.ground(*target.get_size(), palette), (0, 0))
            case Panel(rect, fill, radius, edge, width):
                if edge is not None and width:
                    brush.rounded(target, rect, radius, edge)
                    rect, radius = rect.inset(width), radius - width
                brush.rounded(target, rect, radius, fill)
            case Words(rect, text, style):
                setting = brush.fonts.set_in(rect, text, style)
                for line in setting.lines:
                    drawn = brush.text(line.text, style.weight, setting.size, style.colour)
                    target.blit(drawn, (line.rect.x, line.rect.y + (line.rect.h - drawn.get_height()) // 2))
            case Mark(rect, symbol, colour):
                square = rect.square()
                target.blit(brush.symbol(symbol, square.w, colour), (square.x, square.y))
            case _:
                assert_never(piece)

    def _gauge(self, target: pygame.Surface, piece: Bar | Spinner | Dots) -> None:
        brush = self.brush
        match piece:
            case Bar(rect, share, fill, track):
                brush.rounded(target, rect, rect.h // 2, track)
                done, _ = rect.left(round(rect.w * min(1.0, max(0.0, share))))
                if done.w >= rect.h:
                    brush.rounded(target, done, rect.h // 2, fill)
            case Spinner():
                self._spin(target, piece)
            case Dots(rect, count, colour):
                radius = max(3, rect.h // 2)
                step = min(radius * 3, (rect.w - 2 * radius) // max(1, count - 1)) if count > 1 else 0
                left = rect.x + (rect.w - step * max(0, count - 1) - 2 * radius) // 2
                for number in range(count):
                    target.blit(brush.disc(radius, colour), (left + number * step, rect.y))
            case _:
                assert_never(piece)

    def _spin(self, target: pygame.Surface, spinner: Spinner) -> None:
        square = spinner.rect.square()
        radius = max(2, square.w // 14)
        away = square.w / 2 - radius
        lit = int(spinner.turn * SPINNER_DOTS) % SPINNER_DOTS
        for number in range(SPINNER_DOTS):
            angle = 2 * np.pi * number / SPINNER_DOTS
            x, y = square.centre[0] + away * np.sin(angle), square.centre[1] - away * np.cos(angle)
            behind = (lit - number) % SPINNER_DOTS
            share = max(0.0, 1 - behind / (SPINNER_DOTS - 2))
            colour = tuple(round(a + (b - a) * share) for a, b in zip(spinner.track, spinner.colour, strict=True))
            disc = self.brush.disc(radius, (colour[0], colour[1], colour[2]))
            target.blit(disc, (round(x) - radius, round(y) - radius))

    def _preview(self, target: pygame.Surface, preview: Preview, frame: Frame | None) -> None:
        rect = preview.rect
        if frame is None:
            target.fill(NO_PICTURE, (rect.x, rect.y, rect.w, rect.h))
            return
        target.blit(picture_of(frame, preview), (rect.x, rect.y))


def _picture(piece: Code | Portrait) -> tuple[pygame.Surface, tuple[int, int]]:
    """What stays on the screen for a while without moving: not worth a shelf, and too private for one."""
    square = piece.rect.square()
    if isinstance(piece, Portrait):
        pixels = np.ascontiguousarray(piece.chip.pixels)
        chip = pygame.image.frombytes(pixels.tobytes(), pixels.shape[1::-1], "RGB")
        return _round_off(pygame.transform.smoothscale(chip, (square.w, square.h)), piece.radius), (square.x, square.y)
    modules = qr_modules(piece.text)
    scale = max(1, square.w // modules.shape[0])
    grey = np.where(modules, 0, 255).astype(np.uint8).repeat(scale, axis=0).repeat(scale, axis=1)
    rgb = np.repeat(grey[..., None], 3, axis=2)
    side = rgb.shape[0]
    place = square.middle(side, side)
    return pygame.image.frombytes(rgb.tobytes(), (side, side), "RGB"), (place.x, place.y)


def _round_off(picture: pygame.Surface, radius: int) -> pygame.Surface:
    """The picture with round corners."""
    shape = pygame.Surface(picture.get_size(), pygame.SRCALPHA)
    pygame.draw.rect(shape, (255, 255, 255, 255), shape.get_rect(), border_radius=radius)
    rounded = picture.convert_alpha()
    rounded.blit(shape, (0, 0), special_flags=pygame.BLEND_RGBA_MIN)
    return rounded
