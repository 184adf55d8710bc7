"""Contrast as WCAG AA asks for it, measured on the pages as they are composed: every text and symbol on its ground."""

from collections.abc import Iterator

import pytest

from kiosk.screens import Options, pages, samples
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.states import State
from kiosk.screens.theme import Colour, contrast
from kiosk.screens.views import view_of
from kiosk.screens.widgets import Ground, Hit, Mark, Panel, Piece, Preview, Words
from kiosk.screens.window import Window

TEXT = 4.5
GRAPHICS = 3.0
SIZES = ((800, 480), (720, 1280))


@pytest.fixture(params=SIZES, ids=str)
def composed(request: pytest.FixtureRequest) -> Iterator[dict[str, tuple[Piece, ...]]]:
    width, height = request.param
    with Window.open(Options(width=width, height=height), headless=True) as window:
        fonts, sheet = window.painter.brush.fonts, Sheet(width, height)
        yield {
            name: pages.compose(view_of(State(screen), samples.NOW), sheet, fonts)
            for name, screen in samples.screens().items()
        }


def grounds(pieces: tuple[Piece, ...], place: Rect) -> tuple[Colour, ...]:
    """What lies under that place; none where it is the camera's picture."""
    for piece in reversed(pieces):
        match piece:
            case Panel(rect, fill) if rect.contains(place):
                return (fill,)
            case Preview(rect) if rect.meets(place):
                return ()
            case Ground(palette):
                return (palette.ground, palette.glow)
    raise AssertionError("a page begins with its ground")


def is_off(pieces: tuple[Piece, ...], place: Rect) -> bool:
    """Whether it belongs to a button that can't be touched, of which WCAG asks nothing."""
    hits = [piece for piece in pieces if isinstance(piece, Hit)]
    return any(not hit.touchable.enabled and hit.rect.contains(place) for hit in hits)


def test_every_text_stands_out_from_what_it_stands_on(composed: dict[str, tuple[Piece, ...]]) -> None:
    for name, pieces in composed.items():
        for number, piece in enumerate(pieces):
            if not isinstance(piece, Words) or not piece.text or is_off(pieces, piece.rect):
                continue
            under = grounds(pieces[:number], piece.rect)
            assert under, (name, piece.text, "no text stands on the camera's picture")
            assert all(contrast(piece.style.colour, ground) >= TEXT for ground in under), (name, piece.text)


def test_every_symbol_stands_out_from_what_it_stands_on(composed: dict[str, tuple[Piece, ...]]) -> None:
    for name, pieces in composed.items():
        for number, piece in enumerate(pieces):
            if isinstance(piece, Mark) and not is_off(pieces, piece.rect):
                for ground in grounds(pieces[:number], piece.rect):
                    assert contrast(piece.colour, ground) >= GRAPHICS, (name, piece.symbol)


def test_contrast_is_measured_as_the_standard_says() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21.0)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)
    assert contrast((9, 9, 9), (9, 9, 9)) == 1.0
