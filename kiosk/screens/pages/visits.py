"""Who was let in by their face a short while ago: picture, name and time, six to a page."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Sheet
from kiosk.screens.pages.people import listed
from kiosk.screens.view import View
from kiosk.screens.widgets import Piece


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """Like the list of people, with the faces that were seen."""
    return listed(view, Button.VISIT, sheet, fonts)
