"""Nobody is there: an invitation that can be read from across the hall."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.pages.furniture import BUTTON_H, GAP, Block, Plan, centred, corner_button, stack, staff_of
from kiosk.screens.theme import HALO, NIGHT, Size, Weight
from kiosk.screens.view import View
from kiosk.screens.widgets import Ground, Hit, Mark, Panel, Piece, Stand, Style, Words

WAY_H = 80


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """Clock and staff above, the invitation with its picture in the middle, two ways in of equal weight below."""
    plan = Plan(sheet, fonts, NIGHT)
    top, rest = sheet.page.top(plan.px(BUTTON_H), plan.px(8))
    foot, middle = rest.foot(plan.px(2 * WAY_H + GAP if sheet.is_portrait else WAY_H), plan.px(GAP))
    if sheet.is_portrait:
        picture, words = middle.top(round(middle.h * 0.58), plan.px(12))
    else:
        picture, words = middle.end(round(middle.w * 0.4), plan.px(16))
    return (
        Ground(NIGHT),
        *_clock(view, top, plan),
        *corner_button(staff_of(view), plan),
        *_picture(view, picture, plan),
        *_invitation(view, words, plan),
        *_ways(view, foot, plan),
    )


def _clock(view: View, line: Rect, plan: Plan) -> list[Piece]:
    clock = Style(plan.px(Size.HEADLINE.value), NIGHT.ink, Weight.SEMIBOLD, stand=Stand.MIDDLE)
    day = Style(plan.px(Size.SMALL.value), NIGHT.soft, stand=Stand.MIDDLE, lines=2)
    time, rest = line.left(plan.fonts.width(view.clock, clock.weight, clock.size) + 2, plan.px(16))
    return [Words(time, view.clock, clock), Words(rest.left(plan.px(190))[0], view.date, day)]


def _picture(view: View, area: Rect, plan: Plan) -> list[Piece]:
    circle = area.square().inset(plan.px(4))
    inner = circle.inset(round(circle.w * 0.09))
    side = round(inner.w * 0.62)
    return [
        Panel(circle, HALO[0], circle.w // 2),
        Panel(inner, HALO[1], inner.w // 2),
        Mark(inner.middle(side, side), view.symbol, NIGHT.accent),
    ]


def _invitation(view: View, area: Rect, plan: Plan) -> list[Piece]:
    title = plan.style(Size.GIANT, NIGHT.ink, Weight.BOLD)
    text = plan.style(Size.HEADLINE, NIGHT.soft, lines=3)
    if plan.sheet.is_portrait:
        title, text = centred(title), centred(text)
    return stack([Block(view.title, title, plan.px(6)), Block(view.text, text)], area, plan.fonts)


def _ways(view: View, area: Rect, plan: Plan) -> list[Piece]:
    """With the face or without it: the same size, the same colours."""
    ways = [touchable for touchable in view.buttons if touchable.button in (Button.WITH_FACE, Button.WITHOUT_FACE)]
    gap = plan.px(GAP)
    places = area.rows(len(ways), gap) if plan.sheet.is_portrait else area.columns(len(ways), gap)
    pieces: list[Piece] = []
    for place, way in zip(places, ways, strict=True):
        mark, words = place.inset(plan.px(14), plan.px(6)).left(plan.px(44), plan.px(14))
        label = plan.style(Size.BODY, NIGHT.ink, Weight.SEMIBOLD)
        pieces += [
            Panel(place, NIGHT.card, plan.px(16), NIGHT.edge, max(1, plan.px(1.5))),
            Mark(mark, way.symbol, NIGHT.accent),
            *stack([Block(way.label, label), Block(way.note, plan.style(Size.SMALL, NIGHT.soft))], words, plan.fonts),
            Hit(place, way, plan.px(16)),
        ]
    return pieces
