"""Who is enrolled, six to a page."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.pages.cards import row_card
from kiosk.screens.pages.furniture import BUTTON_H, GAP, Look, Plan, button, centred, header
from kiosk.screens.states import PEOPLE_PER_PAGE
from kiosk.screens.theme import DAY, Size
from kiosk.screens.view import View
from kiosk.screens.widgets import Ground, Piece, Words


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """Back and title above, the cards, the turning of pages below."""
    return listed(view, Button.PERSON, sheet, fonts)


def listed(view: View, kind: Button, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """A list of the touchables of one kind, six to a page."""
    plan = Plan(sheet, fonts, DAY)
    pieces, rest = header(view, view.button(Button.BACK), plan)
    foot, rest = rest.foot(plan.px(BUTTON_H), plan.px(GAP))
    across = 1 if sheet.is_portrait else 2
    down = PEOPLE_PER_PAGE // across
    gap = plan.px(12)
    places = [place for row in rest.rows(down, gap) for place in row.columns(across, gap)]
    people = [touchable for touchable in view.buttons if touchable.button is kind]
    for place, person in zip(places, people, strict=False):
        pieces += row_card(place, person, plan)
    if view.text:
        pieces.append(Words(rest, view.text, centred(plan.style(Size.TITLE, DAY.soft, lines=2))))
    return (Ground(DAY), *pieces, *_turns(view, foot, plan))


def _turns(view: View, line: Rect, plan: Plan) -> list[Piece]:
    before, after = view.button(Button.PREVIOUS_PAGE), view.button(Button.NEXT_PAGE)
    if before is None or after is None:
        return []
    wide = plan.px(110)
    left, rest = line.middle(min(line.w, plan.px(400)), line.h).left(wide)
    right, middle = rest.end(wide)
    return [
        Words(middle, view.hint, centred(plan.style(Size.BODY, DAY.ink))),
        *button(left, before, Look.QUIET, plan),
        *button(right, after, Look.QUIET, plan),
    ]
