"""The failsafe: which part is missing, in a visitor's words, and what happens about it."""

from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Sheet
from kiosk.screens.pages.furniture import BUTTON_H, Block, centred, disc, stack, staff_button, style
from kiosk.screens.theme import AMBER, NIGHT, Size, Weight
from kiosk.screens.view import View
from kiosk.screens.widgets import Ground, Piece, Spinner, Stand


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The symbol, the words, and a turning circle while it is tried again."""
    _, area = sheet.page.top(sheet.px(BUTTON_H), sheet.px(4))
    spinner, area = area.foot(sheet.px(52), sheet.px(12))
    title = style(sheet, Size.HEADLINE, NIGHT.ink, Weight.BOLD, lines=3)
    text = style(sheet, Size.BODY, NIGHT.soft, lines=4)
    if sheet.is_portrait:
        picture, words = area.top(round(area.h * 0.42), sheet.px(30))
        title, text = centred(title), centred(text)
        spinner = spinner.middle(spinner.h, spinner.h)
    else:
        picture, words = area.left(sheet.px(210), sheet.px(36))
        spinner, _ = spinner.left(sheet.px(246))[1].left(spinner.h)
    circle = picture.middle(sheet.px(190), sheet.px(190))
    pieces: list[Piece] = [Ground(NIGHT), *staff_button(view, sheet, NIGHT)]
    pieces += disc(circle, view.symbol, AMBER.ground, AMBER.ink)
    stand = Stand.TOP if sheet.is_portrait else Stand.MIDDLE
    pieces += stack([Block(view.title, title, sheet.px(14)), Block(view.text, text)], words, fonts, stand=stand)
    if view.is_trying:
        pieces.append(Spinner(spinner, view.turn, NIGHT.accent, NIGHT.card))
    return tuple(pieces)
