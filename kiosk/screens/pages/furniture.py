"""What several pages have in common: buttons, headers, footers, and texts stacked below each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.theme import Colour, Palette, Size, Weight
from kiosk.screens.view import Symbol, Touchable, View
from kiosk.screens.widgets import Align, Hit, Mark, Panel, Piece, Stand, Style, Words

BUTTON_H = 66
HEADER_H = 64
GAP = 14
RADIUS = 16


class Look(StrEnum):
    """How much a button stands out."""

    PRIMARY = "primary"
    QUIET = "quiet"
    DANGER = "danger"


def style(sheet: Sheet, size: Size, colour: Colour, weight: Weight = Weight.REGULAR, *, lines: int = 1) -> Style:
    """A text style in that size on this sheet."""
    return Style(sheet.px(size.value), colour, weight, lines=lines)


def centred(base: Style) -> Style:
    """The same style in the middle of its rectangle."""
    return Style(base.size, base.colour, base.weight, Align.CENTRE, Stand.MIDDLE, base.lines, base.may_cut, base.shrink)


def button(rect: Rect, touchable: Touchable, look: Look, palette: Palette, sheet: Sheet) -> list[Piece]:
    """A button with its label, its symbol, or both beside each other."""
    fill, ink, edge = _colours(look, palette, touchable.enabled)
    radius = min(sheet.px(RADIUS), rect.h // 2)
    pieces: list[Piece] = [Panel(rect, fill, radius, edge, max(1, sheet.px(1.5)))]
    inside = rect.inset(min(sheet.px(14), rect.w // 8), sheet.px(4))
    if touchable.symbol is not Symbol.NONE and touchable.label:
        side = min(sheet.px(28), inside.h)
        place, inside = inside.left(side, sheet.px(8))
        pieces.append(Mark(place, touchable.symbol, ink))
    elif touchable.symbol is not Symbol.NONE:
        side = min(sheet.px(34), round(inside.h * 0.7), round(inside.w * 0.7))
        pieces.append(Mark(inside.middle(side, side), touchable.symbol, ink))
    if touchable.label:
        pieces.append(Words(inside, touchable.label, centred(style(sheet, Size.BODY, ink, Weight.SEMIBOLD))))
    pieces.append(Hit(rect, touchable, radius))
    return pieces


def staff_button(view: View, sheet: Sheet, palette: Palette) -> list[Piece]:
    """The quiet button to the staff's screens, in the upper right corner; nothing where the view has none."""
    touchable = view.button(Button.STAFF)
    if touchable is None:
        return []
    corner, _ = sheet.page.top(sheet.px(BUTTON_H))[0].end(sheet.px(124))
    return button(corner, touchable, Look.QUIET, palette, sheet)


def header(title: str, sheet: Sheet, palette: Palette, left: Touchable | None) -> tuple[list[Piece], Rect]:
    """The title, with a way back on its left where there is one; and the rest of the page below."""
    line, rest = sheet.page.top(sheet.px(HEADER_H), sheet.px(GAP))
    pieces: list[Piece] = []
    if left is not None:
        place, line = line.left(sheet.px(124), sheet.px(18))
        pieces += button(place, left, Look.QUIET, palette, sheet)
    text = Style(sheet.px(Size.TITLE.value), palette.ink, Weight.BOLD, stand=Stand.MIDDLE, lines=2, may_cut=True)
    pieces.append(Words(line, title, text))
    return pieces, rest


def footer(
    buttons: Sequence[tuple[Touchable, Look]], area: Rect, sheet: Sheet, palette: Palette
) -> tuple[list[Piece], Rect]:
    """Buttons side by side at the bottom, the last one being the way on; and the rest of the area above."""
    line, rest = area.foot(sheet.px(BUTTON_H), sheet.px(GAP))
    pieces: list[Piece] = []
    for place, (touchable, look) in zip(line.columns(len(buttons), sheet.px(GAP)), buttons, strict=True):
        pieces += button(place, touchable, look, palette, sheet)
    return pieces, rest


@dataclass(frozen=True, slots=True)
class Block:
    """One text of a stack, with the space below it."""

    text: str
    style: Style
    below: int = 0


def stack(blocks: Sequence[Block], area: Rect, fonts: Fonts, *, stand: Stand = Stand.MIDDLE) -> list[Piece]:
    """Texts below each other, each as high as it needs; empty ones take no room. All shrink alike if they must."""
    told = [block for block in blocks if block.text]
    heights = [fonts.height(area.w, block.text, block.style) for block in told]
    spaces = [block.below for block in told[:-1]] + [0] if told else []
    total = sum(heights) + sum(spaces)
    if total > area.h > 0 and any(block.style.size > 12 for block in told):
        return stack([_smaller(block) for block in told], area, fonts, stand=stand)
    slack = max(0, area.h - total)
    y = area.y + {Stand.TOP: 0, Stand.MIDDLE: slack // 2, Stand.BOTTOM: slack}[stand]
    pieces: list[Piece] = []
    for block, height, space in zip(told, heights, spaces, strict=True):
        pieces.append(Words(Rect(area.x, y, area.w, height), block.text, block.style))
        y += height + space
    return pieces


def disc(rect: Rect, symbol: Symbol, fill: Colour, ink: Colour) -> list[Piece]:
    """A symbol in a filled circle."""
    circle = rect.square()
    side = round(circle.w * 0.56)
    return [Panel(circle, fill, circle.w // 2), Mark(circle.middle(side, side), symbol, ink)]


def _smaller(block: Block) -> Block:
    old = block.style
    size = max(12, round(old.size * 0.94))
    new = Style(size, old.colour, old.weight, old.align, old.stand, old.lines, old.may_cut, old.shrink)
    return Block(block.text, new, round(block.below * 0.94))


def _colours(look: Look, palette: Palette, enabled: bool) -> tuple[Colour, Colour, Colour | None]:
    if not enabled:
        return palette.ground, palette.edge, palette.edge
    match look:
        case Look.PRIMARY:
            return palette.accent, palette.on_accent, None
        case Look.DANGER:
            return palette.danger, palette.on_danger, None
        case Look.QUIET:
            return palette.card, palette.ink, palette.edge
