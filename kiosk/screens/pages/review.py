"""The last look before anything is kept: the picture and the name."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Sheet
from kiosk.screens.pages.furniture import Block, Look, centred, footer, header, stack, style
from kiosk.screens.theme import DAY, Size, Weight
from kiosk.screens.view import View
from kiosk.screens.widgets import Ground, Panel, Piece, Portrait, Style


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The picture beside (upright: above) the name; cancel, retake, save below."""
    pieces, rest = header(view.title, sheet, DAY, None)
    buttons = [(t, Look.PRIMARY if t.button is Button.SAVE else Look.QUIET) for t in view.buttons]
    below, rest = footer(buttons, rest, sheet, DAY)
    pieces += below
    pieces.append(Panel(rest, DAY.card, sheet.px(18), DAY.edge, max(1, sheet.px(1.5))))
    inside = rest.inset(sheet.px(18))
    side = min(inside.h, sheet.px(300)) if not sheet.is_portrait else min(inside.w, sheet.px(340))
    name = Style(sheet.px(Size.HEADLINE.value), DAY.ink, Weight.BOLD, lines=3, may_cut=True, shrink=0.55)
    hint = style(sheet, Size.BODY, DAY.soft, lines=2)
    if sheet.is_portrait:
        inside = inside.middle(inside.w, min(inside.h, side + sheet.px(240)))
        picture, words = inside.top(side, sheet.px(18))
        name, hint = centred(name), centred(hint)
    else:
        picture, words = inside.left(side, sheet.px(24))
    if view.chip is not None:
        pieces.append(Portrait(picture.middle(side, side), view.chip, sheet.px(18)))
    pieces += stack([Block(view.text, name, sheet.px(10)), Block(view.hint, hint)], words, fonts)
    return (Ground(DAY), *pieces)
