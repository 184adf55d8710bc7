"""For somebody who does not want their face looked at: no picture of the camera, the pass or staff."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Sheet
from kiosk.screens.pages.furniture import (
    BUTTON_H,
    CORNER_W,
    Block,
    Look,
    Plan,
    button,
    centred,
    corner_button,
    disc,
    stack,
    stack_height,
    staff_of,
)
from kiosk.screens.theme import NIGHT, Size, Weight
from kiosk.screens.view import View
from kiosk.screens.widgets import Ground, Piece, Stand

CIRCLE = 190


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The way back and staff above, the pass and the words below."""
    plan = Plan(sheet, fonts, NIGHT)
    line, rest = sheet.page.top(plan.px(BUTTON_H), plan.px(12))
    back = view.button(Button.BACK)
    pieces = [] if back is None else button(line.left(plan.px(CORNER_W))[0], back, Look.QUIET, plan)
    blocks = [
        Block(view.title, plan.style(Size.HEADLINE, NIGHT.ink, Weight.BOLD, lines=2), plan.px(12)),
        Block(view.text, plan.style(Size.TITLE, NIGHT.ink, lines=3), plan.px(14)),
        Block(view.hint, plan.style(Size.BODY, NIGHT.soft, lines=4)),
    ]
    if sheet.is_portrait:
        blocks = [Block(block.text, centred(block.style), block.below) for block in blocks]
        group = plan.px(CIRCLE + 36) + stack_height(blocks, rest.w, fonts)
        picture, words = rest.middle(rest.w, min(rest.h, group)).top(plan.px(CIRCLE), plan.px(36))
    else:
        picture, words = rest.left(plan.px(CIRCLE + 20), plan.px(36))
    stand = Stand.TOP if sheet.is_portrait else Stand.MIDDLE
    return (
        Ground(NIGHT),
        *pieces,
        *corner_button(staff_of(view), plan),
        *disc(picture.middle(plan.px(CIRCLE), plan.px(CIRCLE)), view.symbol, NIGHT.card, NIGHT.accent),
        *stack(blocks, words, fonts, stand=stand),
    )
