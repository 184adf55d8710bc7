"""Nobody is there: an invitation that can be read from across the hall."""

from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.pages.furniture import BUTTON_H, Block, centred, stack, staff_button, style
from kiosk.screens.theme import NIGHT, Size, Weight
from kiosk.screens.view import Symbol, View
from kiosk.screens.widgets import Ground, Mark, Panel, Piece, Stand, Style, Words


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """Clock and staff above, the invitation with its picture in the middle, the pass below."""
    top, rest = sheet.page.top(sheet.px(BUTTON_H), sheet.px(8))
    foot, middle = rest.foot(sheet.px(70), sheet.px(14))
    pieces: list[Piece] = [Ground(NIGHT), *_clock(view, top, sheet), *staff_button(view, sheet, NIGHT)]
    if sheet.is_portrait:
        picture, words = middle.top(round(middle.h * 0.56), sheet.px(20))
    else:
        picture, words = middle.end(round(middle.w * 0.4), sheet.px(16))
    pieces += _picture(view, picture, sheet)
    pieces += _invitation(view, words, sheet, fonts)
    pieces += _pass_hint(view, foot, sheet, fonts)
    return tuple(pieces)


def _clock(view: View, line: Rect, sheet: Sheet) -> list[Piece]:
    time, rest = line.left(sheet.px(104), sheet.px(6))
    date, _ = rest.left(sheet.px(210))
    clock = Style(sheet.px(Size.HEADLINE.value), NIGHT.ink, Weight.SEMIBOLD, stand=Stand.MIDDLE)
    day = Style(sheet.px(Size.SMALL.value), NIGHT.soft, stand=Stand.MIDDLE, lines=2)
    return [Words(time, view.clock, clock), Words(date, view.date, day)]


def _picture(view: View, area: Rect, sheet: Sheet) -> list[Piece]:
    circle = area.square().inset(sheet.px(4))
    inner = circle.inset(sheet.px(26))
    side = round(inner.w * 0.62)
    return [
        Panel(circle, (16, 45, 66), circle.w // 2),
        Panel(inner, (24, 64, 88), inner.w // 2),
        Mark(inner.middle(side, side), view.symbol, NIGHT.accent),
    ]


def _invitation(view: View, area: Rect, sheet: Sheet, fonts: Fonts) -> list[Piece]:
    title = style(sheet, Size.GIANT, NIGHT.ink, Weight.BOLD)
    text = style(sheet, Size.HEADLINE, NIGHT.soft, lines=3)
    if sheet.is_portrait:
        title, text = centred(title), centred(text)
    return stack([Block(view.title, title, sheet.px(6)), Block(view.text, text)], area, fonts)


def _pass_hint(view: View, area: Rect, sheet: Sheet, fonts: Fonts) -> list[Piece]:
    """A card as wide as its sentence, with the QR symbol."""
    side, pad = sheet.px(40), sheet.px(16)
    said = style(sheet, Size.BODY, NIGHT.ink)
    wide = side + 3 * pad + fonts.width(view.hint, said.weight, said.size) + 2
    card = area.middle(min(wide, area.w), area.h) if sheet.is_portrait else area.left(min(wide, area.w))[0]
    mark, text = card.inset(pad, 0).left(side, pad)
    place = Style(said.size, said.colour, stand=Stand.MIDDLE, lines=2)
    return [
        Panel(card, NIGHT.card, sheet.px(16)),
        Mark(mark, Symbol.CODE, NIGHT.accent),
        Words(text, view.hint, place),
    ]
