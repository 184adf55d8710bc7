"""From fingers and mouse to buttons: a press counts when it is let go on the button, and page, that it went down on."""

from dataclasses import dataclass, field

import pygame

from kiosk.screens.events import Pressed
from kiosk.screens.view import Page
from kiosk.screens.widgets import Hit

MOUSE = -1


@dataclass(frozen=True, slots=True)
class Contact:
    """Something touches the screen: who (a finger's id, or MOUSE), where in pixels, going down or up."""

    who: int
    x: float
    y: float
    down: bool


def contact_of(event: pygame.event.Event, size: tuple[int, int]) -> Contact | None:
    """The contact in a pygame event, None for all others.

    SDL makes mouse events out of touches besides reporting the touches; those are left out, so that
    one touch is one press.
    """
    if event.type in (pygame.FINGERDOWN, pygame.FINGERUP):
        down = event.type == pygame.FINGERDOWN
        return Contact(event.finger_id, event.x * size[0], event.y * size[1], down)
    if event.type in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP):
        if event.button != 1 or getattr(event, "touch", False):
            return None
        return Contact(MOUSE, event.pos[0], event.pos[1], event.type == pygame.MOUSEBUTTONDOWN)
    return None


@dataclass(slots=True)
class Touchscreen:
    """Remembers what each finger went down on. `laid` is told what is on the screen now."""

    _page: Page | None = None
    _hits: tuple[Hit, ...] = ()
    _held: dict[int, tuple[Page | None, Pressed]] = field(default_factory=dict)

    def laid(self, page: Page, hits: tuple[Hit, ...]) -> None:
        """From now on these areas count; whatever is held on another page counts no more."""
        self._page, self._hits = page, hits

    def press(self, contact: Contact) -> Pressed | None:
        """The button that this contact completes a press of, or None."""
        hit = self._hit_at(contact.x, contact.y)
        pressed = None if hit is None else Pressed(hit.touchable.button, hit.touchable.text)
        if contact.down:
            self._held.pop(contact.who, None)
            if pressed is not None:
                self._held[contact.who] = (self._page, pressed)
            return None
        began = self._held.pop(contact.who, None)
        return pressed if pressed is not None and began == (self._page, pressed) else None

    def lit(self) -> tuple[Hit, ...]:
        """The areas that a finger is on."""
        held = [pressed for page, pressed in self._held.values() if page is self._page]
        return tuple(hit for hit in self._hits if Pressed(hit.touchable.button, hit.touchable.text) in held)

    def find(self, pressed: Pressed) -> Hit | None:
        """Where that button is, None when it is not on the screen or can't be touched."""
        found = (hit for hit in self._hits if Pressed(hit.touchable.button, hit.touchable.text) == pressed)
        return next(found, None)

    def _hit_at(self, x: float, y: float) -> Hit | None:
        return next((hit for hit in reversed(self._hits) if hit.rect.holds(x, y)), None)
