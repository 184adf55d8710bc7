"""Something takes a moment."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Sheet
from kiosk.screens.pages.furniture import Block, Plan, centred, corner_button, stack
from kiosk.screens.theme import DAY, Size, Weight
from kiosk.screens.view import View
from kiosk.screens.widgets import Ground, Piece, Spinner, Stand


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """A turning circle with a sentence below it."""
    plan = Plan(sheet, fonts, DAY)
    upper, words = sheet.page.top(sheet.page.h // 2 + plan.px(30), plan.px(24))
    spinner, _ = upper.foot(plan.px(110))
    title = centred(plan.style(Size.TITLE, DAY.ink, Weight.SEMIBOLD, lines=3))
    return (
        Ground(DAY),
        Spinner(spinner, view.turn, DAY.accent, DAY.edge),
        *stack([Block(view.title, title)], words, fonts, stand=Stand.TOP),
        *corner_button(view.button(Button.CANCEL), plan),
    )
