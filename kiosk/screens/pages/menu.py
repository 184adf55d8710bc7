"""The staff's menu: one large card for each thing to do."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Sheet
from kiosk.screens.pages.cards import card
from kiosk.screens.pages.furniture import header
from kiosk.screens.theme import DAY
from kiosk.screens.view import View
from kiosk.screens.widgets import Ground, Piece


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The way out beside the title, the cards below."""
    pieces, rest = header(view.title, sheet, DAY, view.button(Button.LEAVE))
    cards = [touchable for touchable in view.buttons if touchable.button is not Button.LEAVE]
    gap = sheet.px(18)
    if sheet.is_portrait:
        rest, _ = rest.top(min(rest.h, sheet.px(250) * len(cards)))
        places = rest.rows(len(cards), gap)
    else:
        places = rest.columns(len(cards), gap)
    for place, touchable in zip(places, cards, strict=True):
        pieces += card(place, touchable, DAY, sheet, fonts)
    return (Ground(DAY), *pieces)
