"""One person: since when they are enrolled, a new pass, or remove them."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Sheet
from kiosk.screens.pages.cards import cards
from kiosk.screens.pages.furniture import Plan, header
from kiosk.screens.theme import DAY
from kiosk.screens.view import View
from kiosk.screens.widgets import Ground, Piece


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The name beside the way back, a card for each thing to do."""
    plan = Plan(sheet, fonts, DAY)
    pieces, rest = header(view, view.button(Button.BACK), plan, note=view.text)
    things = [touchable for touchable in view.buttons if touchable.button is not Button.BACK]
    return (Ground(DAY), *pieces, *cards(rest, things, plan))
