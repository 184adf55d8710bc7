"""One file a page: each turns its View into pieces for any sheet. A new page is one file and one line here."""

from collections.abc import Callable

from kiosk.screens.fonts import Fonts
from kiosk.screens.layout import Sheet
from kiosk.screens.pages import (
    alike,
    attract,
    busy,
    consent,
    levels,
    looking,
    menu,
    name,
    notice,
    out_of_order,
    people,
    person,
    pin,
    qr_pass,
    question,
    reading,
    result,
    review,
    visits,
    without_face,
)
from kiosk.screens.view import Page, View
from kiosk.screens.widgets import Piece

Composer = Callable[[View, Sheet, Fonts], tuple[Piece, ...]]

COMPOSERS: dict[Page, Composer] = {
    Page.ATTRACT: attract.compose,
    Page.LOOKING: looking.compose,
    Page.RESULT: result.compose,
    Page.PIN: pin.compose,
    Page.MENU: menu.compose,
    Page.CONSENT: consent.compose,
    Page.NAME: name.compose,
    Page.BUSY: busy.compose,
    Page.REVIEW: review.compose,
    Page.QUESTION: question.compose,
    Page.PASS: qr_pass.compose,
    Page.PEOPLE: people.compose,
    Page.PERSON: person.compose,
    Page.NOTICE: notice.compose,
    Page.WITHOUT_FACE: without_face.compose,
    Page.ALIKE: alike.compose,
    Page.VISITS: visits.compose,
    Page.LEVELS: levels.compose,
    Page.READING: reading.compose,
    Page.OUT_OF_ORDER: out_of_order.compose,
}


def compose(view: View, sheet: Sheet, fonts: Fonts) -> tuple[Piece, ...]:
    """The pieces of that view's page, in the order in which they are drawn."""
    return COMPOSERS[view.page](view, sheet, fonts)
