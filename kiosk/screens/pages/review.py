"""The last look before anything is kept: the picture and the name."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.pages.furniture import BUTTON_H, Block, Look, Plan, centred, footer, header, plate, stack, toggle
from kiosk.screens.theme import DAY, Size
from kiosk.screens.view import View
from kiosk.screens.widgets import Ground, Piece, Portrait

_ON = (Button.SAVE, Button.BACK)


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The picture beside (upright: above) the name; cancel, retake, save below."""
    plan = Plan(sheet, fonts, DAY)
    pieces, rest = header(view, None, plan)
    buttons = [
        (t, Look.PRIMARY if t.button in _ON else Look.QUIET) for t in view.buttons if t.button is not Button.SINGLE_USE
    ]
    below, rest = footer(buttons, rest, plan)
    return (Ground(DAY), *pieces, *below, plate(rest, plan), *_shown(view, rest.inset(plan.px(18)), plan))


def _shown(view: View, inside: Rect, plan: Plan) -> list[Piece]:
    name = plan.heading(Size.HEADLINE, DAY.ink, lines=3)
    hint = plan.style(Size.BODY, DAY.soft, lines=2)
    if plan.sheet.is_portrait:
        side = min(inside.w, plan.px(340))
        picture, words = inside.middle(inside.w, min(inside.h, side + plan.px(240))).top(side, plan.px(18))
        name, hint = centred(name), centred(hint)
    else:
        side = min(inside.h, plan.px(300))
        picture, words = inside.left(side, plan.px(24))
    toggled: list[Piece] = []
    once = view.button(Button.SINGLE_USE)
    if once is not None:
        place, words = words.foot(plan.px(BUTTON_H), plan.px(10))
        toggled = toggle(place, once, plan)
    chip = [Portrait(picture.middle(side, side), view.chip, plan.px(18))] if view.chip is not None else []
    return [*chip, *toggled, *stack([Block(view.text, name, plan.px(10)), Block(view.hint, hint)], words, plan.fonts)]
