"""The pieces that pages are made of: frozen descriptions of what is where; paint.py puts them on the screen."""

from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.domain.sight import Box, Chip
from kiosk.screens.layout import Rect
from kiosk.screens.theme import Colour, Palette, Weight
from kiosk.screens.view import Symbol, Touchable


class Align(StrEnum):
    """Where a text stands between left and right."""

    LEFT = "left"
    CENTRE = "centre"


class Stand(StrEnum):
    """Where a text stands between top and bottom."""

    TOP = "top"
    MIDDLE = "middle"
    BOTTOM = "bottom"


@dataclass(frozen=True, slots=True)
class Ground:
    """The whole sheet in one palette, a little lighter in the middle."""

    palette: Palette


@dataclass(frozen=True, slots=True)
class Panel:
    """A rounded card."""

    rect: Rect
    fill: Colour
    radius: int
    edge: Colour | None = None
    width: int = 0


@dataclass(frozen=True, slots=True)
class Style:
    """How a text is set: largest size, cut, colour, at most so many lines; `may_cut` for names of any length."""

    size: int
    colour: Colour
    weight: Weight = Weight.REGULAR
    align: Align = Align.LEFT
    stand: Stand = Stand.TOP
    lines: int = 1
    may_cut: bool = False
    shrink: float = 0.62


@dataclass(frozen=True, slots=True)
class Words:
    """A text that is wrapped, and set smaller where it must, to stay inside its rectangle."""

    rect: Rect
    text: str = field(repr=False)
    style: Style


@dataclass(frozen=True, slots=True)
class Mark:
    """A drawn symbol."""

    rect: Rect
    symbol: Symbol
    colour: Colour


@dataclass(frozen=True, slots=True)
class Hit:
    """An area that can be touched; it is lit while a finger is on it."""

    rect: Rect
    touchable: Touchable
    radius: int


@dataclass(frozen=True, slots=True)
class Preview:
    """The camera's picture, mirrored, with the face's box (of the unmirrored frame) in `colour`."""

    rect: Rect
    outline: Box | None
    colour: Colour


@dataclass(frozen=True, slots=True)
class Portrait:
    """An aligned face."""

    rect: Rect
    chip: Chip
    radius: int


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code, black on white with its quiet zone."""

    rect: Rect
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bar:
    """How much is done or left, 0..1."""

    rect: Rect
    share: float
    fill: Colour
    track: Colour


@dataclass(frozen=True, slots=True)
class Spinner:
    """Something is going on; `turn` is the phase 0..1."""

    rect: Rect
    turn: float
    colour: Colour
    track: Colour


@dataclass(frozen=True, slots=True)
class Dots:
    """So many digits were typed."""

    rect: Rect
    count: int
    colour: Colour


Piece = Ground | Panel | Words | Mark | Hit | Preview | Portrait | Code | Bar | Spinner | Dots
