"""How it ended."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Sheet
from kiosk.screens.pages.furniture import Look, Plan, footer
from kiosk.screens.pages.statement import statement
from kiosk.screens.theme import DAY
from kiosk.screens.view import View
from kiosk.screens.widgets import Ground, Piece


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The statement, and the way on, beside the way back where there is one."""
    plan = Plan(sheet, fonts, DAY)
    pieces, rest = footer(
        [(one, Look.QUIET if one.button is Button.UNDO else Look.PRIMARY) for one in view.buttons], sheet.page, plan
    )
    return (Ground(DAY), *pieces, *statement(view, rest, plan))
