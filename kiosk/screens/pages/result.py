"""An answer: symbol, one large line, the cause, the next step, and how long it stays."""

from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Sheet
from kiosk.screens.pages.furniture import BUTTON_H, Block, centred, disc, stack, staff_button, style
from kiosk.screens.theme import RESULTS, Size, Weight
from kiosk.screens.view import View
from kiosk.screens.widgets import Bar, Ground, Piece, Stand, Style


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The whole sheet in the answer's colour; symbol and words say the same without it."""
    palette = RESULTS[view.tone]
    bar, area = sheet.page.foot(sheet.px(8), sheet.px(18))
    pieces: list[Piece] = [Ground(palette), *staff_button(view, sheet, palette)]
    if sheet.is_portrait:
        _, area = area.top(sheet.px(BUTTON_H), sheet.px(30))
        picture, words = area.top(sheet.px(230), sheet.px(36))
    else:
        picture, words = area.left(sheet.px(210), sheet.px(36))
        _, words = words.top(sheet.px(BUTTON_H), sheet.px(4))
    circle = picture.middle(sheet.px(200), sheet.px(200))
    pieces += disc(circle, view.symbol, palette.accent, palette.on_accent)
    title = Style(sheet.px(Size.DISPLAY.value), palette.ink, Weight.BOLD, lines=2, may_cut=True, shrink=0.55)
    cause = style(sheet, Size.TITLE, palette.soft, lines=3)
    step = style(sheet, Size.TITLE, palette.ink, Weight.SEMIBOLD, lines=3)
    if sheet.is_portrait:
        title, cause, step = centred(title), centred(cause), centred(step)
    blocks = [Block(view.title, title, sheet.px(10)), Block(view.text, cause, sheet.px(12)), Block(view.hint, step)]
    pieces += stack(blocks, words, fonts, stand=Stand.TOP if sheet.is_portrait else Stand.MIDDLE)
    if view.progress is not None:
        pieces.append(Bar(bar, view.progress, palette.ink, palette.card))
    return tuple(pieces)
