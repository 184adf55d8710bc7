"""Whether what is written fits: every screen, every size, with names and failures as long as they get."""

from dataclasses import replace

import pytest

from kiosk.domain.people import NAME_LONGEST
from kiosk.screens import Options, pages, samples
from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.gallery import SIZES
from kiosk.screens.layout import Sheet
from kiosk.screens.states import State
from kiosk.screens.views import view_of
from kiosk.screens.widgets import Hit, Piece, Words
from kiosk.screens.window import Window

WIDEST_NAME = "W" * NAME_LONGEST
LONG_SENTENCE = (
    "the disk of this kiosk is full, so that nothing more can be kept; "
    "remove recordings that nobody needs or put a larger card in, then try again"
)
KEYS = (Button.KEY, Button.SHIFT, Button.DELETE, Button.ACCENTS)
KEY_PX = 44
KEY_NARROWEST_PX = 37


def composed(size: tuple[int, int], fonts: Fonts, name: str, sentence: str) -> dict[str, tuple[Piece, ...]]:
    views = {
        (title, keeps): view_of(State(screen), replace(samples.NOW, keeps_pictures=keeps))
        for keeps in (True, False)
        for title, screen in samples.screens(name, sentence).items()
    }
    return {
        f"{title}, pictures kept: {keeps}": pages.compose(view, Sheet(*size), fonts)
        for (title, keeps), view in views.items()
        if keeps or view != views[title, True]
    }


def check_texts(title: str, pieces: tuple[Piece, ...], fonts: Fonts, *, may_cut: bool) -> None:
    for piece in pieces:
        if isinstance(piece, Words) and piece.text:
            setting = fonts.set_in(piece.rect, piece.text, piece.style)
            assert all(piece.rect.contains(line.rect) for line in setting.lines), (title, piece.text)
            assert not setting.is_cut or (may_cut and piece.style.may_cut), (title, piece.text)


def check_apart(title: str, pieces: tuple[Piece, ...]) -> None:
    """No text reaches into another one, nor halfway into a button."""
    texts = [piece for piece in pieces if isinstance(piece, Words) and piece.text]
    for number, one in enumerate(texts):
        for other in texts[number + 1 :]:
            assert not one.rect.meets(other.rect), (title, one.text, other.text)
        for hit in (piece for piece in pieces if isinstance(piece, Hit)):
            assert hit.rect.contains(one.rect) or not hit.rect.meets(one.rect), (title, one.text, hit.touchable)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize(
    ("name", "sentence", "may_cut"),
    [("Ada Lovelace", "The disk is full; make room", False), (WIDEST_NAME, LONG_SENTENCE, True)],
    ids=["usual", "longest"],
)
def test_every_text_fits_its_place_and_stays_clear_of_the_others(
    size: tuple[int, int], name: str, sentence: str, may_cut: bool
) -> None:
    with Window.open(Options(width=size[0], height=size[1]), headless=True) as window:
        fonts = window.painter.brush.fonts
        for title, pieces in composed(size, fonts, name, sentence).items():
            check_texts(title, pieces, fonts, may_cut=may_cut)
            check_apart(title, pieces)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_keys_of_the_keyboard_are_large_enough_for_a_finger(size: tuple[int, int]) -> None:
    with Window.open(Options(width=size[0], height=size[1]), headless=True) as window:
        fonts = window.painter.brush.fonts
        for title, screen in samples.screens().items():
            if not title.startswith("name"):
                continue
            pieces = pages.compose(view_of(State(screen), samples.NOW), Sheet(*size), fonts)
            keys = [piece for piece in pieces if isinstance(piece, Hit) and piece.touchable.button in KEYS]
            assert len(keys) > 30
            assert all(min(key.rect.w, key.rect.h) >= KEY_NARROWEST_PX for key in keys), title
            assert all(key.rect.w * key.rect.h >= KEY_PX**2 for key in keys), title
