"""The camera's picture with what to do: for visitors, for the face that belongs to a pass, and for enrolment."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.pages.furniture import BUTTON_H, Block, Look, button, centred, disc, stack, staff_button, style
from kiosk.screens.theme import GREEN, NIGHT, OUTLINES, Size, Weight
from kiosk.screens.view import Symbol, Tone, View
from kiosk.screens.widgets import Bar, Ground, Panel, Piece, Preview


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The picture fills the sheet (its upper part when upright), the sentence stands on a card below."""
    picture, card = _places(sheet)
    pieces: list[Piece] = [Ground(NIGHT), Preview(picture, 0, view.outline, OUTLINES[not view.is_advice])]
    pieces.append(Panel(card, NIGHT.ground, sheet.px(22)))
    pieces += _said(view, card, sheet, fonts)
    pieces += _corner(view, sheet)
    return tuple(pieces)


def _places(sheet: Sheet) -> tuple[Rect, Rect]:
    if sheet.is_portrait:
        picture, rest = sheet.rect.top(round(sheet.width * 1.12))
        return picture, rest.inset(sheet.px(20), sheet.px(24))
    card, _ = sheet.rect.inset(sheet.px(16)).foot(sheet.px(124))
    return sheet.rect, card


def _said(view: View, card: Rect, sheet: Sheet, fonts: Fonts) -> list[Piece]:
    inside = card.inset(sheet.px(22), sheet.px(12))
    pieces: list[Piece] = []
    if view.progress is not None:
        place, inside = inside.foot(sheet.px(10), sheet.px(10))
        pieces.append(Bar(place, view.progress, NIGHT.accent, NIGHT.edge))
    if view.symbol is not Symbol.NONE:
        side = min(sheet.px(72), inside.h)
        place, inside = inside.top(side, sheet.px(12)) if sheet.is_portrait else inside.left(side, sheet.px(18))
        fill = GREEN.glow if view.tone is Tone.GOOD else NIGHT.card
        pieces += disc(place, view.symbol, fill, NIGHT.ink)
    title = style(sheet, Size.SMALL, NIGHT.accent, Weight.SEMIBOLD)
    text = style(sheet, Size.HEADLINE, NIGHT.ink, Weight.BOLD, lines=3 if sheet.is_portrait else 1)
    hint = style(sheet, Size.SMALL, NIGHT.soft, lines=2 if sheet.is_portrait else 1)
    if sheet.is_portrait:
        title, text, hint = centred(title), centred(text), centred(hint)
    blocks = [Block(view.title, title, sheet.px(2)), Block(view.text, text, sheet.px(2)), Block(view.hint, hint)]
    return [*pieces, *stack(blocks, inside, fonts)]


def _corner(view: View, sheet: Sheet) -> list[Piece]:
    cancel = view.button(Button.CANCEL)
    if cancel is None:
        return staff_button(view, sheet, NIGHT)
    corner, _ = sheet.page.top(sheet.px(BUTTON_H))[0].end(sheet.px(124))
    return button(corner, cancel, Look.QUIET, NIGHT, sheet)
