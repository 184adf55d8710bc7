"""The site's privacy notice: read before consent is asked for, whole, on every screen, and named by the consent."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.domain.site import PrivacyNotice, notice_for
from kiosk.domain.trust import Strictness
from kiosk.screens import Options, pages, samples
from kiosk.screens.events import Button, Checked, LevelsListed, Pressed
from kiosk.screens.fonts import Fonts
from kiosk.screens.gallery import SIZES
from kiosk.screens.intents import Enrol
from kiosk.screens.layout import Rect, Sheet
from kiosk.screens.states import AskConsent, Attract, NameEntry, StaffMenu
from kiosk.screens.states_reading import ReadNotice
from kiosk.screens.states_trust import LevelsPage
from kiosk.screens.theme import Weight
from kiosk.screens.view import Page, View
from kiosk.screens.views import view_of
from kiosk.screens.widgets import Hit, Style, Words
from kiosk.screens.window import Window
from tests.screens.making import Session

NOTICE = samples.privacy_notice()
LONGEST = PrivacyNotice("en", "n-1", "Wo rd \n" * 2856 + "W" * 8)


def reading(notice: PrivacyNotice = NOTICE) -> Session:
    return Session(notice=notice).staff().press(Button.ENROL)


def viewed(session: Session) -> View:
    return view_of(session.state, session.now)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("notice", [NOTICE, LONGEST], ids=["usual", "many-lines"])
def test_turning_the_pages_shows_every_word_in_order_and_ends(size: tuple[int, int], notice: PrivacyNotice) -> None:
    """By touch alone: on while there is a way on."""
    shown: list[str] = []
    session = reading(notice)
    with Window.open(Options(width=size[0], height=size[1]), headless=True) as window:
        while True:
            window.show(viewed(session))
            pieces = pages.compose(viewed(session), Sheet(*size), window.painter.brush.fonts)
            places = {piece.rect for piece in pieces if isinstance(piece, Hit)}
            words = [one for one in pieces if isinstance(one, Words) and not any(at.meets(one.rect) for at in places)]
            shown += [one.text for one in words[2:] if " / " not in one.text]
            if window.where(Button.NEXT_PAGE) is None:
                break
            session.press(Button.NEXT_PAGE)
    assert "".join("".join(shown).split()) == "".join(notice.text.split())


def test_a_site_s_notice_is_read_before_consent_is_asked_for_and_the_consent_names_it() -> None:
    session = reading()
    assert isinstance(session.screen, ReadNotice)
    session.press(Button.AGREE)
    assert isinstance(session.screen, ReadNotice), "agreed before anything was asked"
    session.press(Button.NEXT_PAGE, Button.OK)
    assert isinstance(session.screen, AskConsent)
    assert NOTICE.version in viewed(session).buttons[-1].small_print
    session.press(Button.AGREE)
    assert isinstance(session.screen, NameEntry)
    consent = session.screen.consent
    assert (consent.text_version, consent.language) == (NOTICE.version, NOTICE.language)


def test_a_notice_that_changes_while_it_is_read_is_not_the_one_agreed_to() -> None:
    session = reading()
    session.notice = replace(NOTICE, version="newer")
    session.press(Button.OK, Button.AGREE)
    assert isinstance(session.screen, NameEntry)
    assert session.screen.consent.text_version == NOTICE.version


def test_reading_on_keeps_the_page_and_leaving_it_alone_leads_home() -> None:
    session = reading()
    for _ in range(5):
        session.waits(100.0).press(Button.NEXT_PAGE)
    assert isinstance(session.screen, ReadNotice) and session.screen.page == 5
    session.press(*[Button.PREVIOUS_PAGE] * 9)
    assert isinstance(session.screen, ReadNotice) and session.screen.page == 0
    assert isinstance(reading().press(Button.CANCEL).screen, StaffMenu)
    assert isinstance(session.waits(121.0).screen, Attract)


def test_without_a_notice_consent_is_asked_for_at_once() -> None:
    assert isinstance(Session().staff().press(Button.ENROL).screen, AskConsent)


def test_a_picture_is_kept_only_as_it_was_said_when_consent_was_given() -> None:
    session = Session(keeps_pictures=False).to_capture()
    session.keeps_pictures = True
    session.captures().happens(Checked(None)).press(Button.SAVE)
    (intent,) = [one for one in session.intents if isinstance(one, Enrol)]
    assert not intent.keeps_picture


@given(st.text(max_size=60), st.integers(20, 300), st.integers(12, 40))
@settings(max_examples=200, deadline=None)
def test_any_text_can_be_set_and_every_letter_that_can_be_drawn_is_in_it(text: str, width: int, size: int) -> None:
    with Window.open(Options(width=320, height=240), headless=True):
        fonts = Fonts()
        lines = fonts.lines(text, width, Weight.REGULAR, size)
        drawable = "".join(letter for letter in text if letter.isprintable() and not letter.isspace())
        assert "".join("".join(lines).split()) == drawable
        for line in lines:
            fonts.font(Weight.REGULAR, size).render(line, True, (0, 0, 0))
            assert len(line) == 1 or fonts.width(line, Weight.REGULAR, size) <= width
        style = Style(size, (0, 0, 0), lines=3, may_cut=True)
        for line in fonts.set_in(Rect(0, 0, width, 200), text, style).lines:
            fonts.font(Weight.REGULAR, size).render(line.text, True, (0, 0, 0))


def test_the_notice_is_english_where_there_is_one_else_in_the_first_language_of_the_site() -> None:
    english, german, french = (PrivacyNotice(one, f"{one}-1", "x") for one in ("en", "de", "fr"))
    assert notice_for((german, english), ("de", "en")) is english
    assert notice_for((french, german), ("it", "de", "fr")) is german
    assert notice_for((french,), ("de",)) is None
    assert notice_for((), ("en",)) is None


def test_where_central_decides_the_levels_staff_sees_so_and_changes_nothing() -> None:
    costs = replace(samples.level_costs(), decreed=True)
    session = Session().staff().press(Button.STRICTNESS).happens(LevelsListed(costs))
    asked = len(session.intents)
    view = viewed(session)
    assert view.page is Page.LEVELS and "central decides" in view.caption.lower()
    assert not any(one.enabled for one in view.buttons if one.button is not Button.BACK)
    for button in (Button.SEARCH_LEVEL, Button.CLAIM_LEVEL):
        session.happens(*(Pressed(button, level.value) for level in Strictness))
    assert isinstance(session.screen, LevelsPage) and len(session.intents) == asked
