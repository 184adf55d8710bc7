"""Colours and type sizes. Every text reaches WCAG AA on its ground, which tests/screens/test_theme.py measures."""

from dataclasses import dataclass
from enum import Enum, StrEnum

from kiosk.screens.view import Tone

Colour = tuple[int, int, int]


class Size(Enum):
    """Type sizes on the 480 design, in pixels."""

    GIANT = 84
    DISPLAY = 56
    HEADLINE = 40
    TITLE = 32
    BODY = 25
    SMALL = 20


class Weight(StrEnum):
    """The cuts of the typeface."""

    REGULAR = "Regular"
    SEMIBOLD = "Semibold"
    BOLD = "Bold"


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours that go together. `ink` and `soft` are for text on `ground` and on `card`; `on_*` on what they name."""

    ground: Colour
    glow: Colour
    ink: Colour
    soft: Colour
    card: Colour
    edge: Colour
    accent: Colour
    on_accent: Colour
    danger: Colour = (176, 34, 28)
    on_danger: Colour = (255, 255, 255)


NIGHT = Palette(
    ground=(11, 28, 44),
    glow=(22, 62, 86),
    ink=(255, 255, 255),
    soft=(191, 210, 224),
    card=(24, 48, 68),
    edge=(66, 98, 122),
    accent=(110, 226, 200),
    on_accent=(8, 32, 40),
)
DAY = Palette(
    ground=(238, 242, 246),
    glow=(248, 250, 252),
    ink=(16, 34, 52),
    soft=(70, 90, 110),
    card=(255, 255, 255),
    edge=(200, 210, 220),
    accent=(10, 100, 96),
    on_accent=(255, 255, 255),
)
LAMP = Palette(
    ground=(255, 255, 255),
    glow=(255, 255, 255),
    ink=(16, 34, 52),
    soft=(70, 90, 110),
    card=(255, 255, 255),
    edge=(200, 210, 220),
    accent=(10, 100, 96),
    on_accent=(255, 255, 255),
)
GREEN = Palette(
    ground=(9, 92, 62),
    glow=(16, 118, 80),
    ink=(255, 255, 255),
    soft=(214, 242, 228),
    card=(7, 76, 51),
    edge=(120, 190, 158),
    accent=(255, 255, 255),
    on_accent=(9, 92, 62),
)
BLUE = Palette(
    ground=(24, 70, 128),
    glow=(34, 92, 160),
    ink=(255, 255, 255),
    soft=(214, 228, 246),
    card=(19, 57, 106),
    edge=(130, 168, 214),
    accent=(255, 255, 255),
    on_accent=(24, 70, 128),
)
AMBER = Palette(
    ground=(246, 190, 66),
    glow=(252, 206, 98),
    ink=(44, 28, 0),
    soft=(76, 50, 4),
    card=(255, 220, 138),
    edge=(150, 104, 16),
    accent=(44, 28, 0),
    on_accent=(252, 206, 98),
)
RED = Palette(
    ground=(150, 24, 28),
    glow=(178, 36, 38),
    ink=(255, 255, 255),
    soft=(255, 224, 220),
    card=(124, 16, 20),
    edge=(226, 140, 138),
    accent=(255, 255, 255),
    on_accent=(150, 24, 28),
)

RESULTS = {Tone.GOOD: GREEN, Tone.CALM: BLUE, Tone.ASK: AMBER, Tone.STOP: RED}
SIGNS = {Tone.GOOD: (16, 112, 72), Tone.CALM: (10, 100, 96), Tone.ASK: (148, 88, 0), Tone.STOP: (176, 34, 28)}
OUTLINES = {False: (110, 226, 200), True: (255, 200, 84)}
HALO = ((16, 45, 66), (24, 64, 88))
KEY = (214, 223, 232)


def contrast(one: Colour, other: Colour) -> float:
    """WCAG contrast ratio of two colours, 1..21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
