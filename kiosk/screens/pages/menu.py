"""The staff's menu: one large card for each thing to do."""

from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Sheet
from kiosk.screens.pages.cards import cards
from kiosk.screens.pages.furniture import Plan, header
from kiosk.screens.theme import DAY
from kiosk.screens.view import View
from kiosk.screens.widgets import Ground, Piece


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The title, and below it the cards; the last one is the way out."""
    plan = Plan(sheet, fonts, DAY)
    pieces, rest = header(view, None, plan)
    return (Ground(DAY), *pieces, *cards(rest, view.buttons, plan))
