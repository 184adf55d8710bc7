"""The one window: shows views, and turns touches into the buttons of the view last shown."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pygame

from kiosk.domain.errors import BadInput, MissingHardware
from kiosk.domain.sight import Frame, Image
from kiosk.screens import Options, pages
from kiosk.screens.events import Button, Pressed
from kiosk.screens.layout import Sheet
from kiosk.screens.paint import Painter
from kiosk.screens.touches import Touchscreen, contact_of
from kiosk.screens.view import Page, View
from kiosk.screens.widgets import Hit, Piece, Preview

HEADLESS_DRIVER = "dummy"
TITLE = "Face kiosk"
DEMO_FINGER = 7


@dataclass(slots=True)
class Window:
    """Owns pygame's display between `open` and `close`; belongs to one thread. Closed by `with`."""

    surface: pygame.Surface
    windowed: bool = True
    painter: Painter = field(default_factory=Painter)
    closed: bool = False
    _touchscreen: Touchscreen = field(default_factory=Touchscreen)
    _pieces: tuple[Piece, ...] = ()
    _lit: tuple[Hit, ...] = ()
    _page: Page | None = None
    _frame: Frame | None = None

    @classmethod
    def open(cls, options: Options, *, headless: bool = False) -> "Window":
        """Open the display; headless draws just the same, in memory. Raises MissingHardware without a display."""
        if headless:
            os.environ["SDL_VIDEODRIVER"] = HEADLESS_DRIVER
        try:
            pygame.display.init()
            pygame.font.init()
            full = options.fullscreen and not headless
            size = (0, 0) if full else (options.width, options.height)
            surface = pygame.display.set_mode(size, pygame.FULLSCREEN if full else 0)
        except pygame.error as error:
            pygame.display.quit()
            raise MissingHardware(f"there is no display to draw on ({error}); connect one or run headless") from error
        pygame.display.set_caption(TITLE)
        pygame.mouse.set_visible(options.show_pointer)
        return cls(surface, windowed=not full)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the display back."""
        self.closed = True
        pygame.display.quit()

    @property
    def sheet(self) -> Sheet:
        """The size that pages are laid out in."""
        return Sheet(*self.surface.get_size())

    def touches(self) -> list[Pressed]:
        """The buttons touched since the last call. Closing the window sets `closed`, and so does Escape in a window.

        On a full screen Escape does nothing: a visitor with a keyboard can't end the kiosk.
        """
        pressed: list[Pressed] = []
        for event in pygame.event.get():
            if event.type == pygame.QUIT or (self.windowed and _is_escape(event)):
                self.closed = True
            contact = contact_of(event, self.surface.get_size())
            done = None if contact is None else self._touchscreen.press(contact)
            if done is not None:
                pressed.append(done)
        return pressed

    def show(self, view: View, frame: Frame | None = None) -> None:
        """Draw the view. Nothing is drawn again as long as nothing on it changes."""
        pieces = pages.compose(view, self.sheet, self.painter.brush.fonts)
        self._touchscreen.laid(view.page, tuple(p for p in pieces if isinstance(p, Hit) and p.touchable.enabled))
        lit = self._touchscreen.lit()
        has_picture = any(isinstance(piece, Preview) for piece in pieces)
        if pieces == self._pieces and lit == self._lit and (frame is self._frame or not has_picture):
            return
        if view.page is Page.ATTRACT and self._page is not Page.ATTRACT:
            self.painter.brush.forget()
        self._pieces, self._lit, self._page, self._frame = pieces, lit, view.page, frame
        self.painter.paint(self.surface, pieces, frame)
        for hit in lit:
            self.painter.light(self.surface, hit)
        pygame.display.flip()

    def where(self, button: Button, text: str = "") -> tuple[int, int] | None:
        """The middle of a button of the view last shown; None where it is not there to be touched."""
        hit = self._touchscreen.find(Pressed(button, text))
        return None if hit is None else hit.rect.centre

    def touch(self, x: float, y: float) -> None:
        """Put a finger there and take it away again, as a touchscreen would report it."""
        width, height = self.surface.get_size()
        finger = {"touch_id": 0, "finger_id": DEMO_FINGER, "x": x / width, "y": y / height, "dx": 0.0, "dy": 0.0}
        pygame.event.post(pygame.event.Event(pygame.FINGERDOWN, {**finger, "pressure": 1.0}))
        pygame.event.post(pygame.event.Event(pygame.FINGERUP, {**finger, "pressure": 0.0}))

    def pixels(self) -> Image:
        """What is on the screen, (H, W, 3) RGB."""
        picture: Image = np.ascontiguousarray(pygame.surfarray.array3d(self.surface).swapaxes(0, 1))
        return picture

    def screenshot(self, path: Path) -> None:
        """Write what is on the screen to a PNG or JPEG file. Raises BadInput where that can't be written."""
        try:
            pygame.image.save(self.surface, str(path))
        except (OSError, pygame.error) as error:
            raise BadInput(f"{path} can't be written ({error}); choose another place for screenshots") from error


def _is_escape(event: pygame.event.Event) -> bool:
    return bool(event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE)
