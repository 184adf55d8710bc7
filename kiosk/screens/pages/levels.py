"""How sure the kiosk must be: for faces alone and for passes, each level with what it lets through and costs."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.pages.furniture import RADIUS, Block, Plan, disc, header, stack
from kiosk.screens.theme import DAY, Size, Weight
from kiosk.screens.view import Touchable, View
from kiosk.screens.widgets import Ground, Hit, Panel, Piece, Stand, Style, Words


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """Faces beside (upright: above) passes; the chosen level has a thick edge and a tick."""
    plan = Plan(sheet, fonts, DAY)
    pieces, rest = header(view, view.button(Button.BACK), plan, note=view.caption)
    places = rest.rows(2, plan.px(18)) if sheet.is_portrait else rest.columns(2, plan.px(18))
    for place, kind, title in zip(
        places, (Button.SEARCH_LEVEL, Button.CLAIM_LEVEL), (view.text, view.hint), strict=True
    ):
        pieces += _column(place, title, [one for one in view.buttons if one.button is kind], plan)
    return (Ground(DAY), *pieces)


def _column(area: Rect, title: str, levels: list[Touchable], plan: Plan) -> list[Piece]:
    head, rest = area.top(plan.px(30), plan.px(8))
    style = Style(plan.px(Size.SMALL.value), DAY.soft, Weight.SEMIBOLD, stand=Stand.MIDDLE)
    pieces: list[Piece] = [Words(head, title, style)]
    for place, level in zip(rest.rows(len(levels), plan.px(12)), levels, strict=True):
        pieces += _level(place, level, plan)
    return pieces


def _level(rect: Rect, level: Touchable, plan: Plan) -> list[Piece]:
    edge, width = (DAY.accent, 3.5) if level.is_chosen else (DAY.edge, 1.5)
    inside = rect.inset(plan.px(14), plan.px(8))
    pieces: list[Piece] = [Panel(rect, DAY.card, plan.px(RADIUS), edge, max(1, plan.px(width)))]
    blocks = [
        Block(level.label, plan.style(Size.BODY, DAY.ink, Weight.SEMIBOLD), plan.px(2)),
        *(Block(point, plan.style(Size.SMALL, DAY.soft, lines=2)) for point in level.points),
    ]
    if level.is_chosen:
        side = plan.px(32)
        mark = Rect(inside.right - side, inside.y, side, side)
        pieces += disc(mark, level.symbol, DAY.accent, DAY.on_accent)
    return [*pieces, *stack(blocks, inside, plan.fonts), Hit(rect, level, plan.px(RADIUS))]
