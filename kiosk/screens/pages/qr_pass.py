"""A QR pass, as large as the sheet allows: a phone's camera takes it from an arm's length."""

from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.pages.furniture import BUTTON_H, GAP, Block, Look, button, centred, disc, stack, style
from kiosk.screens.theme import DAY, SIGNS, Size, Weight
from kiosk.screens.view import View
from kiosk.screens.widgets import Code, Ground, Panel, Piece, Style


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The code on white, and beside (upright: below) it whose it is and until when."""
    if sheet.is_portrait:
        code, words = sheet.page.top(sheet.page.w, sheet.px(22))
    else:
        code, words = sheet.page.left(sheet.page.h, sheet.px(26))
    white = Panel(code, (255, 255, 255), sheet.px(20), DAY.edge, max(1, sheet.px(1.5)))
    return (Ground(DAY), white, Code(code.inset(sheet.px(6)), view.code), *_said(view, words, sheet, fonts))


def _said(view: View, area: Rect, sheet: Sheet, fonts: Fonts) -> list[Piece]:
    pieces: list[Piece] = []
    done = view.buttons[0]
    line, area = area.foot(sheet.px(BUTTON_H), sheet.px(GAP))
    pieces += button(line, done, Look.PRIMARY, DAY, sheet)
    name = Style(sheet.px(Size.TITLE.value), DAY.ink, Weight.BOLD, lines=3, may_cut=True, shrink=0.6)
    head = style(sheet, Size.BODY, SIGNS[view.tone], Weight.SEMIBOLD)
    until = style(sheet, Size.BODY, DAY.ink, lines=2)
    advice = style(sheet, Size.SMALL, DAY.soft, lines=4)
    if sheet.is_portrait:
        name, head, until, advice = centred(name), centred(head), centred(until), centred(advice)
    else:
        mark, area = area.top(sheet.px(64), sheet.px(10))
        pieces += disc(mark.left(sheet.px(64))[0], view.symbol, SIGNS[view.tone], (255, 255, 255))
    blocks = [
        Block(view.title, head, sheet.px(2)),
        Block(view.text, name, sheet.px(10)),
        Block(view.hint, until, sheet.px(12)),
        *(Block(point, advice, sheet.px(4)) for point in view.points),
    ]
    return [*pieces, *stack(blocks, area, fonts)]
