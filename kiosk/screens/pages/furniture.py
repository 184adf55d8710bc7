"""What several pages have in common: buttons, headers, footers, and texts stacked below each other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.theme import Colour, Palette, Size, Weight
from kiosk.screens.view import Symbol, Touchable, View
from kiosk.screens.widgets import Align, Hit, Mark, Panel, Piece, Stand, Style, Words

BUTTON_H = 66
NOTED_H = 92
CORNER_W = 128
GAP = 14
FOOTER_AT_MOST = 3
RADIUS = 16
SMALLEST_PX = 12


class Look(StrEnum):
    """How much a button stands out."""

    PRIMARY = "primary"
    QUIET = "quiet"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a page is laid out with: the sheet, the typeface and a palette."""

    sheet: Sheet
    fonts: Fonts
    palette: Palette

    def px(self, design: float) -> int:
        """Pixels for a length on the 480 design."""
        return self.sheet.px(design)

    def style(self, size: Size, colour: Colour, weight: Weight = Weight.REGULAR, lines: int = 1) -> Style:
        """A text style in that size."""
        return Style(self.px(size.value), colour, weight, lines=lines)

    def heading(self, size: Size, colour: Colour, lines: int = 2) -> Style:
        """A bold style that may hold a name of any length."""
        return Style(self.px(size.value), colour, Weight.BOLD, lines=lines, may_cut=True, shrink=0.55)


def centred(style: Style) -> Style:
    """The same style in the middle of its rectangle."""
    return replace(style, align=Align.CENTRE, stand=Stand.MIDDLE)


def button(rect: Rect, touchable: Touchable, look: Look, plan: Plan) -> list[Piece]:
    """A button with its label, its symbol, or both side by side in the middle."""
    fill, ink, edge = _colours(look, plan.palette, touchable.enabled)
    radius = min(plan.px(RADIUS), rect.h // 2)
    pieces: list[Piece] = [Panel(rect, fill, radius, edge, max(1, plan.px(1.5)))]
    inside = rect.inset(min(plan.px(12), rect.w // 10), plan.px(4))
    style = centred(plan.style(Size.BODY, ink, Weight.SEMIBOLD))
    if touchable.symbol is not Symbol.NONE:
        mark, inside = _symbol_place(inside, touchable.label, style, plan)
        pieces.append(Mark(mark, touchable.symbol, ink))
    if touchable.label:
        pieces.append(Words(inside, touchable.label, style))
    pieces.append(Hit(rect, touchable, radius))
    return pieces


def toggle(rect: Rect, touchable: Touchable, plan: Plan) -> list[Piece]:
    """A box to be ticked with its label, as wide as they are."""
    palette, gap, style = plan.palette, plan.px(12), plan.style(Size.BODY, plan.palette.ink)
    side = plan.px(36)
    wide = plan.fonts.width(touchable.label, style.weight, style.size) + side + 3 * gap + 2
    area = rect.middle(min(rect.w, wide), rect.h) if plan.sheet.is_portrait else rect.left(min(rect.w, wide))[0]
    box, words = area.inset(gap, 0).left(side, gap)
    square = box.middle(side, side)
    on = touchable.is_chosen
    fill, edge = (palette.accent, palette.accent) if on else (palette.card, palette.soft)
    tick: list[Piece] = [Mark(square.inset(plan.px(6)), touchable.symbol, palette.on_accent)] if on else []
    return [
        Panel(area, palette.card, plan.px(RADIUS), palette.edge, max(1, plan.px(1.5))),
        Panel(square, fill, plan.px(8), edge, max(2, plan.px(2))),
        *tick,
        Words(words, touchable.label, replace(style, stand=Stand.MIDDLE)),
        Hit(area, touchable, plan.px(RADIUS)),
    ]


def _symbol_place(inside: Rect, label: str, style: Style, plan: Plan) -> tuple[Rect, Rect]:
    """Where the symbol goes, and where the label beside it."""
    if not label:
        side = min(plan.px(34), round(inside.h * 0.7), round(inside.w * 0.8))
        return inside.middle(side, side), inside
    side, gap = min(plan.px(28), inside.h), plan.px(9)
    wide = min(inside.w, side + gap + plan.fonts.width(label, style.weight, style.size) + 2)
    mark, words = inside.middle(wide, inside.h).left(side, gap)
    return mark, words


def corner_button(touchable: Touchable | None, plan: Plan) -> list[Piece]:
    """A quiet button in the upper right corner; nothing where there is nothing to press."""
    if touchable is None:
        return []
    corner, _ = plan.sheet.page.top(plan.px(BUTTON_H))[0].end(plan.px(CORNER_W))
    return button(corner, touchable, Look.QUIET, plan)


def header(view: View, left: Touchable | None, plan: Plan, note: str = "") -> tuple[list[Piece], Rect]:
    """The title with a note below it, beside the way back where there is one; and the rest of the page."""
    high = NOTED_H if note and plan.sheet.is_portrait else BUTTON_H
    line, rest = plan.sheet.page.top(plan.px(high), plan.px(GAP))
    pieces: list[Piece] = []
    if left is not None:
        place, line = line.left(plan.px(CORNER_W), plan.px(18))
        pieces += button(place.middle(place.w, plan.px(BUTTON_H)), left, Look.QUIET, plan)
    title = plan.heading(Size.TITLE, plan.palette.ink, lines=1 if note else 2)
    blocks = [Block(view.title, title), Block(note, plan.style(Size.SMALL, plan.palette.soft, lines=2))]
    return [*pieces, *stack(blocks, line, plan.fonts)], rest


def footer(buttons: Sequence[tuple[Touchable, Look]], area: Rect, plan: Plan) -> tuple[list[Piece], Rect]:
    """Buttons side by side at the bottom, the last one being the way on; and the rest of the area above.

    More than three take two lines on an upright sheet.
    """
    if plan.sheet.is_portrait and len(buttons) > FOOTER_AT_MOST:
        half = len(buttons) // 2
        pieces, rest = footer(buttons[half:], area, plan)
        above, rest = footer(buttons[:half], rest, plan)
        return above + pieces, rest
    line, rest = area.foot(plan.px(BUTTON_H), plan.px(GAP))
    row: list[Piece] = []
    for place, (touchable, look) in zip(line.columns(len(buttons), plan.px(GAP)), buttons, strict=True):
        row += button(place, touchable, look, plan)
    return row, rest


def plate(rect: Rect, plan: Plan) -> Panel:
    """A white card with a thin edge."""
    return Panel(rect, plan.palette.card, plan.px(RADIUS + 2), plan.palette.edge, max(1, plan.px(1.5)))


def disc(rect: Rect, symbol: Symbol, fill: Colour, ink: Colour) -> list[Piece]:
    """A symbol in a filled circle."""
    circle = rect.square()
    side = round(circle.w * 0.58)
    return [Panel(circle, fill, circle.w // 2), Mark(circle.middle(side, side), symbol, ink)]


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
    total = stack_height(told, area.w, fonts)
    if total > area.h > 0 and any(block.style.size > SMALLEST_PX for block in told):
        return stack([_smaller(block) for block in told], area, fonts, stand=stand)
    slack = max(0, area.h - total)
    y = area.y + {Stand.TOP: 0, Stand.MIDDLE: slack // 2, Stand.BOTTOM: slack}[stand]
    pieces: list[Piece] = []
    for block, height in zip(told, heights, strict=True):
        pieces.append(Words(Rect(area.x, y, area.w, height), block.text, block.style))
        y += height + block.below
    return pieces


def stack_height(blocks: Sequence[Block], width: int, fonts: Fonts) -> int:
    """How high these texts become at that width."""
    told = [block for block in blocks if block.text]
    heights = (fonts.height(width, block.text, block.style) for block in told)
    return sum(heights) + sum(block.below for block in told[:-1])


def _smaller(block: Block) -> Block:
    size = max(SMALLEST_PX, round(block.style.size * 0.94))
    return Block(block.text, replace(block.style, size=size), round(block.below * 0.94))


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


def staff_of(view: View) -> Touchable | None:
    """The button to the staff's screens, where the view has one."""
    return view.button(Button.STAFF)
