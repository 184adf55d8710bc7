"""Two faces side by side: the new one, and the one enrolled that looks like it."""

from kiosk.domain.sight import Chip
from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.pages.furniture import Look, Plan, centred, disc, footer, header, plate
from kiosk.screens.theme import DAY, Size, Weight
from kiosk.screens.view import Symbol, View
from kiosk.screens.widgets import Ground, Piece, Portrait, Stand, Style, Words

CAPTION = 34


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The question above, both faces of the same size, the harmless way first below."""
    plan = Plan(sheet, fonts, DAY)
    pieces, rest = header(view, None, plan, note=view.text)
    buttons = [(t, Look.QUIET if t.button is Button.SAVE_ANYWAY else Look.PRIMARY) for t in view.buttons]
    below, rest = footer(buttons, rest, plan)
    left, right = rest.inset(plan.px(16), plan.px(12)).columns(2, plan.px(20))
    return (
        Ground(DAY),
        *pieces,
        *below,
        plate(rest, plan),
        *_face(left, view.chip, view.hint, plan),
        *_face(right, view.other, view.caption, plan),
    )


def _face(area: Rect, chip: Chip | None, caption: str, plan: Plan) -> list[Piece]:
    """A face, or where none is kept a drawn bust, with whose it is below."""
    side = max(1, min(area.w, area.h - plan.px(CAPTION), plan.px(300)))
    group = area.middle(area.w, side + plan.px(CAPTION))
    picture, line = group.top(side)
    place = picture.middle(side, side)
    name = centred(Style(plan.px(Size.BODY.value), DAY.ink, Weight.SEMIBOLD, stand=Stand.MIDDLE, may_cut=True))
    face = disc(place, Symbol.PERSON, DAY.ground, DAY.soft) if chip is None else [Portrait(place, chip, plan.px(18))]
    return [*face, Words(line, caption, name)]
