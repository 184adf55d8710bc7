"""The window, drawn off-screen: real touch events in, pictures of every page out, at every size."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pygame
import pytest
from PIL import Image as Pictures

from kiosk.domain.errors import BadInput
from kiosk.domain.verdict import Advice, Reason
from kiosk.identity.enrolment import Prompt
from kiosk.passes.reading import Options as ReadingOptions
from kiosk.passes.reading import read_codes
from kiosk.screens import Options, pages, samples, words, words_faults
from kiosk.screens.events import Button, PartName, Pressed
from kiosk.screens.gallery import SIZES, draw_gallery
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.states import PinEntry, Screen, StaffMenu, State
from kiosk.screens.theme import AMBER, BLUE, DAY, GREEN, NIGHT, RED, Palette, contrast
from kiosk.screens.view import View
from kiosk.screens.views import view_of
from kiosk.screens.widgets import Hit, Piece, Words
from kiosk.screens.window import Window

FINGER_PX = 64
KEYS = (Button.KEY, Button.SHIFT, Button.DELETE, Button.ACCENTS)
KEY_PX = 37  # on an upright sheet of 480 pixels, where keys are twice as high
SMALL = (800, 480)


def opened(size: tuple[int, int] = SMALL) -> Window:
    return Window.open(Options(width=size[0], height=size[1]), headless=True)


@pytest.fixture
def window() -> Iterator[Window]:
    with opened() as found:
        pygame.event.clear()
        yield found


def viewed(screen: Screen) -> View:
    return view_of(State(screen), samples.NOW)


def finger(kind: int, window: Window, x: int, y: int) -> None:
    width, height = window.surface.get_size()
    pygame.event.post(pygame.event.Event(kind, touch_id=0, finger_id=3, x=x / width, y=y / height, dx=0, dy=0))


def mouse(kind: int, x: int, y: int, touch: bool = False) -> None:
    pygame.event.post(pygame.event.Event(kind, pos=(x, y), button=1, touch=touch))


def spot_of(window: Window, button: Button) -> tuple[int, int]:
    spot = window.where(button)
    assert spot is not None
    return spot


def test_a_finger_that_goes_down_and_up_on_a_button_presses_it_once(window: Window) -> None:
    window.show(viewed(StaffMenu(2000.0)))
    window.touch(*spot_of(window, Button.ENROL))
    assert window.touches() == [Pressed(Button.ENROL)]
    assert window.touches() == []


def test_a_mouse_presses_too_but_not_the_one_that_sdl_makes_of_a_touch(window: Window) -> None:
    window.show(viewed(StaffMenu(2000.0)))
    x, y = spot_of(window, Button.PEOPLE)
    mouse(pygame.MOUSEBUTTONDOWN, x, y)
    mouse(pygame.MOUSEBUTTONUP, x, y)
    assert window.touches() == [Pressed(Button.PEOPLE)]
    finger(pygame.FINGERDOWN, window, x, y)
    mouse(pygame.MOUSEBUTTONDOWN, x, y, touch=True)
    finger(pygame.FINGERUP, window, x, y)
    mouse(pygame.MOUSEBUTTONUP, x, y, touch=True)
    assert window.touches() == [Pressed(Button.PEOPLE)]


def test_a_finger_that_slides_off_presses_nothing(window: Window) -> None:
    window.show(viewed(StaffMenu(2000.0)))
    finger(pygame.FINGERDOWN, window, *spot_of(window, Button.ENROL))
    finger(pygame.FINGERUP, window, *spot_of(window, Button.PEOPLE))
    assert window.touches() == []


def test_a_finger_that_was_down_before_the_page_changed_presses_nothing(window: Window) -> None:
    window.show(viewed(samples.screens()["review"]))
    x, y = spot_of(window, Button.SAVE)
    finger(pygame.FINGERDOWN, window, x, y)
    window.touches()
    window.show(viewed(samples.screens()["remove"]))
    finger(pygame.FINGERUP, window, x, y)
    assert window.touches() == []


def test_a_button_that_is_off_can_not_be_found_or_touched(window: Window) -> None:
    window.show(viewed(PinEntry(2000.0)))
    assert window.where(Button.OK) is None
    window.show(viewed(PinEntry(2000.0, digits="1234")))
    assert window.where(Button.OK) is not None


def test_escape_closes_a_window(window: Window) -> None:
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_ESCAPE))
    window.touches()
    assert window.closed


def test_escape_does_not_close_a_full_screen(window: Window) -> None:
    window.windowed = False
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_ESCAPE))
    window.touches()
    assert not window.closed


def test_a_screenshot_is_a_picture_of_the_window(window: Window, tmp_path: Path) -> None:
    window.show(viewed(StaffMenu(2000.0)))
    window.screenshot(tmp_path / "menu.png")
    with Pictures.open(tmp_path / "menu.png") as picture:
        assert picture.size == SMALL
        assert len(picture.getcolors(1 << 20) or []) > 50
    with pytest.raises(BadInput, match="can't be written"):
        window.screenshot(tmp_path / "nowhere" / "menu.png")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("title", "text"), [("pass", samples.PASS_TEXT), ("pass-carried", samples.CARRIED_TEXT)])
def test_a_pass_can_be_read_off_the_screen(size: tuple[int, int], title: str, text: str) -> None:
    with opened(size) as window:
        window.show(viewed(samples.screens()[title]))
        assert read_codes(window.pixels(), ReadingOptions()) == (text,)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["Ada Lovelace", samples.LONG_NAME, "W" * 80])
def test_everything_lies_on_the_sheet_and_buttons_are_large_and_apart(size: tuple[int, int], name: str) -> None:
    with opened(size) as window:
        for title, screen in samples.screens(name).items():
            pieces = pages.compose(viewed(screen), Sheet(*size), window.painter.brush.fonts)
            _check_rects(pieces, Rect(0, 0, *size), title)
            _check_hits([piece for piece in pieces if isinstance(piece, Hit)], title)


def _check_rects(pieces: tuple[Piece, ...], sheet: Rect, title: str) -> None:
    for piece in pieces:
        rect = getattr(piece, "rect", None)
        if rect is not None:
            inside = rect.x >= 0 and rect.y >= 0 and rect.right <= sheet.right and rect.bottom <= sheet.bottom
            assert inside, (title, piece)


def _check_hits(hits: list[Hit], title: str) -> None:
    for hit in hits:
        least = KEY_PX if hit.touchable.button in KEYS else FINGER_PX
        assert min(hit.rect.w, hit.rect.h) >= least, (title, hit)
    for one, other in combinations(hits, 2):
        apart = (
            one.rect.right <= other.rect.x
            or other.rect.right <= one.rect.x
            or one.rect.bottom <= other.rect.y
            or other.rect.bottom <= one.rect.y
        )
        assert apart, (title, one.touchable.button, other.touchable.button)


@pytest.mark.parametrize("size", SIZES)
def test_no_two_texts_overlap(size: tuple[int, int]) -> None:
    with opened(size) as window:
        for title, screen in samples.screens().items():
            texts = [
                piece.rect
                for piece in pages.compose(viewed(screen), Sheet(*size), window.painter.brush.fonts)
                if isinstance(piece, Words) and piece.text
            ]
            for a, b in combinations(texts, 2):
                apart = a.right <= b.x or b.right <= a.x or a.bottom <= b.y or b.bottom <= a.y
                assert apart, (title, a, b)


@pytest.mark.parametrize("palette", [NIGHT, DAY, GREEN, BLUE, AMBER, RED])
def test_every_text_stands_out_from_its_ground(palette: Palette) -> None:
    for text in (palette.ink, palette.soft):
        for ground in (palette.ground, palette.glow, palette.card):
            assert contrast(text, ground) >= 4.5
    assert contrast(palette.on_accent, palette.accent) >= 4.5
    assert contrast(palette.on_danger, palette.danger) >= 4.5


def test_there_are_words_for_everything_that_can_be_said() -> None:
    assert set(words.ANSWERS) == set(Reason)
    assert set(words.ADVICE) == set(Advice)
    assert set(words.PROMPTS) == set(Prompt)
    assert set(words_faults.OUTAGES) == set(PartName)


def test_the_gallery_draws_each_screen_and_a_contact_sheet(tmp_path: Path) -> None:
    draw_gallery(tmp_path, samples.frame(), ("attract", "looking", "pass"), (SMALL,))
    made = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.png")}
    assert made == {"800x480/attract.png", "800x480/looking.png", "800x480/pass.png", "800x480.png"}
