"""The name, typed on the on-screen keyboard."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.keyboard import Key
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.pages.furniture import BUTTON_H, CORNER_W, Look, Plan, button, centred
from kiosk.screens.theme import DAY, KEY, Size, Weight
from kiosk.screens.view import Symbol, Touchable, View
from kiosk.screens.widgets import Ground, Hit, Mark, Panel, Piece, Stand, Style, Words

KEY_H = 84
_SYMBOLS = {Button.SHIFT: Symbol.SHIFT, Button.DELETE: Symbol.DELETE}


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """Cancel, question and next in one line; the name so far; the keys, within a thumb's reach of the bottom."""
    plan = Plan(sheet, fonts, DAY)
    line, rest = sheet.page.top(plan.px(BUTTON_H), plan.px(12))
    keys, rest = rest.foot(min(rest.h - plan.px(78), plan.px(4 * KEY_H)), plan.px(14))
    if sheet.is_portrait:
        keys = Rect(0, keys.y, sheet.width, keys.h).inset(plan.px(3), 0)
        field, asked = rest.foot(plan.px(76), plan.px(24))
    else:
        field, asked = rest.foot(plan.px(64))[0], line.inset(plan.px(CORNER_W + 12), 0)
    title = centred(plan.style(Size.DISPLAY if sheet.is_portrait else Size.TITLE, DAY.ink, Weight.BOLD, lines=3))
    pieces: list[Piece] = [Ground(DAY), Words(asked, view.title, title), *_ways(view, line, plan)]
    return (*pieces, *_field(view, field, plan), *_keys(view, keys, plan))


def _ways(view: View, line: Rect, plan: Plan) -> list[Piece]:
    cancel, done = view.button(Button.CANCEL), view.button(Button.OK)
    wide = plan.px(CORNER_W)
    left = button(line.left(wide)[0], cancel, Look.QUIET, plan) if cancel else []
    right = button(line.end(wide)[0], done, Look.PRIMARY, plan) if done else []
    return [*left, *right]


def _field(view: View, field: Rect, plan: Plan) -> list[Piece]:
    """The end of the name and a caret; a long name shows its end, which is where one types."""
    style = Style(plan.px(Size.TITLE.value), DAY.ink, Weight.SEMIBOLD, stand=Stand.MIDDLE)
    inside = field.inset(plan.px(18), plan.px(6))
    shown = _end_of(view.entry, style, inside.w - plan.px(10), plan)
    after = plan.fonts.width(shown, style.weight, style.size)
    caret = Rect(inside.x + after + plan.px(3), field.y, max(2, plan.px(3)), field.h).inset(0, plan.px(13))
    return [
        Panel(field, DAY.card, plan.px(14), DAY.accent, max(2, plan.px(2.5))),
        Words(inside, shown, style),
        Panel(caret, DAY.accent, 1),
    ]


def _end_of(text: str, style: Style, width: int, plan: Plan) -> str:
    shown = text
    while shown and plan.fonts.width(shown, style.weight, style.size) > width:
        shown = "…" + shown.lstrip("…")[1:]
    return shown


def _keys(view: View, area: Rect, plan: Plan) -> list[Piece]:
    gap = plan.px(3 if plan.sheet.is_portrait else 6)
    widest = max(sum(key.width for key in row) for row in view.keys)
    unit = (area.w - gap * (max(len(row) for row in view.keys) - 1)) / widest
    pieces: list[Piece] = []
    for line, row in zip(area.rows(len(view.keys), plan.px(8)), view.keys, strict=True):
        widths = [round(unit * key.width) for key in row]
        x = line.x + (line.w - sum(widths) - gap * (len(row) - 1)) // 2
        for key, width in zip(row, widths, strict=True):
            pieces += _key(Rect(x, line.y, width, line.h), key, plan)
            x += width + gap
    return pieces


def _key(rect: Rect, key: Key, plan: Plan) -> list[Piece]:
    letter = key.button is Button.KEY
    fill = DAY.accent if key.lit else DAY.card if letter else KEY
    ink = DAY.on_accent if key.lit else DAY.ink
    pieces: list[Piece] = [Panel(rect, fill, plan.px(10), DAY.edge, max(1, plan.px(1)))]
    if key.button in _SYMBOLS:
        side = min(plan.px(32), rect.w - 4)
        pieces.append(Mark(rect.middle(side, side), _SYMBOLS[key.button], ink))
    else:
        size = Size.TITLE if len(key.label) == 1 else Size.SMALL
        pieces.append(Words(rect.inset(2), key.label, centred(plan.style(size, ink, Weight.SEMIBOLD))))
    pieces.append(Hit(rect, Touchable(key.button, key.label, key.text), plan.px(10)))
    return pieces
