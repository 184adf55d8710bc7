"""`python -m kiosk.screens.gallery OUT [PHOTO]`: every screen at every size as a PNG, and a contact sheet a size.

`python -m kiosk.screens.gallery --docs docs/pictures` makes the README's pictures of them.
"""

import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pygame

from kiosk.domain.errors import BadImage
from kiosk.domain.sight import Frame, frozen
from kiosk.screens import Options, samples
from kiosk.screens.states import State
from kiosk.screens.views import view_of
from kiosk.screens.window import Window

SIZES = ((800, 480), (1024, 600), (1280, 800), (1920, 1080), (480, 800), (720, 1280))
SHEET_COLUMNS = {False: 5, True: 8}
THUMB_PX = {False: 400, True: 240}
DOCS_COLUMNS = 3
DOCS_THUMB_PX = 512
DOCS = {
    "visitor": (
        *("attract", "looking-come-closer", "looking-lamp"),
        *("result-face-matches", "result-nobody-similar", "result-not-sure-enough"),
        *("without-face", "result-pass-alone", "result-face-not-of-pass"),
    ),
    "staff": (
        *("menu", "consent", "capture-turn-left"),
        *("lookalike", "review", "pass-enrolled"),
        *("pass-carried", "visits", "disown"),
        *("levels", "levels-looser", "people"),
    ),
    "fleet": ("central-pairing", "central-paired", "central-revoked"),
}


def draw_gallery(
    out: Path, frame: Frame, names: tuple[str, ...] = (), sizes: tuple[tuple[int, int], ...] = SIZES
) -> None:
    """Write OUT/<size>/<screen>.png and a contact sheet OUT/<size>.png; only some screens when `names` are given."""
    for width, height in sizes:
        folder = out / f"{width}x{height}"
        folder.mkdir(parents=True, exist_ok=True)
        shown = {name: screen for name, screen in samples.screens().items() if not names or name in names}
        thumbs = []
        with Window.open(Options(width=width, height=height), headless=True) as window:
            for name, screen in shown.items():
                window.show(view_of(State(screen), samples.NOW), frame)
                window.screenshot(folder / f"{name}.png")
                thumbs.append(_thumb(window.surface, THUMB_PX[height > width]))
            pygame.image.save(_contact_sheet(thumbs, SHEET_COLUMNS[height > width]), str(folder) + ".png")


def draw_documents(out: Path, frame: Frame) -> None:
    """Write OUT/visitor.jpg and its neighbours: what the README shows of the screens."""
    screens = samples.screens()
    with Window.open(Options(width=SIZES[0][0], height=SIZES[0][1]), headless=True) as window:
        for title, names in DOCS.items():
            thumbs = []
            for name in names:
                window.show(view_of(State(screens[name]), samples.NOW), frame)
                thumbs.append(_thumb(window.surface, DOCS_THUMB_PX))
            pygame.image.save(_contact_sheet(thumbs, DOCS_COLUMNS), str(out / f"{title}.jpg"))


def photo_frame(path: Path) -> Frame:
    """A photograph in the place of the camera's picture. Raises BadImage."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise BadImage(f"{path} is not a picture; give a JPEG or PNG file")
    main = frozen(np.ascontiguousarray(picture[..., ::-1]).astype(np.uint8))
    return replace(samples.frame(), main=main, lores=main)


def _thumb(surface: pygame.Surface, width: int) -> pygame.Surface:
    height = round(surface.get_height() * width / surface.get_width())
    return pygame.transform.smoothscale(surface, (width, height))


def _contact_sheet(thumbs: list[pygame.Surface], across: int, gap: int = 10) -> pygame.Surface:
    width, height = thumbs[0].get_size()
    down = -(-len(thumbs) // across)
    sheet = pygame.Surface((across * (width + gap) + gap, down * (height + gap) + gap))
    sheet.fill((128, 128, 128))
    for number, thumb in enumerate(thumbs):
        sheet.blit(thumb, (gap + number % across * (width + gap), gap + number // across * (height + gap)))
    return sheet


if __name__ == "__main__" and sys.argv[1] == "--docs":
    draw_documents(Path(sys.argv[2]), samples.frame())
elif __name__ == "__main__":
    draw_gallery(Path(sys.argv[1]), photo_frame(Path(sys.argv[2])) if len(sys.argv) > 2 else samples.frame())
