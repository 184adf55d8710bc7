"""The failsafe: which part is missing, in a visitor's words, and what happens about it."""

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
from kiosk.screens.theme import AMBER, NIGHT, Size, Weight
from kiosk.screens.view import View
from kiosk.screens.widgets import Ground, Piece, Spinner, Stand

CIRCLE = 190
SPINNER = 54


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The symbol, the words for visitors and smaller those for staff, a turning circle below while it is tried."""
    plan = Plan(sheet, fonts, NIGHT)
    area = sheet.page if not sheet.is_portrait else sheet.page.top(plan.px(BUTTON_H))[1]
    title = plan.style(Size.HEADLINE, NIGHT.ink, Weight.BOLD, lines=3)
    text = plan.style(Size.TITLE, NIGHT.ink, lines=4)
    staff = plan.style(Size.SMALL, NIGHT.soft, lines=3)
    if sheet.is_portrait:
        title, text, staff = centred(title), centred(text), centred(staff)
    blocks = [Block(view.title, title, plan.px(12)), Block(view.text, text, plan.px(18)), Block(view.hint, staff)]
    below = plan.px(SPINNER + 24) if view.is_trying else 0
    if sheet.is_portrait:
        group = plan.px(CIRCLE + 36) + below + stack_height(blocks, area.w, fonts)
        picture, words = area.middle(area.w, min(area.h, group)).top(plan.px(CIRCLE), plan.px(36))
    else:
        picture, words = area.left(plan.px(CIRCLE + 20), plan.px(36))
        group = below + stack_height(blocks, words.w, fonts)
        words = words.middle(words.w, min(words.h - 2 * plan.px(BUTTON_H), group))
    spinner, words = words.foot(below, 0)
    return (
        Ground(NIGHT),
        *corner_button(staff_of(view), plan),
        *disc(picture.middle(plan.px(CIRCLE), plan.px(CIRCLE)), view.symbol, AMBER.ground, AMBER.ink),
        *stack(blocks, words, fonts, stand=Stand.TOP),
        *_trying(view, spinner, plan),
    )


def _trying(view: View, line: Rect, plan: Plan) -> list[Piece]:
    if not view.is_trying:
        return []
    line, _ = line.foot(plan.px(SPINNER))
    place = line.square() if plan.sheet.is_portrait else line.left(line.h)[0]
    return [Spinner(place, view.turn, NIGHT.accent, NIGHT.card)]
