"""A long text to be read: as many lines as the sheet holds in a size that can be read, turned by touch."""

from dataclasses import replace

from kiosk.screens.events import Button
from kiosk.screens.fonts import LINE, Fonts
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.pages.furniture import BUTTON_H, GAP, Look, Plan, button, centred, header, plate
from kiosk.screens.theme import DAY, Size
from kiosk.screens.view import Touchable, View
from kiosk.screens.widgets import Ground, Piece, Style, Words

TURN_W, SIDE_W = 84, 180
FEW_PAGES = 3


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The title, the page of the text, and below it: away, back and forth, on."""
    plan = Plan(sheet, fonts, DAY)
    pieces, rest = header(view, None, plan, note=view.caption)
    feet = 2 if sheet.is_portrait else 1
    foot, place = rest.foot(feet * plan.px(BUTTON_H) + (feet - 1) * plan.px(GAP), plan.px(GAP))
    inside = place.inset(plan.px(18), plan.px(12))
    style, lines, room = _set(view.entry, inside, plan)
    step, pages = round(style.size * LINE), max(1, -(-len(lines) // room))
    page = min(view.count, pages - 1)
    pieces = [Ground(DAY), *pieces, plate(place, plan)]
    for number, text in enumerate(lines[page * room : (page + 1) * room]):
        pieces += [Words(Rect(inside.x, inside.y + number * step, inside.w, step), text, style)] if text else []
    return (*pieces, *_foot(view, foot, (page, pages), plan))


def _set(text: str, inside: Rect, plan: Plan) -> tuple[Style, tuple[str, ...], int]:
    """The style, all lines, and how many go on a page: a text of more than a few pages is set a little smaller."""
    for size in (Size.BODY, Size.SMALL):
        style = plan.style(size, DAY.ink)
        lines = plan.fonts.lines(text, inside.w, style.weight, style.size)
        room = max(1, inside.h // round(style.size * LINE))
        if len(lines) <= FEW_PAGES * room:
            break
    return style, lines, room


def _foot(view: View, foot: Rect, place: tuple[int, int], plan: Plan) -> list[Piece]:
    """Away and on, and between them (upright: above them) what turns pages, where there are several."""
    line, turns = foot.foot(plan.px(BUTTON_H), plan.px(GAP))
    side = plan.px(SIDE_W)
    left, rest = line.left(side, plan.px(GAP))
    right, middle = rest.end(side, plan.px(GAP))
    away, on = _of(view, Button.CANCEL), _of(view, Button.OK)
    pieces = [*button(left, away, Look.QUIET, plan), *button(right, on, Look.PRIMARY, plan)]
    return [*pieces, *_turns(view, turns if plan.sheet.is_portrait else middle, place, plan)]


def _turns(view: View, line: Rect, place: tuple[int, int], plan: Plan) -> list[Piece]:
    page, pages = place
    if pages == 1:
        return []
    left, rest = line.middle(min(line.w, plan.px(340)), line.h).left(plan.px(TURN_W))
    right, number = rest.end(plan.px(TURN_W))
    back = replace(_of(view, Button.PREVIOUS_PAGE), enabled=page > 0)
    on = replace(_of(view, Button.NEXT_PAGE), enabled=page < pages - 1)
    shown = Words(number, f"{page + 1} / {pages}", centred(plan.style(Size.BODY, DAY.ink)))
    return [*button(left, back, Look.QUIET, plan), *button(right, on, Look.QUIET, plan), shown]


def _of(view: View, kind: Button) -> Touchable:
    return next(touchable for touchable in view.buttons if touchable.button is kind)
