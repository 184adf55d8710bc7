"""The name, typed on the on-screen keyboard."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.keyboard import Key
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.pages.furniture import BUTTON_H, Look, button
from kiosk.screens.theme import DAY, Size, Weight
from kiosk.screens.view import Symbol, Touchable, View
from kiosk.screens.widgets import Align, Ground, Hit, Mark, Panel, Piece, Stand, Style, Words

_SYMBOLS = {Button.SHIFT: Symbol.SHIFT, Button.DELETE: Symbol.DELETE}


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """Cancel, question and next in one line; the name so far; the keys."""
    line, rest = sheet.page.top(sheet.px(BUTTON_H), sheet.px(12))
    entry, rest = rest.top(sheet.px(64), sheet.px(14))
    high = min(rest.h, sheet.px(4 * 84))
    keys, _ = rest.foot(high)
    return (
        Ground(DAY),
        *_line(view, line, sheet),
        *_entry(view, entry, sheet, fonts),
        *_keys(view, keys, sheet),
    )


def _line(view: View, line: Rect, sheet: Sheet) -> list[Piece]:
    cancel, done = view.button(Button.CANCEL), view.button(Button.OK)
    left, line = line.left(sheet.px(124), sheet.px(12))
    right, line = line.end(sheet.px(124), sheet.px(12))
    asked = Style(sheet.px(Size.TITLE.value), DAY.ink, Weight.BOLD, Align.CENTRE, Stand.MIDDLE, lines=2)
    pieces: list[Piece] = [Words(line, view.title, asked)]
    if cancel is not None:
        pieces += button(left, cancel, Look.QUIET, DAY, sheet)
    if done is not None:
        pieces += button(right, done, Look.PRIMARY, DAY, sheet)
    return pieces


def _entry(view: View, field: Rect, sheet: Sheet, fonts: Fonts) -> list[Piece]:
    """The end of the name and a caret; a long name shows its end, which is where one types."""
    style = Style(sheet.px(Size.TITLE.value), DAY.ink, Weight.SEMIBOLD, stand=Stand.MIDDLE)
    inside = field.inset(sheet.px(18), sheet.px(6))
    shown = view.entry
    while fonts.width(shown, style.weight, style.size) > inside.w - sheet.px(8):
        shown = "…" + shown.lstrip("…")[1:]
    caret_x = inside.x + fonts.width(shown, style.weight, style.size) + sheet.px(2)
    caret = Rect(caret_x, field.y + sheet.px(14), max(2, sheet.px(3)), field.h - sheet.px(28))
    return [
        Panel(field, DAY.card, sheet.px(14), DAY.accent, max(2, sheet.px(2.5))),
        Words(inside, shown, style),
        Panel(caret, DAY.accent, 1),
    ]


def _keys(view: View, area: Rect, sheet: Sheet) -> list[Piece]:
    gap = sheet.px(7)
    widest = max(sum(key.width for key in row) + 0.0 for row in view.keys)
    most = max(len(row) for row in view.keys)
    unit = (area.w - gap * (most - 1)) / max(widest, 1.0)
    pieces: list[Piece] = []
    for place, row in zip(area.rows(len(view.keys), gap), view.keys, strict=True):
        wide = sum(round(unit * key.width) for key in row) + gap * (len(row) - 1)
        x = place.x + (place.w - wide) // 2
        for key in row:
            w = round(unit * key.width)
            pieces += _key(Rect(x, place.y, w, place.h), key, sheet)
            x += w + gap
    return pieces


def _key(rect: Rect, key: Key, sheet: Sheet) -> list[Piece]:
    letter = key.button is Button.KEY
    fill = DAY.accent if key.lit else DAY.card if letter else (214, 223, 232)
    ink = DAY.on_accent if key.lit else DAY.ink
    size = Size.BODY if letter and len(key.label) == 1 else Size.SMALL
    style = Style(sheet.px(size.value), ink, Weight.SEMIBOLD, Align.CENTRE, Stand.MIDDLE)
    pieces: list[Piece] = [Panel(rect, fill, sheet.px(10), DAY.edge, 1)]
    if key.button in _SYMBOLS:
        side = min(sheet.px(30), rect.w - 4)
        pieces.append(Mark(rect.middle(side, side), _SYMBOLS[key.button], ink))
    else:
        pieces.append(Words(rect.inset(2), key.label, style))
    pieces.append(Hit(rect, Touchable(key.button, key.label, key.text), sheet.px(10)))
    return pieces
