"""An answer: symbol, one large line, the cause, the next step, and how long it stays."""

from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.pages.furniture import (
    BUTTON_H,
    Block,
    Plan,
    centred,
    corner_button,
    disc,
    stack,
    stack_height,
    staff_of,
)
from kiosk.screens.theme import RESULTS, Size, Weight
from kiosk.screens.view import View
from kiosk.screens.widgets import Bar, Ground, Piece, Stand

CIRCLE = 200


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The whole sheet in the answer's colour; symbol and words say the same without it."""
    plan = Plan(sheet, fonts, RESULTS[view.tone])
    bar, area = sheet.page.foot(plan.px(8), plan.px(18))
    pieces: list[Piece] = [Ground(plan.palette), *corner_button(staff_of(view), plan)]
    pieces += _upright(view, area, plan) if sheet.is_portrait else _wide(view, area, plan)
    if view.progress is not None:
        pieces.append(Bar(bar, view.progress, plan.palette.ink, plan.palette.card))
    return tuple(pieces)


def _wide(view: View, area: Rect, plan: Plan) -> list[Piece]:
    picture, words = area.left(plan.px(CIRCLE + 10), plan.px(36))
    said = stack(_blocks(view, plan), words.inset(0, plan.px(BUTTON_H - 6)), plan.fonts)
    return [*_sign(view, picture.middle(plan.px(CIRCLE), plan.px(CIRCLE)), plan), *said]


def _upright(view: View, area: Rect, plan: Plan) -> list[Piece]:
    """Symbol and words as one group in the middle of what is below the button."""
    area = area.top(plan.px(BUTTON_H), plan.px(10))[1]
    blocks = [Block(block.text, centred(block.style), block.below) for block in _blocks(view, plan)]
    circle, gap = plan.px(CIRCLE + 20), plan.px(40)
    group = circle + gap + stack_height(blocks, area.w, plan.fonts)
    picture, words = area.middle(area.w, min(area.h, group)).top(circle, gap)
    return [*_sign(view, picture, plan), *stack(blocks, words, plan.fonts, stand=Stand.TOP)]


def _sign(view: View, place: Rect, plan: Plan) -> list[Piece]:
    return disc(place, view.symbol, plan.palette.accent, plan.palette.on_accent)


def _blocks(view: View, plan: Plan) -> list[Block]:
    palette = plan.palette
    return [
        Block(view.title, plan.heading(Size.DISPLAY, palette.ink), plan.px(10)),
        Block(view.text, plan.style(Size.TITLE, palette.soft, lines=3), plan.px(14)),
        Block(view.hint, plan.style(Size.TITLE, palette.ink, Weight.SEMIBOLD, lines=3)),
    ]
