"""The staff's menu: one large card for each thing to do."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Sheet
from kiosk.screens.pages.cards import cards
from kiosk.screens.pages.furniture import Plan, header
from kiosk.screens.theme import DAY
from kiosk.screens.view import View
from kiosk.screens.widgets import Ground, Piece


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The way out beside the title, the cards below."""
    plan = Plan(sheet, fonts, DAY)
    pieces, rest = header(view, view.button(Button.LEAVE), plan)
    things = [touchable for touchable in view.buttons if touchable.button is not Button.LEAVE]
    return (Ground(DAY), *pieces, *cards(rest, things, plan))
