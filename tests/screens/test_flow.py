"""The flow: its laws from every history, and the paths that visitors and staff take."""

from dataclasses import fields, is_dataclass

import pytest

from kiosk.domain.people import NAME_LONGEST
from kiosk.domain.verdict import Decision, Outcome, Reason, Sample
from kiosk.screens import words_faults
from kiosk.screens.events import (
    Button,
    Checked,
    Decided,
    Enrolled,
    Failed,
    PartDown,
    PartName,
    PartUp,
    PassRead,
    PeopleListed,
    PinAccepted,
    PinWrong,
    Pressed,
    Tick,
)
from kiosk.screens.flow import State, attention_of, first_state
from kiosk.screens.intents import Attention, CheckDuplicate, CheckPin, Enrol, SetPin
from kiosk.screens.states import (
    LONGEST_S,
    AskConsent,
    Attract,
    AwaitFace,
    Capture,
    Checking,
    ConfirmRemove,
    DuplicateWarning,
    Looking,
    NameEntry,
    Notice,
    OutOfOrder,
    PeopleList,
    PersonPage,
    PinEntry,
    PinSetup,
    Result,
    Review,
    ShowPass,
    StaffMenu,
    Told,
    Waiting,
)
from kiosk.screens.views import view_of
from tests.screens.making import ALIKE, SOMEBODY, Session, decided, saw


def test_a_pin_is_in_no_text_form_of_a_state_a_view_or_an_intent() -> None:
    session = Session().press(Button.STAFF).types(Button.DIGIT, "86420")
    seen = repr(session.state) + repr(view_of(session.state, session.now))
    session.press(Button.OK)
    assert "86420" not in seen + repr(session.state) + repr(session.intents)
    assert session.intents == [CheckPin("86420")]


def test_at_first_start_a_pin_is_chosen_by_entering_it_twice() -> None:
    session = Session(first_state(False)).types(Button.DIGIT, "2468").press(Button.OK)
    assert session.intents == []
    session.types(Button.DIGIT, "2468").press(Button.OK)
    assert session.intents == [SetPin("2468")]
    assert isinstance(session.happens(PinAccepted()).screen, StaffMenu)


def test_two_different_entries_and_a_short_one_choose_no_pin() -> None:
    for first, second in (("2468", "2469"), ("123", "123")):
        session = Session(first_state(False))
        session.types(Button.DIGIT, first).press(Button.OK).types(Button.DIGIT, second).press(Button.OK)
        assert session.intents == []
        assert isinstance(session.screen, PinSetup)


def test_after_a_wrong_pin_no_digit_is_taken_before_the_wait_is_over() -> None:
    session = Session().press(Button.STAFF).types(Button.DIGIT, "1111").press(Button.OK).happens(PinWrong(30.0))
    session.types(Button.DIGIT, "2").waits(29)
    assert isinstance(session.screen, PinEntry) and session.screen.digits == ""
    assert "1 s" in view_of(session.state, session.now).hint
    session.waits(2).types(Button.DIGIT, "2")
    assert isinstance(session.screen, PinEntry) and session.screen.digits == "2"


def test_the_answer_to_a_pin_that_nobody_entered_opens_nothing() -> None:
    assert isinstance(Session().happens(PinAccepted()).screen, Attract)
    assert isinstance(Session().press(Button.STAFF).happens(PinAccepted()).screen, PinEntry)


def test_an_enrolment_goes_from_consent_to_the_pass() -> None:
    session = Session().staff().press(Button.ENROL)
    assert isinstance(session.screen, AskConsent)
    session.press(Button.AGREE)
    assert isinstance(session.screen, NameEntry)
    session.types(Button.KEY, "Ada").press(Button.OK)
    assert isinstance(session.screen, Capture) and attention_of(session.state) is Attention.ENROLMENT
    session.captures()
    assert isinstance(session.screen, Checking) and isinstance(session.intents[-1], CheckDuplicate)
    session.happens(Checked(None))
    assert isinstance(session.screen, Review)
    session.press(Button.SAVE)
    assert isinstance(session.screen, Waiting)
    stored = session.intents[-1]
    assert isinstance(stored, Enrol) and stored.name == "Ada" and len(stored.samples) >= 4
    assert (stored.consent.language, stored.consent.channel) == ("en", "screen")
    session.happens(Enrolled(SOMEBODY, "FK1:X", 8))
    assert isinstance(session.screen, ShowPass)


def test_saving_twice_asks_once() -> None:
    session = Session().to_capture().captures().happens(Checked(None)).press(Button.SAVE, Button.SAVE)
    assert sum(isinstance(intent, Enrol) for intent in session.intents) == 1


def test_without_consent_there_is_no_way_on() -> None:
    session = Session().staff().press(Button.ENROL, Button.DECLINE)
    assert isinstance(session.screen, Notice) and session.screen.told is Told.DECLINED
    assert isinstance(session.press(Button.OK).screen, StaffMenu)


def test_somebody_who_looks_enrolled_already_is_a_warning_and_staff_decides() -> None:
    session = Session().to_capture().captures().happens(Checked(ALIKE))
    assert isinstance(session.screen, DuplicateWarning)
    assert view_of(session.state, session.now).caption == SOMEBODY.name
    assert isinstance(session.press(Button.SAVE_ANYWAY).screen, Review)


@pytest.mark.parametrize("steps", range(5))
def test_an_enrolment_abandoned_anywhere_leaves_no_trace(steps: int) -> None:
    session = Session().staff().press(Button.ENROL)
    for step in range(steps):
        match step:
            case 0:
                session.press(Button.AGREE)
            case 1:
                session.types(Button.KEY, "Ada").press(Button.OK)
            case 2:
                session.happens(saw(1, sampled=True))
            case _:
                session.captures().happens(Checked(None))
    session.press(Button.CANCEL)
    assert isinstance(session.screen, StaffMenu)
    assert not list(_samples_in(session.state))
    assert not any(isinstance(intent, Enrol) for intent in session.intents)


def _samples_in(value: object) -> list[Sample]:
    if isinstance(value, Sample):
        return [value]
    if isinstance(value, tuple):
        return [found for item in value for found in _samples_in(item)]
    if is_dataclass(value):
        return [found for member in fields(value) for found in _samples_in(getattr(value, member.name))]
    return []


def test_an_enrolment_left_alone_ends_by_itself() -> None:
    session = Session().to_capture().waits(LONGEST_S)
    assert isinstance(session.screen, Attract)
    assert not list(_samples_in(session.state))


def test_a_name_has_at_most_eighty_letters_and_words_begin_with_a_capital() -> None:
    session = Session().staff().press(Button.ENROL, Button.AGREE).types(Button.KEY, "a" * (NAME_LONGEST + 9))
    assert isinstance(session.screen, NameEntry) and len(session.screen.name) == NAME_LONGEST
    session.press(*[Button.DELETE] * NAME_LONGEST)
    assert session.screen.name == "" and session.screen.layer.value == "capital"  # type: ignore[union-attr]


def test_a_visitor_is_looked_at_answered_and_not_asked_again_until_gone() -> None:
    session = Session().happens(saw(1))
    assert isinstance(session.screen, Looking)
    session.happens(decided(Outcome.RECOGNISED, Reason.FACE_MATCHES), saw(1))
    assert isinstance(session.screen, Result)
    for _ in range(200):
        session.happens(saw(1)).waits(0.1)
    assert isinstance(session.screen, Attract)
    assert isinstance(session.happens(saw(2)).screen, Looking)


def test_a_valid_pass_asks_for_the_face() -> None:
    session = Session().happens(PassRead(1012.0))
    assert isinstance(session.screen, AwaitFace)
    assert isinstance(session.waits(20).screen, Attract)


def test_somebody_is_removed_only_after_a_second_yes() -> None:
    session = Session().staff().press(Button.PEOPLE).happens(PeopleListed((SOMEBODY,)))
    assert isinstance(session.screen, PeopleList)
    session.happens(Pressed(Button.PERSON, SOMEBODY.id))
    assert isinstance(session.screen, PersonPage)
    before = len(session.intents)
    session.press(Button.REMOVE)
    assert isinstance(session.screen, ConfirmRemove) and len(session.intents) == before
    session.press(Button.CONFIRM_REMOVE)
    assert len(session.intents) == before + 1


def test_a_failure_is_told_in_its_own_words() -> None:
    session = Session().to_capture().captures().happens(Failed("the disk is full; make room"))
    assert isinstance(session.screen, Notice)
    assert "The disk is full; make room." in view_of(session.state, session.now).text


@pytest.mark.parametrize("part", PartName)
def test_a_missing_part_is_said_and_the_screens_go_on_when_it_is_back(part: PartName) -> None:
    session = Session().happens(PartDown(part))
    assert isinstance(session.screen, OutOfOrder)
    assert words_faults.OUTAGES[part].title in view_of(session.state, session.now).title
    assert isinstance(session.happens(PartUp(part)).screen, Attract)


def test_a_decision_that_arrives_while_a_part_is_missing_is_not_shown() -> None:
    session = Session().happens(PartDown(PartName.CAMERA), decided(Outcome.RECOGNISED, Reason.FACE_MATCHES))
    assert isinstance(session.screen, OutOfOrder)


def test_staff_gets_in_without_a_camera_but_not_without_the_store() -> None:
    assert isinstance(Session().happens(PartDown(PartName.CAMERA)).press(Button.STAFF).screen, PinEntry)
    assert isinstance(Session().happens(PartDown(PartName.STORE)).press(Button.STAFF).screen, OutOfOrder)


def test_the_camera_rests_while_staff_is_at_the_screen() -> None:
    assert attention_of(Session().staff().state) is Attention.REST
    assert attention_of(State(Attract())) is Attention.VISITORS


def test_a_tick_changes_nothing_before_its_time() -> None:
    session = Session().happens(saw(1))
    before = session.state
    assert session.happens(Tick()).state == before


def test_a_decision_can_be_shown_for_every_reason() -> None:
    for reason in Reason:
        decision = Decision("d", Outcome.REFUSED, reason, 0.0, 0.0)
        session = Session().happens(Decided(decision))
        assert isinstance(session.screen, Result) and session.screen.decision is decision
