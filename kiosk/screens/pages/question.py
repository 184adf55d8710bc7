"""A question that must not be answered by accident: what it is about, and two ways on."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Sheet
from kiosk.screens.pages.furniture import Look, footer
from kiosk.screens.pages.statement import statement
from kiosk.screens.theme import DAY
from kiosk.screens.view import View
from kiosk.screens.widgets import Ground, Piece


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The statement above, the buttons below: the harmless one first."""
    risky = {Button.CONFIRM_REMOVE: Look.DANGER, Button.SAVE_ANYWAY: Look.PRIMARY}
    buttons = [(touchable, risky.get(touchable.button, Look.QUIET)) for touchable in view.buttons]
    pieces, rest = footer(buttons, sheet.page, sheet, DAY)
    return (Ground(DAY), *pieces, *statement(view, rest, sheet, fonts))
