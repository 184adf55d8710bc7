"""The consent text, to be agreed to before anything else happens."""

from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.pages.furniture import Look, Plan, footer, header, plate
from kiosk.screens.theme import DAY, Size
from kiosk.screens.view import Symbol, View
from kiosk.screens.widgets import Ground, Mark, Piece, Stand, Style, Words

UPRIGHT = 29


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The points on a card; yes, no and "keep nothing" of the same size and colour below."""
    plan = Plan(sheet, fonts, DAY)
    pieces, rest = header(view, None, plan)
    buttons = [(touchable, Look.PRIMARY) for touchable in view.buttons]
    below, rest = footer(buttons, rest, plan)
    inside = rest.inset(plan.px(18), plan.px(12))
    version, inside = inside.foot(plan.px(24), plan.px(6))
    pieces += [*below, plate(rest, plan), Words(version, view.hint, Style(plan.px(17), DAY.soft, stand=Stand.MIDDLE))]
    for place, point in zip(inside.rows(len(view.points), plan.px(8)), view.points, strict=True):
        pieces += _point(place, point, plan)
    return (Ground(DAY), *pieces)


def _point(place: Rect, point: str, plan: Plan) -> list[Piece]:
    mark, words = place.left(plan.px(34), plan.px(12))
    side = plan.px(30)
    size = UPRIGHT if plan.sheet.is_portrait else Size.BODY.value
    text = Style(plan.px(size), DAY.ink, stand=Stand.MIDDLE, lines=6)
    return [Mark(mark.middle(side, side), Symbol.TICK, DAY.accent), Words(words, point, text)]
