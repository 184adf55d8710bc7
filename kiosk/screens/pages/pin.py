"""The PIN pad."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.pages.furniture import GAP, HEADER_H, Block, Look, button, centred, stack, style
from kiosk.screens.theme import DAY, SIGNS, Size, Weight
from kiosk.screens.view import Touchable, View
from kiosk.screens.widgets import Dots, Ground, Panel, Piece


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """What is asked and the dots on one side, the keys on the other."""
    if sheet.is_portrait:
        said, keys = sheet.page.top(round(sheet.page.h * 0.42), sheet.px(20))
    else:
        keys, said = sheet.page.end(sheet.px(360), sheet.px(28))
    return (Ground(DAY), *_said(view, said, sheet, fonts), *_keys(view, keys, sheet))


def _said(view: View, area: Rect, sheet: Sheet, fonts: Fonts) -> list[Piece]:
    pieces: list[Piece] = []
    back = view.button(Button.BACK)
    line, area = area.top(sheet.px(HEADER_H), sheet.px(GAP))
    if back is not None:
        pieces += button(line.left(sheet.px(124))[0], back, Look.QUIET, DAY, sheet)
    field, words = area.foot(sheet.px(76), sheet.px(GAP))
    title = centred(style(sheet, Size.HEADLINE, DAY.ink, Weight.BOLD, lines=2))
    text = centred(style(sheet, Size.BODY, DAY.soft, lines=3))
    hint = centred(style(sheet, Size.BODY, SIGNS[view.tone], Weight.SEMIBOLD, lines=3))
    pieces += stack(
        [Block(view.title, title, sheet.px(8)), Block(view.hint or view.text, hint if view.hint else text)],
        words,
        fonts,
    )
    pieces.append(Panel(field, DAY.card, sheet.px(16), DAY.edge, max(1, sheet.px(2))))
    pieces.append(Dots(field.inset(sheet.px(20), sheet.px(29)), view.count, DAY.ink))
    return pieces


def _keys(view: View, area: Rect, sheet: Sheet) -> list[Piece]:
    digits = [touchable for touchable in view.buttons if touchable.button is Button.DIGIT]
    delete, done = view.button(Button.DELETE), view.button(Button.OK)
    order: list[tuple[Touchable | None, Look]] = [(digit, Look.QUIET) for digit in digits[:9]]
    order += [(delete, Look.QUIET), (digits[9], Look.QUIET), (done, Look.PRIMARY)]
    gap = sheet.px(12)
    places = [place for row in area.rows(4, gap) for place in row.columns(3, gap)]
    pieces: list[Piece] = []
    for place, (touchable, look) in zip(places, order, strict=True):
        if touchable is not None:
            pieces += button(place, touchable, look, DAY, sheet)
    return pieces
