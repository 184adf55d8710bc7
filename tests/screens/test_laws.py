"""Laws of the flow along paths that lead through every screen, with anything at all happening on the way."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.domain.trust import Levels, Strictness
from kiosk.domain.verdict import Advice, Decision, Observation, Outcome, Reason, Sample
from kiosk.screens import samples, words
from kiosk.screens.events import (
    Button,
    Checked,
    Decided,
    Event,
    Fault,
    PartDown,
    PartName,
    PartUp,
    PinWrong,
    Pressed,
    Saw,
    Tick,
)
from kiosk.screens.flow import Moment, State, advance, attention_of, first_state
from kiosk.screens.intents import Attention, CarryPass, ChangePin, ChooseLevels, Disown, Enrol, SetPin
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
    Review,
    Screen,
    ShowPass,
    StaffMenu,
    WithoutFace,
)
from kiosk.screens.views import view_of
from tests.screens.making import ALIKE, BEGIN, GOOD, SOMEBODY, Session, decided, saw
from tests.screens.stories import DECLINED, FIRST_START, PATHS, Story, stories

LAW = settings(max_examples=100, deadline=None)
LOOKS_AT_PEOPLE = (Attract, Looking, Result, AwaitFace, WithoutFace, Capture)


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
    paths = [*((path, True, None) for path in PATHS), (FIRST_START, False, None)]
    for path, has_pin, notice in [*paths, (DECLINED, True, samples.privacy_notice())]:
        session = Session(first_state(has_pin), notice=notice)
        seen |= {type(session.screen) for _ in telling(session, path)}
        session.waits(LONGEST_S, every=5.0)
    assert kinds_of_screens() - seen == set()


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


@LAW
@given(stories())
def test_whoever_does_not_want_their_face_looked_at_is_not_whatever_the_camera_sees(story: Story) -> None:
    session = Session()
    for _ in telling(session, story):
        if not isinstance(session.screen, WithoutFace):
            continue
        assert attention_of(session.state) is Attention.CODES
        assert view_of(session.state, session.now).outline is None
        for seen in (saw(1), saw(2, sampled=True)):
            assert advance(session.state, seen, session.now).state == session.state


@LAW
@given(stories())
def test_of_somebody_who_wants_nothing_kept_nothing_is_asked_to_be_kept(story: Story) -> None:
    session, keeping = Session(), False
    for event in telling(session, story):
        if isinstance(event, Pressed) and event.button in (Button.AGREE, Button.KEEP_NOTHING):
            keeping = event.button is Button.AGREE
        if isinstance(session.screen, Review) and not keeping:
            assert session.screen.collected.draft.is_carried
        if isinstance(session.screen, ShowPass):
            assert samples_in(session.state) == []
    consents = [intent.consent for intent in session.intents if isinstance(intent, Enrol)]
    assert {consent.text_version for consent in consents} <= {words.CONSENT_VERSION}
    carried = [intent.consent for intent in session.intents if isinstance(intent, CarryPass)]
    assert {consent.text_version for consent in carried} <= {words.CARRIED_VERSION}


@LAW
@given(stories())
def test_a_face_is_disowned_and_a_level_loosened_only_after_a_second_yes(story: Story) -> None:
    session, pressed = Session(), [Pressed(Button.OK)] * 2
    for event in telling(session, story):
        if isinstance(event, Pressed):
            pressed = [pressed[-1], event]
        for intent in session.intents:
            if isinstance(intent, Disown):
                assert pressed[-1].button is Button.CONFIRM_NOT_THEM
            if isinstance(intent, ChooseLevels):
                looser = pressed[-1].button is Button.CONFIRM_LEVEL
                assert looser or not is_looser(intent.levels, samples.level_costs().chosen)
        session.intents.clear()


def is_looser(levels: Levels, than: Levels) -> bool:
    order = list(Strictness)
    return order.index(levels.search) < order.index(than.search) or order.index(levels.claim) < order.index(than.claim)


def test_an_answer_that_comes_while_the_kiosk_was_only_slow_is_shown() -> None:
    session = Session().happens(saw(1), PartDown(PartName.VISION, fault=Fault.SLOW))
    assert isinstance(session.screen, OutOfOrder)
    assert isinstance(session.happens(decided()).screen, Result)
    for part, fault in ((PartName.CAMERA, Fault.SLOW), (PartName.STORE, Fault.FULL), (PartName.VISION, Fault.DEFECT)):
        out = Session().happens(saw(1), PartDown(part, fault=fault), decided())
        assert isinstance(out.screen, OutOfOrder)


def test_in_the_dark_the_screen_is_the_lamp_until_the_visitor_is_gone() -> None:
    dark = replace(GOOD, advice=Advice.TURN_UP_LIGHT)
    session = Session().happens(Saw(Observation(0.0, 1, samples.FACE, dark, None, 1)))
    assert view_of(session.state, session.now).is_lamp
    session.waits(1.5).happens(saw(1))
    view = view_of(session.state, session.now)
    assert view.is_lamp and not view.is_advice
    session.waits(10).happens(saw(2))
    assert not view_of(session.state, session.now).is_lamp


def test_a_change_of_the_pin_that_is_left_alone_changes_nothing() -> None:
    session = Session().staff().press(Button.CHANGE_PIN).types(Button.DIGIT, "1234").press(Button.OK).waits(LONGEST_S)
    assert isinstance(session.screen, Attract)
    assert not any(isinstance(intent, ChangePin | SetPin) for intent in session.intents)


@pytest.mark.parametrize(("already", "kind"), [(None, Checking), (SOMEBODY, DuplicateWarning)])
def test_cancel_during_the_duplicate_check_keeps_nothing(already: object, kind: type) -> None:
    session = Session().to_capture().captures()
    if already is not None:
        session.happens(Checked(ALIKE))
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


def test_who_agrees_where_no_pictures_are_kept_agrees_to_a_text_that_says_so() -> None:
    session = Session(keeps_pictures=False).staff().press(Button.ENROL)
    shown = view_of(session.state, session.now).buttons[-1]
    assert any("no picture is" in point for point in shown.points) and words.PICTURELESS_VERSION in shown.small_print
    session.press(Button.AGREE).types(Button.KEY, "Ada").press(Button.OK).captures().happens(Checked(None))
    assert view_of(session.state, session.now).hint == words.REVIEW_NO_PICTURE
    stored = session.press(Button.SAVE).intents[-1]
    assert isinstance(stored, Enrol) and stored.consent.text_version == words.PICTURELESS_VERSION


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
