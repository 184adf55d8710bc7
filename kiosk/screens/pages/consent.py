"""The consent text, to be agreed to before anything else happens."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.pages.furniture import Look, footer, header
from kiosk.screens.theme import DAY, Size
from kiosk.screens.view import Symbol, View
from kiosk.screens.widgets import Ground, Mark, Panel, Piece, Stand, Style, Words


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The points on a card, yes and no of the same size below."""
    pieces, rest = header(view.title, sheet, DAY, None)
    buttons = [(t, Look.PRIMARY if t.button is Button.AGREE else Look.QUIET) for t in view.buttons]
    below, rest = footer(buttons, rest, sheet, DAY)
    pieces += below
    pieces.append(Panel(rest, DAY.card, sheet.px(18), DAY.edge, max(1, sheet.px(1.5))))
    inside = rest.inset(sheet.px(18), sheet.px(14))
    version, inside = inside.foot(sheet.px(24), sheet.px(6))
    small = Style(sheet.px(17), DAY.soft, stand=Stand.MIDDLE)
    pieces.append(Words(version, view.hint, small))
    for place, point in zip(inside.rows(len(view.points), sheet.px(10)), view.points, strict=True):
        pieces += _point(place, point, sheet)
    return (Ground(DAY), *pieces)


def _point(place: Rect, point: str, sheet: Sheet) -> list[Piece]:
    mark, words = place.left(sheet.px(34), sheet.px(12))
    side = sheet.px(30)
    text = Style(sheet.px(Size.BODY.value), DAY.ink, stand=Stand.MIDDLE, lines=5)
    return [Mark(mark.middle(side, side), Symbol.TICK, DAY.accent), Words(words, point, text)]
