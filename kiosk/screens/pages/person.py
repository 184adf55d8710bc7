"""One person: since when they are enrolled, a new pass, or remove them."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Sheet
from kiosk.screens.pages.cards import card
from kiosk.screens.pages.furniture import header, style
from kiosk.screens.theme import DAY, Size
from kiosk.screens.view import View
from kiosk.screens.widgets import Ground, Piece, Words


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The name beside the way back, a line about them, a card for each thing to do."""
    pieces, rest = header(view.title, sheet, DAY, view.button(Button.BACK))
    line, rest = rest.top(sheet.px(34), sheet.px(12))
    pieces.append(Words(line, view.text, style(sheet, Size.BODY, DAY.soft)))
    cards = [touchable for touchable in view.buttons if touchable.button is not Button.BACK]
    gap = sheet.px(18)
    if sheet.is_portrait:
        places = rest.top(min(rest.h, sheet.px(250) * len(cards)))[0].rows(len(cards), gap)
    else:
        places = rest.columns(len(cards), gap)
    for place, touchable in zip(places, cards, strict=True):
        pieces += card(place, touchable, DAY, sheet, fonts)
    return (Ground(DAY), *pieces)
