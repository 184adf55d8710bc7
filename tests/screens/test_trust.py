"""What staff and visitors must be able to rely on: who may change what, what nobody sees, and what is said."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given

from kiosk.domain.trust import Cost, Levels, Strictness
from kiosk.domain.verdict import Advice, Decision, Observation, Outcome, Reason
from kiosk.screens import Options, pages, samples, words, words_faults
from kiosk.screens.events import (
    Alike,
    Button,
    Checked,
    Decided,
    Disowned,
    Enrolled,
    Erased,
    Failed,
    Fault,
    LevelsListed,
    Likeness,
    PartDown,
    PartName,
    PartUp,
    PassCarried,
    PassIssued,
    PassRead,
    PeopleListed,
    PinAccepted,
    PinWrong,
    Pressed,
    Readmitted,
    Saw,
    Tick,
    VisitsListed,
)
from kiosk.screens.flow import State, advance, attention_of
from kiosk.screens.intents import Attention, CarryPass, ChangePin, CheckPin, ChooseLevels, Disown, Enrol, Erase, Readmit
from kiosk.screens.layout import Sheet
from kiosk.screens.states import (
    STAFF_S,
    Attract,
    AwaitFace,
    Looking,
    NameEntry,
    Notice,
    OutOfOrder,
    PinEntry,
    Result,
    Review,
    ShowPass,
    StaffMenu,
    Told,
    Trouble,
    Visiting,
    Wanted,
    WithoutFace,
)
from kiosk.screens.states_trust import ConfirmDisown, ConfirmLooser, Corrected, LevelsPage
from kiosk.screens.view import View
from kiosk.screens.views import view_of
from kiosk.screens.widgets import Hit, Portrait, Preview
from kiosk.screens.window import Window
from tests.screens.making import GOOD, SOMEBODY, Session, decided, saw
from tests.screens.stories import Story, stories
from tests.screens.test_laws import LAW, samples_in, telling

ODD_NAME = "Quetzalcoatlus Zzyzx"
ODD_TOKEN = "KP1:ZZYZXQUETZAL"
OF_STAFF = (ChooseLevels, Disown, Readmit, Erase, Enrol, CarryPass, ChangePin)


def viewed(session: Session) -> View:
    return view_of(session.state, session.now)


def advised(advice: Advice | None, track: int = 1) -> Saw:
    return Saw(Observation(0.0, track, samples.FACE, replace(GOOD, advice=advice), None, 1))


def carried(single_use: bool = False) -> Session:
    session = Session().staff().press(Button.ENROL, Button.KEEP_NOTHING).captures()
    return session.press(*[Button.SINGLE_USE] * single_use)


@LAW
@given(stories())
def test_levels_corrections_and_everything_else_of_staff_come_after_the_pin_alone(story: Story) -> None:
    session, opened = Session(), False
    for event in telling(session, story):
        opened = opened or (isinstance(event, PinAccepted) and isinstance(session.screen, StaffMenu))
        assert opened or not any(isinstance(intent, OF_STAFF) for intent in session.intents)
        if isinstance(session.screen, Attract | Looking | WithoutFace):
            opened = False
            session.intents.clear()


@LAW
@given(stories())
def test_nothing_that_could_show_or_keep_a_face_is_on_the_screen_without_my_face(story: Story) -> None:
    session = Session()
    with Window.open(Options(width=800, height=480), headless=True) as window:
        for _ in telling(session, story):
            if isinstance(session.screen, WithoutFace):
                pieces = pages.compose(viewed(session), Sheet(800, 480), window.painter.brush.fonts)
                assert not any(isinstance(piece, Preview | Portrait) for piece in pieces)
                assert samples_in(session.state) == []


def test_a_fault_does_not_turn_the_camera_to_somebody_who_does_not_want_it() -> None:
    session = Session().press(Button.WITHOUT_FACE).happens(PartDown(PartName.VISION, fault=Fault.SLOW))
    assert isinstance(session.screen, OutOfOrder) and attention_of(session.state) is Attention.CODES
    assert isinstance(session.happens(PartUp(PartName.VISION)).screen, WithoutFace)
    session.happens(decided(Outcome.UNSURE, Reason.PASS_ALONE), PartDown(PartName.CAMERA), PartUp(PartName.CAMERA))
    assert isinstance(session.screen, WithoutFace)
    assert isinstance(session.waits(60).screen, Attract)


def test_a_pass_alone_waits_for_its_answer_and_greets_nobody_by_name() -> None:
    session = Session().press(Button.WITHOUT_FACE).happens(PassRead(1012.0))
    assert isinstance(session.screen, WithoutFace)
    session.happens(decided(Outcome.UNSURE, Reason.PASS_ALONE))
    assert "staff" in viewed(session).hint and attention_of(session.state) is Attention.CODES
    session.happens(Decided(Decision("d2", Outcome.VERIFIED, Reason.PASS_ALONE, 0.0, 0.1, "p1")))
    assert viewed(session).title == words.WELCOME


def test_a_carried_pass_with_its_face_is_welcome_without_a_name() -> None:
    session = Session().happens(PassRead(1012.0), saw(1))
    assert isinstance(session.screen, AwaitFace)
    session.happens(Decided(Decision("d1", Outcome.VERIFIED, Reason.FACE_MATCHES_PASS, 0.0, 0.1)))
    assert viewed(session).title == "Welcome"


def test_two_who_look_alike_are_asked_for_the_pass() -> None:
    session = Session().happens(saw(1), decided(Outcome.UNSURE, Reason.TWO_ALIKE), saw(1)).waits(8)
    assert isinstance(session.screen, Looking) and session.screen.wanted is Wanted.PASS


def test_a_pass_that_was_tried_too_often_counts_its_wait_down() -> None:
    decision = Decision("d1", Outcome.REFUSED, Reason.TOO_MANY_TRIES, 0.0, 0.1, wait_s=61.5)
    session = Session().happens(Decided(decision))
    assert "1:02 min" in viewed(session).text
    assert "58 s" in viewed(session.waits(4)).text


@pytest.mark.parametrize("advice", Advice)
def test_one_sentence_at_a_time_asks_for_a_better_picture_and_can_be_read(advice: Advice) -> None:
    other = Advice.HOLD_STILL if advice is not Advice.HOLD_STILL else Advice.COME_CLOSER
    session = Session().happens(advised(advice))
    assert (viewed(session).text, viewed(session).hint) == (words.ADVICE[advice], "")
    session.seconds += 0.5
    assert viewed(session.happens(advised(other))).text == words.ADVICE[advice], "no sentence flickers"
    session.seconds += 0.6
    assert viewed(session.happens(advised(other))).text == words.ADVICE[other]


def test_the_lamp_stays_on_through_the_answer_and_the_pass_that_follows_it() -> None:
    session = Session().happens(advised(Advice.TURN_UP_LIGHT))
    session.happens(decided(Outcome.UNSURE, Reason.NOT_SURE_ENOUGH), saw(1)).waits(7.5)
    assert isinstance(session.screen, Looking) and viewed(session).is_lamp
    assert viewed(session.happens(PassRead(1020.0))).is_lamp


def test_the_lamp_stays_on_for_a_whole_capture_and_is_off_at_the_next() -> None:
    session = Session().to_capture().happens(advised(Advice.TURN_UP_LIGHT)).waits(2)
    assert viewed(session.happens(saw(1, sampled=True))).is_lamp
    assert not viewed(session.press(Button.CANCEL).to_capture()).is_lamp


def test_a_changed_fault_changes_the_words_at_once_and_the_worst_is_spoken_of() -> None:
    session = Session().happens(PartDown(PartName.CAMERA))
    for fault in (Fault.FROZEN, Fault.BLIND):
        view = viewed(session.happens(PartDown(PartName.CAMERA, fault=fault)))
        said = words_faults.outage(PartName.CAMERA, fault)
        assert (view.title, view.hint) == (said.title, said.staff)
    session.happens(PartDown(PartName.STORE, True, Fault.FULL))
    assert "full" in viewed(session).title and viewed(session).button(Button.STAFF) is None
    session.happens(PartDown(PartName.CAMERA, fault=Fault.GONE))
    assert "full" in viewed(session).title, "the camera can wait"


def test_what_is_only_slow_is_not_spoken_of_while_something_is_broken() -> None:
    slow, broken = Trouble(PartName.STORE, fault=Fault.BUSY), Trouble(PartName.CAMERA, fault=Fault.GONE)
    assert OutOfOrder((slow, broken), Attract()).worst is broken


def test_of_every_fault_visitors_hear_one_sentence_and_staff_what_to_do() -> None:
    for (part, fault), outage in words_faults.every_outage().items():
        assert outage.staff.startswith("Staff: "), (part, fault)
        for said in (outage.title, outage.trying, outage.lasting):
            assert said and "Staff:" not in said
        other = {words_faults.outage(one, fault).title for one in PartName if one is not part}
        assert fault in (Fault.SLOW, Fault.BUSY) or outage.title not in other


def test_a_model_that_is_altered_is_not_called_the_memory() -> None:
    assert "memory" not in words_faults.outage(PartName.VISION, Fault.DAMAGED).title


def test_each_text_of_consent_has_its_version() -> None:
    """Whoever changes a text gives it another version, and this line with it."""
    known = {
        "kept-2026-11": "bf8d15c6",
        "kept-without-picture-2026-11": "9cdd2313",
        "carried-2026-11": "f1cce5ef",
    }
    ways = (words.KEEPING, words.KEEPING_NO_PICTURE, words.CARRYING)
    for way in ways:
        digest = hashlib.sha256("\n".join((way.title, *way.points)).encode()).hexdigest()
        assert known[way.version] == digest[:8]
    assert len({way.version for way in ways}) == len(ways)


@pytest.mark.parametrize("keeps", [True, False])
def test_what_is_agreed_to_stays_true_when_the_kiosk_is_paired_later(keeps: bool) -> None:
    session = Session(keeps_pictures=keeps).staff().press(Button.ENROL)
    way = viewed(session).buttons[-1]
    said = " ".join(way.points)
    assert "on its kiosks, and on its server if it has one" in said and "kept here" not in said
    assert ("no picture is" in said) == (not keeps)
    session.press(Button.AGREE)
    assert isinstance(session.screen, NameEntry)
    assert session.screen.consent.text_version in way.small_print


def test_the_three_ways_of_consent_have_the_same_weight() -> None:
    view = viewed(Session().staff().press(Button.ENROL))
    assert [way.button for way in view.buttons] == [Button.DECLINE, Button.KEEP_NOTHING, Button.AGREE]
    for size in ((800, 480), (480, 800)):
        with Window.open(Options(width=size[0], height=size[1]), headless=True) as window:
            pieces = pages.compose(view, Sheet(*size), window.painter.brush.fonts)
            buttons = [piece.rect for piece in pieces if isinstance(piece, Hit)]
            assert len({(rect.w // 3, rect.h) for rect in buttons}) == 1, "to a pixel of rounding"


def test_whoever_wants_nothing_kept_is_asked_no_name_and_gets_the_only_copy() -> None:
    session = carried()
    assert isinstance(session.screen, Review) and session.screen.collected.draft.name == ""
    session.press(Button.SAVE)
    assert [type(intent) for intent in session.intents[1:]] == [CarryPass]
    session.happens(PassCarried(ODD_TOKEN, 8))
    assert isinstance(session.screen, ShowPass) and session.screen.person is None
    assert viewed(session).points == (words.PASS_ONLY_COPY,)
    assert samples_in(session.state) == []


@pytest.mark.parametrize("times", range(3))
def test_a_pass_for_one_visit_is_ticked_and_unticked(times: int) -> None:
    for session in (carried(), Session().to_capture().captures().happens(Checked(None))):
        session.press(*[Button.SINGLE_USE] * times)
        ticked = viewed(session).button(Button.SINGLE_USE)
        assert ticked is not None and ticked.is_chosen == (times % 2 == 1)
        session.press(Button.SAVE)
        asked = session.intents[-1]
        assert isinstance(asked, CarryPass | Enrol) and asked.single_use == (times % 2 == 1)
        session.happens(PassCarried(ODD_TOKEN, 8), Enrolled(SOMEBODY, ODD_TOKEN, 8))
        assert ("for one visit" in viewed(session).hint) == (times % 2 == 1)


@pytest.mark.parametrize("alike", Alike)
def test_both_faces_stand_side_by_side_with_words_of_their_own(alike: Alike) -> None:
    chip = samples.sample().chip
    session = Session().to_capture().captures().happens(Checked(Likeness(SOMEBODY, alike, chip)))
    view = viewed(session)
    assert view.chip is not None and view.other is chip and view.caption == SOMEBODY.name
    assert view.title == words.ALIKE[alike].title
    assert len({said.title for said in words.ALIKE.values()}) == len(Alike)


def test_not_this_person_is_confirmed_noted_and_taken_back() -> None:
    session = Session().staff().press(Button.RECENT).happens(VisitsListed((samples.visit(),)))
    session.happens(Pressed(Button.VISIT, samples.visit().decision)).press(Button.NOT_THEM)
    assert isinstance(session.screen, ConfirmDisown)
    assert not any(isinstance(intent, Disown) for intent in session.intents)
    session.press(Button.CONFIRM_NOT_THEM, Button.CONFIRM_NOT_THEM)
    assert session.intents[-1] == Disown(samples.visit().decision)
    session.happens(Disowned(SOMEBODY, "n1"))
    assert isinstance(session.screen, Corrected)
    session.press(Button.UNDO)
    assert session.intents[-1] == Readmit("n1")


def at_levels() -> Session:
    return Session().staff().press(Button.STRICTNESS).happens(LevelsListed(samples.level_costs()))


def test_a_stricter_level_is_chosen_at_once_and_a_looser_one_after_a_second_yes() -> None:
    present = samples.level_costs().chosen
    session = at_levels().happens(Pressed(Button.SEARCH_LEVEL, "strict"))
    assert session.intents[-1] == ChooseLevels(replace(present, search=Strictness.STRICT))
    session = at_levels().happens(Pressed(Button.CLAIM_LEVEL, "normal"))
    assert isinstance(session.screen, ConfirmLooser)
    assert "1 in 1,000 strangers" in viewed(session).text and "1 in 10,000" in viewed(session).text
    assert isinstance(session.press(Button.CANCEL).screen, LevelsPage)
    session.happens(Pressed(Button.CLAIM_LEVEL, "normal")).press(Button.CONFIRM_LEVEL)
    assert session.intents[-1] == ChooseLevels(Levels(present.search, Strictness.NORMAL))


def test_costs_are_said_in_words_and_what_is_not_possible_or_measured_too() -> None:
    def said(accepts: float | None, misses: float | None = 1 / 30, possible: bool = True) -> str:
        return words.cost(Cost(Strictness.STRICT, accepts, misses, possible=possible))

    assert "1 stranger in 3 months" in said(1 / 3) and "1 known visitor in 30 asked again" in said(1 / 3)
    assert "About 1 stranger a month" in said(0.94) and "About 3 strangers a month" in said(3.2)
    assert "1 stranger in 4 years" in said(1 / 50) and "Hardly a stranger" in said(0.0001)
    assert "Too little traffic" in said(None) and "not measured" in said(1.0, None)
    assert "asks for the pass" in said(0.0, None, possible=False)


def test_a_new_pin_is_entered_twice_and_said_to_be_changed() -> None:
    session = Session().staff().press(Button.CHANGE_PIN).types(Button.DIGIT, "97531").press(Button.OK)
    session.types(Button.DIGIT, "97531").press(Button.OK)
    assert session.intents[-1] == ChangePin("97531")
    session.happens(PinAccepted())
    assert isinstance(session.screen, Notice) and session.screen.told is Told.PIN_CHANGED


def test_no_name_and_no_token_is_in_a_text_form_of_what_the_screens_handle() -> None:
    sheet = Sheet(800, 480)
    person = samples.person(ODD_NAME)
    handled: list[object] = [Enrolled(person, ODD_TOKEN, 8), PassIssued(person, ODD_TOKEN, 8)]
    handled += [PassCarried(ODD_TOKEN, 8), replace(decided(), name=ODD_NAME), Disowned(person, "n1")]
    with Window.open(Options(width=800, height=480), headless=True) as window:
        for screen in samples.screens(ODD_NAME).values():
            view = view_of(State(screen), samples.NOW)
            handled += [screen, view, pages.compose(view, sheet, window.painter.brush.fonts)]
    handled += [ShowPass(person, ODD_TOKEN, samples.NOW.utc, STAFF_S), Result(decided().decision, ODD_NAME, STAFF_S)]
    shown = "".join(map(repr, handled))
    assert not any(part in shown for part in (*ODD_NAME.split(), ODD_TOKEN, samples.PASS_TEXT[:12]))


def test_from_what_visitors_see_only_the_pin_leads_to_what_staff_sees() -> None:
    replies = [
        *(Checked(None), Enrolled(SOMEBODY, ODD_TOKEN, 8), PassIssued(SOMEBODY, ODD_TOKEN, 8), Erased(), Failed("no")),
        *(PeopleListed((SOMEBODY,)), VisitsListed((samples.visit(),)), Disowned(SOMEBODY, "n1"), Readmitted()),
        *(LevelsListed(samples.level_costs()), PassCarried(ODD_TOKEN, 8), PinWrong(0.0), PinAccepted(), Tick()),
    ]
    touches = [Pressed(button, text) for button in Button for text in ("", "1", "normal", "d1", "p1")]
    for screen in samples.screens().values():
        if not isinstance(screen, Visiting | OutOfOrder | PinEntry):
            continue
        for event in (*touches, *replies):
            step = advance(State(screen), event, samples.NOW)
            passed = isinstance(screen, PinEntry) and screen.waiting and isinstance(event, PinAccepted | Failed)
            assert passed or isinstance(step.state.screen, Visiting | OutOfOrder | PinEntry), (screen, event)
            assert all(isinstance(intent, CheckPin) for intent in step.intents), (screen, event)
