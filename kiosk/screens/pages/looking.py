"""The camera's picture with what to do: for visitors, for the face that belongs to a pass, and for enrolment."""

from kiosk.screens.events import Button
from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.pages.furniture import (
    BUTTON_H,
    Block,
    Look,
    Plan,
    button,
    centred,
    corner_button,
    disc,
    stack,
    staff_of,
)
from kiosk.screens.theme import GREEN, LAMP, NIGHT, OUTLINES, Size, Weight
from kiosk.screens.view import Symbol, Tone, View
from kiosk.screens.widgets import Bar, Ground, Panel, Piece, Preview

NO_FACE_W = 236


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The picture fills the sheet (its upper part when upright), the sentence stands on a card below.

    In the dark the screen is the lamp: white all around a smaller picture.
    """
    plan = Plan(sheet, fonts, LAMP if view.is_lamp else NIGHT)
    picture, card = _places(plan, plan.px(120 if view.progress is None else 134), is_lamp=view.is_lamp)
    corner = view.button(Button.CANCEL) or staff_of(view)
    return (
        Ground(plan.palette),
        Preview(picture, view.outline, OUTLINES[view.is_advice]),
        Panel(card, plan.palette.ground, plan.px(22)),
        *_said(view, card, plan),
        *_without_face(view, plan),
        *corner_button(corner, plan),
    )


def _without_face(view: View, plan: Plan) -> list[Piece]:
    """The way in without the camera, as easy to find as staff."""
    touchable = view.button(Button.WITHOUT_FACE)
    if touchable is None:
        return []
    place, _ = plan.sheet.page.top(plan.px(BUTTON_H))[0].left(plan.px(NO_FACE_W))
    return button(place, touchable, Look.QUIET, plan)


def _places(plan: Plan, card_h: int, *, is_lamp: bool) -> tuple[Rect, Rect]:
    sheet = plan.sheet
    if is_lamp:
        page = sheet.page.top(plan.px(BUTTON_H), plan.px(10))[1]
        foot, rest = page.foot(plan.px(190) if sheet.is_portrait else card_h, plan.px(6))
        side = min(rest.w, rest.h)
        shape = rest.middle(min(rest.w, round(side * (1.0 if sheet.is_portrait else 1.5))), side)
        return shape, foot
    if sheet.is_portrait:
        picture, rest = sheet.rect.top(round(sheet.width * 1.12))
        return picture, rest.inset(plan.px(20), plan.px(24))
    card, _ = sheet.rect.inset(plan.px(16)).foot(card_h)
    return sheet.rect, card


def _said(view: View, card: Rect, plan: Plan) -> list[Piece]:
    upright = plan.sheet.is_portrait
    inside = card.inset(plan.px(22), plan.px(12))
    pieces: list[Piece] = []
    if view.progress is not None:
        place, inside = inside.foot(plan.px(10), plan.px(12))
        pieces.append(Bar(place, view.progress, plan.palette.accent, plan.palette.edge))
    if view.symbol is not Symbol.NONE:
        side = min(plan.px(76), inside.h)
        place, inside = inside.top(side, plan.px(12)) if upright else inside.left(side, plan.px(18))
        pieces += disc(place, view.symbol, GREEN.glow if view.tone is Tone.GOOD else plan.palette.card, NIGHT.ink)
    title = plan.style(Size.BODY, plan.palette.accent, Weight.SEMIBOLD)
    text = plan.style(Size.HEADLINE, plan.palette.ink, Weight.BOLD, lines=3 if upright else 1)
    hint = plan.style(Size.BODY, plan.palette.soft, lines=2 if upright else 1)
    if upright:
        title, text, hint = centred(title), centred(text), centred(hint)
    gap = plan.px(10 if upright else 0)
    blocks = [Block(view.title, title, gap), Block(view.text, text, gap), Block(view.hint, hint)]
    return [*pieces, *stack(blocks, inside, plan.fonts)]
