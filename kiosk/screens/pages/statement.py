"""A symbol in a circle with a headline, a sentence and a hint: for notices and questions."""

from kiosk.screens.layout import Rect
from kiosk.screens.pages.furniture import Block, Plan, centred, disc, plate, stack
from kiosk.screens.theme import DAY, SIGNS, Size
from kiosk.screens.view import View
from kiosk.screens.widgets import Piece, Style


def statement(view: View, area: Rect, plan: Plan) -> list[Piece]:
    """On a card: the symbol beside (upright: above) the words."""
    inside = area.inset(plan.px(24), plan.px(20))
    title = plan.heading(Size.HEADLINE, DAY.ink, lines=3)
    text = Style(plan.px(Size.BODY.value), DAY.ink, lines=5, may_cut=True)
    hint = plan.style(Size.BODY, DAY.soft, lines=3)
    if plan.sheet.is_portrait:
        inside = inside.middle(inside.w, min(inside.h, plan.px(470)))
        picture, words = inside.top(plan.px(150), plan.px(26))
        title, text, hint = centred(title), centred(text), centred(hint)
    else:
        picture, words = inside.left(plan.px(150), plan.px(30))
    blocks = [Block(view.title, title, plan.px(10)), Block(view.text, text, plan.px(8)), Block(view.hint, hint)]
    return [
        plate(area, plan),
        *disc(picture.middle(plan.px(140), plan.px(140)), view.symbol, SIGNS[view.tone], DAY.on_accent),
        *stack(blocks, words, plan.fonts),
    ]
