"""Cards that can be touched: large ones with a symbol above label and note, and rows with it beside them."""

from collections.abc import Sequence

from kiosk.screens.events import Button
from kiosk.screens.layout import Rect
from kiosk.screens.pages.furniture import RADIUS, Block, Plan, centred, disc, plate, stack, stack_height
from kiosk.screens.theme import SIGNS, Size, Weight
from kiosk.screens.view import Tone, Touchable
from kiosk.screens.widgets import Hit, Piece, Portrait, Stand, Style

LARGE_AT_MOST = 3
_DANGERS = (Button.REMOVE, Button.CONFIRM_REMOVE)


def cards(area: Rect, things: Sequence[Touchable], plan: Plan) -> list[Piece]:
    """A large card for each, side by side; below each other on an upright sheet; more than three as rows."""
    if len(things) > LARGE_AT_MOST:
        return _grid(area, things, plan)
    gap = plan.px(18)
    places = area.rows(len(things), gap) if plan.sheet.is_portrait else area.columns(len(things), gap)
    wide = places[0].w - 2 * plan.px(16)
    said = max(stack_height(_texts(thing, plan), wide, plan.fonts) for thing in things)
    return [piece for place, thing in zip(places, things, strict=True) for piece in _card(place, thing, plan, said)]


def _grid(area: Rect, things: Sequence[Touchable], plan: Plan) -> list[Piece]:
    across = 1 if plan.sheet.is_portrait else 2
    down, gap = -(-len(things) // across), plan.px(14)
    places = [place for row in area.rows(down, gap) for place in row.columns(across, gap)]
    return [piece for place, thing in zip(places, things, strict=False) for piece in row_card(place, thing, plan)]


def _card(rect: Rect, touchable: Touchable, plan: Plan, said: int) -> list[Piece]:
    """With the symbol as high on all cards of a row, however many lines (`said` pixels) the others need."""
    palette = plan.palette
    inside = rect.inset(plan.px(16), plan.px(14))
    gap = plan.px(20)
    circle = max(1, min(inside.h - said - gap, plan.px(150)))
    picture, words = inside.middle(inside.w, min(inside.h, circle + gap + said)).top(circle, gap)
    sign = SIGNS[Tone.STOP] if touchable.button in _DANGERS else palette.accent
    return [
        plate(rect, plan),
        *disc(picture, touchable.symbol, sign, palette.on_accent),
        *stack(_texts(touchable, plan), words, plan.fonts, stand=Stand.TOP),
        Hit(rect, touchable, plan.px(RADIUS)),
    ]


def _texts(touchable: Touchable, plan: Plan) -> list[Block]:
    return [
        Block(touchable.label, centred(plan.style(Size.TITLE, plan.palette.ink, Weight.SEMIBOLD, lines=2)), plan.px(4)),
        Block(touchable.note, centred(plan.style(Size.SMALL, plan.palette.soft, lines=2))),
    ]


def row_card(rect: Rect, touchable: Touchable, plan: Plan) -> list[Piece]:
    """A card with its symbol beside label and note; the label may be a name of any length."""
    palette = plan.palette
    inside = rect.inset(plan.px(14), plan.px(8))
    picture, words = inside.left(min(plan.px(56), inside.h), plan.px(14))
    label = Style(plan.px(Size.BODY.value), palette.ink, Weight.SEMIBOLD, lines=2, may_cut=True, shrink=0.75)
    blocks = [Block(touchable.label, label, plan.px(2)), Block(touchable.note, plan.style(Size.SMALL, palette.soft))]
    sign = SIGNS[Tone.STOP] if touchable.button in _DANGERS else palette.accent
    face: list[Piece] = disc(picture, touchable.symbol, palette.ground, sign)
    if touchable.chip is not None:
        face = [Portrait(picture.square(), touchable.chip, plan.px(10))]
    return [plate(rect, plan), *face, *stack(blocks, words, plan.fonts), Hit(rect, touchable, plan.px(RADIUS))]
