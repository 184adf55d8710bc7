"""What somebody is asked before anything else happens: three ways of the same weight, each with what it means."""

from collections.abc import Callable, Sequence

from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.pages.furniture import (
    BUTTON_H,
    GAP,
    SMALLEST_PX,
    Block,
    Look,
    Plan,
    button,
    centred,
    plate,
    stack,
    stack_height,
)
from kiosk.screens.theme import DAY, Size, Weight
from kiosk.screens.view import Touchable, View
from kiosk.screens.widgets import Ground, Piece, Stand, Style, Words

HEAD_H = 44
INSET = 13
LARGEST = 26
VERSION_H = 19


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The question above; yes, no and "keep nothing" with the same type, colours and buttons, each on a card."""
    plan = Plan(sheet, fonts, DAY)
    head, rest = sheet.page.top(plan.px(HEAD_H), plan.px(10))
    title = centred(plan.style(Size.TITLE, DAY.ink, Weight.BOLD))
    pieces: list[Piece] = [Ground(DAY), Words(head, view.title, title)]
    places, size = _upright(view, rest, plan) if sheet.is_portrait else _wide(view, rest, plan)
    for place, way in zip(places, view.buttons, strict=True):
        pieces += [plate(place, plan), *_way(way, _inside(place, plan), size, plan)]
    return tuple(pieces)


def _wide(view: View, area: Rect, plan: Plan) -> tuple[Sequence[Rect], int]:
    """Side by side, in the largest type in which every text fits, so that none is smaller than another."""
    places = area.columns(len(view.buttons), plan.px(GAP))
    inside = _inside(places[0], plan)
    return places, _largest(lambda size: max(_needs(view, inside.w, size, plan)) <= inside.h, plan)


def _upright(view: View, area: Rect, plan: Plan) -> tuple[Sequence[Rect], int]:
    """Below each other, each as high as it needs; what is left over is shared."""
    gaps = plan.px(GAP) * (len(view.buttons) - 1) + 2 * plan.px(INSET) * len(view.buttons)
    wide = _inside(area, plan).w
    size = _largest(lambda size: sum(_needs(view, wide, size, plan)) <= area.h - gaps, plan)
    needs = _needs(view, wide, size, plan)
    spare = max(0, area.h - gaps - sum(needs)) // len(needs)
    places = []
    for need in needs:
        place, area = area.top(need + spare + 2 * plan.px(INSET), plan.px(GAP))
        places.append(place)
    return places, size


def _largest(fits: Callable[[int], bool], plan: Plan) -> int:
    return next((size for size in range(plan.px(LARGEST), SMALLEST_PX, -1) if fits(size)), SMALLEST_PX)


def _needs(view: View, width: int, size: int, plan: Plan) -> list[int]:
    """How high each way becomes at that width in that type."""
    below = plan.px(BUTTON_H + 10) if plan.sheet.is_portrait else plan.px(BUTTON_H + VERSION_H + 10)
    return [stack_height(_blocks(way, size, plan), width, plan.fonts) + below for way in view.buttons]


def _inside(place: Rect, plan: Plan) -> Rect:
    return place.inset(plan.px(INSET), plan.px(INSET))


def _way(way: Touchable, inside: Rect, size: int, plan: Plan) -> list[Piece]:
    press, said = inside.foot(plan.px(BUTTON_H), plan.px(6))
    if plan.sheet.is_portrait:
        press, version = press.end(round(press.w * 0.6), plan.px(10))
    else:
        version, said = said.foot(plan.px(VERSION_H), plan.px(4))
    small = Style(plan.px(15), DAY.soft, stand=Stand.MIDDLE, may_cut=True)  # a site's notice may have a long name
    return [
        *stack(_blocks(way, size, plan), said, plan.fonts, stand=Stand.TOP),
        Words(version, way.small_print, small if plan.sheet.is_portrait else centred(small)),
        *button(press, way, Look.PRIMARY, plan),
    ]


def _blocks(way: Touchable, size: int, plan: Plan) -> list[Block]:
    title = Style(round(size * 1.2), DAY.accent, Weight.SEMIBOLD, lines=2)
    point = Style(size, DAY.ink, lines=6)
    return [Block(way.note, title, size // 4), *(Block(each, point, size // 3) for each in way.points)]
