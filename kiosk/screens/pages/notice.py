"""How it ended."""

from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Sheet
from kiosk.screens.pages.furniture import Look, Plan, footer
from kiosk.screens.pages.statement import statement
from kiosk.screens.theme import DAY
from kiosk.screens.view import View
from kiosk.screens.widgets import Ground, Piece


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The statement, and one button."""
    plan = Plan(sheet, fonts, DAY)
    pieces, rest = footer([(touchable, Look.PRIMARY) for touchable in view.buttons], sheet.page, plan)
    return (Ground(DAY), *pieces, *statement(view, rest, plan))
