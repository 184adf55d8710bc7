"""Who is enrolled, six to a page."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.pages.cards import row_card
from kiosk.screens.pages.furniture import GAP, HEADER_H, Look, button, centred, header, style
from kiosk.screens.states import PEOPLE_PER_PAGE
from kiosk.screens.theme import DAY, Size
from kiosk.screens.view import View
from kiosk.screens.widgets import Ground, Piece, Words


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """Back, title and the turning of pages above, the cards below."""
    pieces, rest = header(view.title, sheet, DAY, view.button(Button.BACK))
    across = 1 if sheet.is_portrait else 2
    down = PEOPLE_PER_PAGE // across
    foot, rest = rest.foot(sheet.px(HEADER_H), sheet.px(GAP))
    rest, _ = rest.top(min(rest.h, down * sheet.px(112)))
    gap = sheet.px(12)
    places = [place for row in rest.rows(down, gap) for place in row.columns(across, gap)]
    people = [touchable for touchable in view.buttons if touchable.button is Button.PERSON]
    for place, person in zip(places, people, strict=False):
        pieces += row_card(place, person, DAY, sheet, fonts)
    if view.text:
        pieces.append(Words(rest, view.text, centred(style(sheet, Size.TITLE, DAY.soft, lines=2))))
    return (Ground(DAY), *pieces, *_turns(view, foot, sheet))


def _turns(view: View, line: Rect, sheet: Sheet) -> list[Piece]:
    before, after = view.button(Button.PREVIOUS_PAGE), view.button(Button.NEXT_PAGE)
    if before is None or after is None:
        return []
    wide = sheet.px(110)
    left, rest = line.middle(min(line.w, sheet.px(400)), line.h).left(wide)
    right, middle = rest.end(wide)
    pieces: list[Piece] = [Words(middle, view.hint, centred(style(sheet, Size.BODY, DAY.ink)))]
    pieces += button(left, before, Look.QUIET, DAY, sheet)
    pieces += button(right, after, Look.QUIET, DAY, sheet)
    return pieces
