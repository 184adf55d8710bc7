"""Large cards that can be touched: a symbol in a circle, a label and a note."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.pages.furniture import RADIUS, Block, centred, disc, stack, style
from kiosk.screens.theme import SIGNS, Palette, Size, Weight
from kiosk.screens.view import Tone, Touchable
from kiosk.screens.widgets import Hit, Panel, Piece, Stand, Style


def card(rect: Rect, touchable: Touchable, palette: Palette, sheet: Sheet, fonts: Fonts) -> list[Piece]:
    """A card with its symbol above label and note."""
    danger = touchable.button in (Button.REMOVE, Button.CONFIRM_REMOVE)
    inside = rect.inset(sheet.px(16), sheet.px(18))
    picture, words = inside.top(round(inside.h * 0.5), sheet.px(12))
    circle = picture.square() if picture.h < sheet.px(130) else picture.middle(sheet.px(130), sheet.px(130))
    label = centred(style(sheet, Size.TITLE, palette.ink, Weight.SEMIBOLD, lines=2))
    note = centred(style(sheet, Size.SMALL, palette.soft, lines=2))
    return [
        _plate(rect, palette, sheet),
        *disc(circle, touchable.symbol, SIGNS[Tone.STOP] if danger else palette.accent, palette.on_accent),
        *stack([Block(touchable.label, label, sheet.px(4)), Block(touchable.note, note)], words, fonts),
        Hit(rect, touchable, sheet.px(RADIUS)),
    ]


def row_card(rect: Rect, touchable: Touchable, palette: Palette, sheet: Sheet, fonts: Fonts) -> list[Piece]:
    """A card with its symbol beside label and note; the label may be a name of any length."""
    inside = rect.inset(sheet.px(14), sheet.px(8))
    side = min(sheet.px(56), inside.h)
    picture, words = inside.left(side, sheet.px(14))
    label = Style(sheet.px(Size.BODY.value), palette.ink, Weight.SEMIBOLD, lines=2, may_cut=True, shrink=0.75)
    note = style(sheet, Size.SMALL, palette.soft)
    return [
        _plate(rect, palette, sheet),
        *disc(picture, touchable.symbol, palette.ground, palette.accent),
        *stack(
            [Block(touchable.label, label, sheet.px(2)), Block(touchable.note, note)], words, fonts, stand=Stand.MIDDLE
        ),
        Hit(rect, touchable, sheet.px(RADIUS)),
    ]


def _plate(rect: Rect, palette: Palette, sheet: Sheet) -> Panel:
    return Panel(rect, palette.card, sheet.px(RADIUS), palette.edge, max(1, sheet.px(1.5)))
