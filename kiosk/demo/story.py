"""The story of the demo: first start, enrolments, every kind of visitor, a correction, on real photographs."""

from collections.abc import Callable, Generator
from dataclasses import dataclass

from kiosk.demo.director import Director, Story, Wait
from kiosk.demo.stage import Portrait, empty, mirrored, shown, with_pass
from kiosk.domain.sight import Image
from kiosk.domain.verdict import Outcome, Reason
from kiosk.identity.enrolment import Prompt
from kiosk.passes.drawing import qr_modules
from kiosk.passes.reading import Options as ReadingOptions
from kiosk.passes.reading import read_codes
from kiosk.screens.events import Button
from kiosk.screens.states import (
    AskConsent,
    Attract,
    Capture,
    DuplicateWarning,
    NameEntry,
    PinEntry,
    PinSetup,
    Review,
    ShowPass,
    StaffMenu,
    WithoutFace,
)
from kiosk.screens.states_trust import Corrected, VisitList

PIN = "2468"
NAME = "Barack Obama"
CALM_S = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """Who appears: the first person in two portraits to enrol from and one to come back in, two others, and nobody."""

    enrolled: Portrait
    enrolled_again: Portrait
    comes_back: Portrait
    stranger: Portrait
    other: Portrait
    nobody: Image


def whole(director: Director, cast: Cast) -> Story:
    """Everything, from the first start to the last visitor."""
    yield from first_start(director)
    yield from enrolment(director, cast)
    code = yield from pass_shown(director)
    yield from visitor(director, shown(cast.comes_back), "Comes back in another photograph", Outcome.RECOGNISED)
    yield from visitor(director, shown(cast.stranger), "A stranger", Outcome.UNKNOWN)
    yield from visitor(director, _holding(code, cast.enrolled_again), "QR pass and its face", Outcome.VERIFIED)
    yield from visitor(director, _holding(code, cast.other), "QR pass and another face", Outcome.REFUSED)
    yield from without_face(director, code)
    yield from nothing_kept(director, cast)
    yield from not_this_person(director, cast)
    yield from nobody(director, cast.nobody)


def first_start(director: Director) -> Story:
    """Staff chooses the PIN."""
    director.show(empty())
    yield director.on(PinSetup)
    director.picture("00-first-start")
    for _ in range(2):
        yield from _digits(director)
    yield director.on(StaffMenu)
    yield from director.tap(Button.LEAVE)
    yield director.on(Attract)
    director.note("First start", "PIN set", "PIN set")


def enrolment(director: Director, cast: Cast) -> Story:
    """Staff enrols the first person, by touch."""
    yield from to_menu(director)
    director.note("Staff enters the PIN", "menu", "menu")
    yield from director.tap(Button.ENROL)
    yield director.on(AskConsent)
    yield director.pause(0.3)
    director.note("Consent is asked first", "asked", "asked")
    yield from director.tap(Button.AGREE)
    yield director.on(NameEntry)
    yield from _typed(director)
    director.note("Name on the keyboard", NAME, director.screen.name if isinstance(director.screen, NameEntry) else "")
    yield from director.tap(Button.OK)
    yield director.on(Capture)
    yield from _capture(director, cast.enrolled, cast.enrolled_again)
    yield director.pause(0.3)
    director.note("Review of the pictures", Review.__name__, type(director.screen).__name__)
    yield from director.tap(Button.SAVE)
    yield director.on(ShowPass)
    yield director.pause(0.3)
    director.note("Enrolled, QR pass shown", "pass", "pass")


def pass_shown(director: Director, step: str = "Pass read off the screen") -> Generator[Wait, None, str]:
    """The visitor photographs the pass off the screen; returns what the QR code says."""
    codes = read_codes(director.seen(), ReadingOptions())
    director.note(step, "1 code", f"{len(codes)} code" + "s" * (len(codes) != 1))
    yield from director.tap(Button.OK)
    yield director.on(StaffMenu, Attract)
    if isinstance(director.screen, StaffMenu):
        yield from director.tap(Button.LEAVE)
    yield from director.leave()
    return codes[0]


def visitor(director: Director, scene: Image, step: str, expected: Outcome) -> Story:
    """Somebody comes, gets one answer, and goes."""
    director.show(scene)
    yield director.decision()
    decision = director.decided[-1].decision
    yield director.pause(0.4)
    director.note(step, expected.value, decision.outcome.value, decision.latency_s)
    yield from director.leave()


def without_face(director: Director, code: str) -> Story:
    """Somebody who does not want the camera shows the pass alone, and is sent to staff."""
    yield from director.tap(Button.WITHOUT_FACE)
    yield director.on(WithoutFace)
    director.note("Without my face", "no camera picture", "no camera picture")
    director.show(with_pass(empty(), qr_modules(code)))
    yield director.decision()
    decision = director.decided[-1].decision
    yield director.pause(0.4)
    director.note("The pass alone goes to staff", Reason.PASS_ALONE.value, decision.reason.value)
    director.show(empty())
    yield director.on(WithoutFace)
    yield from director.tap(Button.BACK)
    yield from director.leave()


def nothing_kept(director: Director, cast: Cast) -> Story:
    """Somebody signs up with nothing kept: their template is in the pass alone, which they photograph."""
    yield from to_menu(director)
    yield from director.tap(Button.ENROL)
    yield director.on(AskConsent)
    yield from director.tap(Button.KEEP_NOTHING)
    yield director.on(Capture)
    yield from _capture(director, cast.other, cast.other)
    yield from director.tap(Button.SAVE)
    yield director.on(ShowPass)
    yield director.pause(0.3)
    director.note("A carried pass: nothing is kept", "pass", "pass")
    code = yield from pass_shown(director, "The carried pass, photographed off the screen")
    yield from visitor(director, shown(cast.other), "Comes back without it: a stranger", Outcome.UNKNOWN)
    yield from visitor(director, _holding(code, cast.other), "Comes back with it: verified", Outcome.VERIFIED)
    yield from visitor(director, _holding(code, cast.stranger), "Another face with it", Outcome.REFUSED)


def not_this_person(director: Director, cast: Cast) -> Story:
    """Staff says of a visit that it was not who the kiosk said, and that face matches no more."""
    recognised = next(one.decision for one in director.decided if one.decision.outcome is Outcome.RECOGNISED)
    yield from to_menu(director)
    yield from director.tap(Button.RECENT)
    yield director.on(VisitList)
    director.note("Recent visits, in memory only", "listed", "listed")
    yield from director.tap(Button.VISIT, recognised.id)
    yield from director.tap(Button.NOT_THEM)
    yield from director.tap(Button.CONFIRM_NOT_THEM)
    yield director.on(Corrected)
    yield director.pause(0.3)
    director.note("Staff: not this person", "noted", "noted")
    yield from director.tap(Button.OK)
    yield from director.tap(Button.LEAVE)
    yield from director.leave()
    step = "That face never matches that person again"
    yield from visitor(director, shown(cast.comes_back), step, Outcome.UNKNOWN)


def nobody(director: Director, scene: Image) -> Story:
    """A picture without a face does nothing."""
    before = len(director.decided)
    director.show(scene)
    yield director.pause(CALM_S)
    calm = len(director.decided) == before and isinstance(director.screen, Attract)
    director.note("A picture without a face", "nothing", "nothing" if calm else "something")


def to_menu(director: Director) -> Story:
    """Staff enters the PIN."""
    yield from director.tap(Button.STAFF)
    yield director.on(PinEntry)
    yield from _digits(director)
    yield director.on(StaffMenu)


def _capture(director: Director, person: Portrait, again: Portrait) -> Story:
    """The person follows the prompts: nearer, farther, turned a little each way."""
    pictured = any(step.step == "Guided capture" for step in director.steps)
    while isinstance(director.screen, Capture):
        prompt = director.screen.enrolment.prompt
        director.show(pose(person, again, prompt))
        if prompt is Prompt.COME_CLOSER and not pictured:
            yield director.pause(0.2)
            director.note("Guided capture", Capture.__name__, type(director.screen).__name__)
            pictured = True
        yield Wait("the next prompt", _changed(director, prompt))
    director.show(empty())
    yield director.on(Review, DuplicateWarning)


def _changed(director: Director, shown: Prompt | None) -> Callable[[], bool]:
    return lambda: prompt_of(director) is not shown


def prompt_of(director: Director) -> Prompt | None:
    """What somebody whose pictures are taken is asked for; None on every other screen."""
    return director.screen.enrolment.prompt if isinstance(director.screen, Capture) else None


def pose(person: Portrait, again: Portrait, prompt: Prompt | None) -> Image:
    """The person as that prompt asks, before the camera."""
    match prompt:
        case Prompt.COME_CLOSER:
            return shown(person, 1.25)
        case Prompt.STEP_BACK:
            return shown(person, 0.75)
        case Prompt.TURN_LEFT:
            return shown(again)
        case Prompt.TURN_RIGHT:
            return shown(mirrored(again))
        case _:
            return shown(person)


def _holding(code: str, portrait: Portrait) -> Image:
    return with_pass(shown(portrait, shift=0.12), qr_modules(code))


def _digits(director: Director) -> Story:
    for digit in PIN:
        yield from director.tap(Button.DIGIT, digit)
    yield from director.tap(Button.OK)


def _typed(director: Director) -> Story:
    for key in NAME:
        yield from director.tap(Button.KEY, key)
