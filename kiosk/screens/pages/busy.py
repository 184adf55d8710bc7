"""Something takes a moment."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Sheet
from kiosk.screens.pages.furniture import HEADER_H, Block, Look, button, centred, stack, style
from kiosk.screens.theme import DAY, Size, Weight
from kiosk.screens.view import View
from kiosk.screens.widgets import Ground, Piece, Spinner, Stand


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """A turning circle with a sentence below it."""
    page = sheet.page
    place, words = page.top(page.h // 2 + sheet.px(30), sheet.px(24))
    spinner, _ = place.foot(sheet.px(110))
    title = centred(style(sheet, Size.TITLE, DAY.ink, Weight.SEMIBOLD, lines=3))
    pieces: list[Piece] = [Ground(DAY), Spinner(spinner, view.turn, DAY.accent, DAY.edge)]
    pieces += stack([Block(view.title, title)], words, fonts, stand=Stand.TOP)
    cancel = view.button(Button.CANCEL)
    if cancel is not None:
        corner, _ = page.top(sheet.px(HEADER_H))[0].left(sheet.px(124))
        pieces += button(corner, cancel, Look.QUIET, DAY, sheet)
    return tuple(pieces)
