"""A symbol in a circle with a headline, a sentence and a hint: for notices and questions."""

from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.pages.furniture import Block, centred, disc, stack, style
from kiosk.screens.theme import DAY, SIGNS, Size, Weight
from kiosk.screens.view import View
from kiosk.screens.widgets import Panel, Piece, Style


def statement(view: View, area: Rect, sheet: Sheet, fonts: Fonts) -> list[Piece]:
    """On a card: the symbol beside (upright: above) the words."""
    inside = area.inset(sheet.px(24), sheet.px(20))
    title = Style(sheet.px(Size.HEADLINE.value), DAY.ink, Weight.BOLD, lines=3, may_cut=True, shrink=0.55)
    text = Style(sheet.px(Size.BODY.value), DAY.ink, lines=5, may_cut=True)
    hint = style(sheet, Size.BODY, DAY.soft, lines=3)
    if sheet.is_portrait:
        inside = inside.middle(inside.w, min(inside.h, sheet.px(470)))
        picture, words = inside.top(sheet.px(150), sheet.px(26))
        title, text, hint = centred(title), centred(text), centred(hint)
    else:
        picture, words = inside.left(sheet.px(150), sheet.px(30))
    circle = picture.middle(sheet.px(140), sheet.px(140))
    blocks = [Block(view.title, title, sheet.px(10)), Block(view.text, text, sheet.px(8)), Block(view.hint, hint)]
    return [
        Panel(area, DAY.card, sheet.px(20), DAY.edge, max(1, sheet.px(1.5))),
        *disc(circle, view.symbol, SIGNS[view.tone], (255, 255, 255)),
        *stack(blocks, words, fonts),
    ]
