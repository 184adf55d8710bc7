"""The PIN pad."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.pages.furniture import (
    BUTTON_H,
    CORNER_W,
    GAP,
    RADIUS,
    Block,
    Look,
    Plan,
    button,
    centred,
    plate,
    stack,
)
from kiosk.screens.theme import DAY, SIGNS, Size, Weight
from kiosk.screens.view import Touchable, View
from kiosk.screens.widgets import Dots, Ground, Hit, Panel, Piece, Words


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """What is asked and the dots on one side, the keys on the other."""
    plan = Plan(sheet, fonts, DAY)
    if sheet.is_portrait:
        keys, said = sheet.page.foot(round(sheet.page.h * 0.56), plan.px(20))
    else:
        keys, said = sheet.page.end(plan.px(360), plan.px(28))
    return (Ground(DAY), *_said(view, said, plan), *_keys(view, keys, plan))


def _said(view: View, area: Rect, plan: Plan) -> list[Piece]:
    pieces: list[Piece] = []
    back = view.button(Button.BACK)
    line, area = area.top(plan.px(BUTTON_H), plan.px(GAP))
    if back is not None:
        pieces += button(line.left(plan.px(CORNER_W))[0], back, Look.QUIET, plan)
    field, words = area.foot(plan.px(78), plan.px(GAP))
    title = centred(plan.style(Size.HEADLINE, DAY.ink, Weight.BOLD, lines=2))
    if view.hint:
        said = Block(view.hint, centred(plan.style(Size.BODY, SIGNS[view.tone], Weight.SEMIBOLD, lines=3)))
    else:
        said = Block(view.text, centred(plan.style(Size.BODY, DAY.soft, lines=3)))
    pieces += stack([Block(view.title, title, plan.px(8)), said], words, plan.fonts)
    return [*pieces, plate(field, plan), Dots(field.inset(plan.px(20), plan.px(30)), view.count, DAY.ink)]


def _keys(view: View, area: Rect, plan: Plan) -> list[Piece]:
    digits = [touchable for touchable in view.buttons if touchable.button is Button.DIGIT]
    delete, done = view.button(Button.DELETE), view.button(Button.OK)
    gap = plan.px(12)
    places = [place for row in area.rows(4, gap) for place in row.columns(3, gap)]
    pieces: list[Piece] = []
    for place, digit in zip((*places[:9], places[10]), digits, strict=True):
        pieces += _digit(place, digit, plan)
    if delete is not None:
        pieces += button(places[9], delete, Look.QUIET, plan)
    if done is not None:
        pieces += button(places[11], done, Look.PRIMARY, plan)
    return pieces


def _digit(rect: Rect, digit: Touchable, plan: Plan) -> list[Piece]:
    fill, ink = (DAY.card, DAY.ink) if digit.enabled else (DAY.ground, DAY.edge)
    return [
        Panel(rect, fill, plan.px(RADIUS), DAY.edge, max(1, plan.px(1.5))),
        Words(rect.inset(plan.px(4)), digit.label, centred(plan.style(Size.HEADLINE, ink, Weight.SEMIBOLD))),
        Hit(rect, digit, plan.px(RADIUS)),
    ]
