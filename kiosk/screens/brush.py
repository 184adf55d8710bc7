"""Surfaces that are made once and kept a while: texts, symbols, rounded corners, grounds."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

import cv2
import numpy as np
import pygame
from numpy.typing import NDArray

from kiosk.screens import icons
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Rect
from kiosk.screens.theme import Colour, Palette, Weight
from kiosk.screens.view import Symbol

KEPT = 600
_GLOW_ACROSS = 96


@dataclass(slots=True)
class Brush:
    """Makes surfaces and keeps the newest `KEPT`. Belongs to the thread that draws."""

    fonts: Fonts = field(default_factory=Fonts)
    _kept: OrderedDict[Hashable, pygame.Surface] = field(default_factory=OrderedDict)

    def forget(self) -> None:
        """Keep nothing: no name outlives the visit it was shown in."""
        self._kept.clear()

    def text(self, text: str, weight: Weight, size: int, colour: Colour) -> pygame.Surface:
        """One line of text on a clear ground."""
        return self._once(
            ("text", text, weight, size, colour),
            lambda: self.fonts.font(weight, size).render(text, True, colour),
        )

    def symbol(self, symbol: Symbol, side: int, colour: Colour) -> pygame.Surface:
        """A symbol on a clear ground."""
        return self._once(("symbol", symbol, side, colour), lambda: _tinted(icons.mask(symbol, side), colour))

    def disc(self, radius: int, colour: Colour) -> pygame.Surface:
        """A smooth disc, (2 radius, 2 radius), of which rounded corners are cut."""
        return self._once(("disc", radius, colour), lambda: _tinted(_disc(radius), colour))

    def ground(self, width: int, height: int, palette: Palette) -> pygame.Surface:
        """A sheet in the palette's ground with its glow in the middle."""
        return self._once(("ground", width, height, palette), lambda: _ground(width, height, palette))

    def rounded(self, target: pygame.Surface, rect: Rect, radius: int, colour: Colour) -> None:
        """Fill a rectangle with smooth round corners."""
        r = min(radius, rect.w // 2, rect.h // 2)
        if r < 1:
            target.fill(colour, (rect.x, rect.y, rect.w, rect.h))
            return
        disc = self.disc(r, colour)
        target.fill(colour, (rect.x + r, rect.y, rect.w - 2 * r, rect.h))
        target.fill(colour, (rect.x, rect.y + r, r, rect.h - 2 * r))
        target.fill(colour, (rect.right - r, rect.y + r, r, rect.h - 2 * r))
        for x, left in ((rect.x, 0), (rect.right - r, r)):
            for y, top in ((rect.y, 0), (rect.bottom - r, r)):
                target.blit(disc, (x, y), (left, top, r, r))

    def _once(self, key: Hashable, make: Callable[[], pygame.Surface]) -> pygame.Surface:
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = make()
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return kept


def _tinted(coverage: NDArray[np.uint8], colour: Colour) -> pygame.Surface:
    """A surface of one colour with that coverage (h, w) as its alpha."""
    height, width = coverage.shape
    pixels = np.empty((height, width, 4), dtype=np.uint8)
    pixels[..., :3] = colour
    pixels[..., 3] = coverage
    return pygame.image.frombytes(pixels.tobytes(), (width, height), "RGBA").convert_alpha()


def _disc(radius: int) -> NDArray[np.uint8]:
    """Coverage (2r, 2r) of a disc, smooth at its rim."""
    steps = np.arange(2 * radius, dtype=np.float32) + 0.5 - radius
    away = np.hypot(steps[:, None], steps[None, :])
    coverage: NDArray[np.uint8] = (np.clip(radius + 0.5 - away, 0.0, 1.0) * 255).astype(np.uint8)
    return coverage


def _ground(width: int, height: int, palette: Palette) -> pygame.Surface:
    across, down = _GLOW_ACROSS, max(2, round(_GLOW_ACROSS * height / width))
    x = np.linspace(-1, 1, across, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, down, dtype=np.float32)[:, None]
    near = np.clip(1.0 - np.hypot(x, y + 0.25) / 1.25, 0.0, 1.0)[..., None] ** 1.5
    low, high = (np.array(colour, dtype=np.float32) for colour in (palette.ground, palette.glow))
    pixels = cv2.resize(low + (high - low) * near, (width, height), interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(1).random((height, width, 1), dtype=np.float32)
    smooth = np.clip(np.floor(pixels + grain), 0, 255).astype(np.uint8)
    return pygame.image.frombytes(smooth.tobytes(), (width, height), "RGB").convert()
