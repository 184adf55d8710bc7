"""A QR pass, as large as the sheet allows: a phone's camera takes it from an arm's length."""

from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.pages.furniture import BUTTON_H, GAP, Block, Look, Plan, button, centred, disc, plate, stack
from kiosk.screens.theme import DAY, SIGNS, Size, Weight
from kiosk.screens.view import View
from kiosk.screens.widgets import Code, Ground, Piece, Stand


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The code on white, and beside (upright: below) it whose it is and until when."""
    plan = Plan(sheet, fonts, DAY)
    if sheet.is_portrait:
        code, words = sheet.page.top(sheet.page.w, plan.px(22))
    else:
        code, words = sheet.page.left(sheet.page.h, plan.px(26))
    picture = Code(code.inset(plan.px(6)), view.code)
    return (Ground(DAY), plate(code, plan), picture, *_said(view, words, plan))


def _said(view: View, area: Rect, plan: Plan) -> list[Piece]:
    pieces: list[Piece] = []
    line, area = area.foot(plan.px(BUTTON_H), plan.px(GAP))
    for done in view.buttons:
        pieces += button(line, done, Look.PRIMARY, plan)
    head = plan.style(Size.BODY, SIGNS[view.tone], Weight.SEMIBOLD)
    name, until = plan.heading(Size.TITLE, DAY.ink, lines=3), plan.style(Size.BODY, DAY.ink, lines=2)
    advice = plan.style(Size.SMALL, DAY.soft, lines=4)
    if plan.sheet.is_portrait:
        name, head, until, advice = centred(name), centred(head), centred(until), centred(advice)
    else:
        mark, area = area.top(plan.px(64), plan.px(14))
        pieces += disc(mark.left(plan.px(64))[0], view.symbol, SIGNS[view.tone], DAY.on_accent)
    blocks = [
        Block(view.title, head, plan.px(2)),
        Block(view.text, name, plan.px(14)),
        Block(view.hint, until, plan.px(16)),
        *(Block(point, advice, plan.px(4)) for point in view.points),
    ]
    stand = Stand.MIDDLE if plan.sheet.is_portrait else Stand.TOP
    return [*pieces, *stack(blocks, area, plan.fonts, stand=stand)]
