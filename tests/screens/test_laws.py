"""Laws of the flow along paths that lead through every screen, with anything at all happening on the way."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.domain.verdict import Decision, Outcome, Reason, Sample
from kiosk.screens import words
from kiosk.screens.events import Button, Checked, Decided, Event, PartDown, PartName, PartUp, PinWrong, Pressed, Tick
from kiosk.screens.flow import Moment, State, advance, first_state
from kiosk.screens.intents import Enrol
from kiosk.screens.states import (
    LONGEST_S,
    Attract,
    AwaitFace,
    Capture,
    Checking,
    DuplicateWarning,
    Looking,
    OutOfOrder,
    PinEntry,
    PinSetup,
    Result,
    Screen,
    StaffMenu,
)
from kiosk.screens.views import view_of
from tests.screens.making import BEGIN, SOMEBODY, Session, decided, saw
from tests.screens.stories import FIRST_START, PATHS, Story, stories

LAW = settings(max_examples=100, deadline=None)
LOOKS_AT_PEOPLE = (Attract, Looking, Result, AwaitFace, Capture)


def told(story: Story, has_pin: bool = True) -> Session:
    session = Session(first_state(has_pin))
    for _ in telling(session, story):
        pass
    return session


def telling(session: Session, story: Story) -> Iterator[Event]:
    """Every event right after it happened, before the pause that follows it."""
    for happening in story:
        session.happens(happening.event)
        yield happening.event
        session.waits(happening.pause_s, every=happening.pause_s or 1.0)


def samples_in(value: object) -> list[Sample]:
    if isinstance(value, Sample):
        return [value]
    if isinstance(value, tuple):
        return [found for item in value for found in samples_in(item)]
    if is_dataclass(value):
        return [found for member in fields(value) for found in samples_in(getattr(value, member.name))]
    return []


def kinds_of_screens() -> set[type]:
    return {kind for union in get_args(Screen) for kind in (get_args(union) or (union,))}


def test_the_stories_of_these_laws_lead_through_every_kind_of_screen() -> None:
    seen = set()
    for path, has_pin in [*((path, True) for path in PATHS), (FIRST_START, False)]:
        session = Session(first_state(has_pin))
        seen |= {type(session.screen) for _ in telling(session, path)}
        session.waits(LONGEST_S, every=5.0)
    assert kinds_of_screens() - seen == {StaffMenu} - seen


@LAW
@given(stories())
def test_left_alone_the_screens_are_home_in_time_and_hold_nobody_s_pictures(story: Story) -> None:
    session = told(story).happens(*(PartUp(part) for part in PartName)).waits(LONGEST_S + 1)
    assert isinstance(session.screen, Attract)
    assert samples_in(session.state) == []


@LAW
@given(stories(has_pin=False))
def test_before_there_is_a_pin_home_is_where_it_is_chosen_with_nothing_typed(story: Story) -> None:
    session = told(story, has_pin=False).happens(*(PartUp(part) for part in PartName)).waits(LONGEST_S + 1)
    assert session.screen == PinSetup() or isinstance(session.screen, Attract)


@LAW
@given(stories())
def test_no_answer_is_shown_that_was_not_given(story: Story) -> None:
    session, given_ids = Session(), set()
    for event in telling(session, story):
        if isinstance(event, Decided):
            given_ids.add(id(event.decision))
        assert not isinstance(session.screen, Result) or id(session.screen.decision) in given_ids


@LAW
@given(stories())
def test_nothing_is_asked_for_twice_by_time_passing(story: Story) -> None:
    session = Session()
    for _ in telling(session, story):
        for ahead_s in (0.0, 1.0, LONGEST_S):
            later = Moment(session.now.monotonic + ahead_s, session.now.utc)
            assert advance(session.state, Tick(), later).intents == ()


@LAW
@given(stories())
def test_whoever_is_enrolled_agreed_in_that_very_enrolment(story: Story) -> None:
    session, agreed_at = Session(), []
    for event in telling(session, story):
        if event == Pressed(Button.AGREE):
            agreed_at.append(session.now.utc)
    consents = [intent.consent for intent in session.intents if isinstance(intent, Enrol)]
    assert len({consent.given_utc for consent in consents}) == len(consents)
    assert {consent.given_utc for consent in consents} <= set(agreed_at)


@LAW
@given(stories())
def test_a_missing_part_is_said_wherever_it_is_needed_and_only_there(story: Story) -> None:
    session = Session()
    for _ in telling(session, story):
        if isinstance(session.screen, OutOfOrder) or session.state.troubles:
            continue
        for part in PartName:
            down = advance(session.state, PartDown(part), session.now).state
            needed = part is PartName.STORE or isinstance(session.screen, LOOKS_AT_PEOPLE)
            assert isinstance(down.screen, OutOfOrder) == needed
            up = advance(down, PartUp(part), session.now).state
            assert not isinstance(up.screen, OutOfOrder)


@LAW
@given(stories())
def test_cancel_leads_from_every_step_of_an_enrolment_to_the_menu_with_nothing_kept(story: Story) -> None:
    session = Session()
    for _ in telling(session, story):
        touchable = view_of(session.state, session.now).button(Button.CANCEL)
        if touchable is None or touchable.label != "Cancel":
            continue
        step = advance(session.state, Pressed(Button.CANCEL), session.now)
        assert isinstance(step.state.screen, StaffMenu)
        assert samples_in(step.state) == [] and step.intents == ()


@LAW
@given(stories(has_pin=False))
def test_all_that_happens_can_be_drawn(story: Story) -> None:
    session = Session(first_state(False))
    for _ in telling(session, story):
        view = view_of(session.state, session.now)
        assert "{" not in view.title + view.text + view.hint


@given(st.text("0123456789", min_size=8, max_size=12), st.booleans())
def test_a_pin_shows_in_no_text_form_of_anything(pin: str, has_pin: bool) -> None:
    session = Session(first_state(has_pin))
    session.press(*[Button.STAFF] * has_pin)
    shown = ""
    for _ in range(2):
        session.types(Button.DIGIT, pin)
        shown += repr(session.state) + repr(view_of(session.state, session.now))
        session.press(Button.OK)
        shown += repr(session.state) + repr(view_of(session.state, session.now)) + repr(session.intents)
    assert pin not in shown
    assert len(session.intents) == 1


@given(st.text("0123456789", min_size=4, max_size=12), st.text("0123456789", min_size=4, max_size=12))
def test_a_pin_is_set_only_by_two_equal_entries(first: str, second: str) -> None:
    session = Session(first_state(False))
    session.types(Button.DIGIT, first).press(Button.OK).types(Button.DIGIT, second).press(Button.OK)
    assert len(session.intents) == (first == second)


@given(st.floats(1, 900), st.floats(0, 0.99))
def test_a_wrong_pin_counts_down_and_takes_nothing_until_the_wait_is_over(wait_s: float, share: float) -> None:
    session = Session().press(Button.STAFF).types(Button.DIGIT, "1111").press(Button.OK).happens(PinWrong(wait_s))
    session.seconds += wait_s * share
    session.types(Button.DIGIT, "2").press(Button.OK)
    assert isinstance(session.screen, PinEntry) and session.screen.digits == ""
    assert "Try again in" in view_of(session.state, session.now).hint
    session.seconds += wait_s
    session.types(Button.DIGIT, "2")
    assert isinstance(session.screen, PinEntry) and session.screen.digits == "2"


@pytest.mark.parametrize(("already", "kind"), [(None, Checking), (SOMEBODY, DuplicateWarning)])
def test_cancel_during_the_duplicate_check_keeps_nothing(already: object, kind: type) -> None:
    session = Session().to_capture().captures()
    if already is not None:
        session.happens(Checked(SOMEBODY))
    assert isinstance(session.screen, kind)
    session.press(Button.CANCEL)
    assert isinstance(session.screen, StaffMenu) and samples_in(session.state) == []
    assert isinstance(session.happens(Checked(None)).screen, StaffMenu), "a late reply brings nothing back"


def test_consent_is_recorded_with_its_text_language_time_and_channel() -> None:
    session = Session().staff().press(Button.ENROL)
    session.seconds = 42.0
    session.press(Button.AGREE)
    agreed = session.now.utc
    session.seconds = 50.0
    session.types(Button.KEY, "Ada").press(Button.OK).captures().happens(Checked(None)).press(Button.SAVE)
    stored = session.intents[-1]
    assert isinstance(stored, Enrol)
    consent = stored.consent
    assert (consent.text_version, consent.language) == (words.CONSENT_VERSION, words.LANGUAGE)
    assert consent.given_utc == agreed > BEGIN and consent.channel == "screen"


def test_a_camera_that_comes_back_soon_goes_on_with_the_same_enrolment() -> None:
    session = Session().to_capture().happens(saw(1, sampled=True))
    before = samples_in(session.state)
    assert len(before) == 1
    session.happens(PartDown(PartName.CAMERA)).waits(5)
    assert isinstance(session.screen, OutOfOrder)
    session.happens(PartUp(PartName.CAMERA))
    assert isinstance(session.screen, Capture) and samples_in(session.state) == before


def test_pictures_of_an_enrolment_do_not_outlive_its_time_while_the_camera_is_missing() -> None:
    session = Session().to_capture().happens(saw(1, sampled=True), PartDown(PartName.CAMERA)).waits(LONGEST_S)
    assert isinstance(session.screen, OutOfOrder) and samples_in(session.state) == []


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("reason", Reason)
def test_there_are_words_for_every_outcome_with_every_reason(outcome: Outcome, reason: Reason) -> None:
    state = State(Result(Decision("d", outcome, reason, 0.0, 0.1), None, 1005.0))
    view = view_of(state, Session().now)
    assert all((view.title, view.text, view.hint)) and "{" not in view.title
    named = Session().happens(Decided(decided(outcome, reason).decision, "Ada"))
    assert "{" not in view_of(named.state, named.now).title
