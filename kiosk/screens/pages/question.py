"""A question that must not be answered by accident: what it is about, and two ways on."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Sheet
from kiosk.screens.pages.furniture import Look, Plan, footer
from kiosk.screens.pages.statement import statement
from kiosk.screens.theme import DAY
from kiosk.screens.view import View
from kiosk.screens.widgets import Ground, Piece

_LOOKS = {
    Button.CONFIRM_REMOVE: Look.DANGER,
    Button.SAVE_ANYWAY: Look.QUIET,
    Button.CONFIRM_NOT_THEM: Look.QUIET,
    Button.CONFIRM_LEVEL: Look.QUIET,
}


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The statement above; below, the harmless way first and most inviting."""
    plan = Plan(sheet, fonts, DAY)
    buttons = [(touchable, _LOOKS.get(touchable.button, Look.PRIMARY)) for touchable in view.buttons]
    pieces, rest = footer(buttons, sheet.page, plan)
    return (Ground(DAY), *pieces, *statement(view, rest, plan))
