"""Histories that lead somewhere: paths through every screen, left early, disturbed, and gone on with."""

from dataclasses import dataclass

from hypothesis import strategies as st

from kiosk.domain.verdict import Outcome, Reason
from kiosk.screens import samples
from kiosk.screens.events import (
    Button,
    Checked,
    Disowned,
    Enrolled,
    Erased,
    Event,
    LevelsListed,
    PartDown,
    PartName,
    PartUp,
    PassCarried,
    PassIssued,
    PassRead,
    PeopleListed,
    PinAccepted,
    Pressed,
    Readmitted,
    StandingSeen,
    VisitsListed,
)
from tests.screens.making import ALIKE, EVENTS, SOMEBODY, decided, saw


@dataclass(frozen=True)
class Happening:
    """An event, and how long nothing happens after it."""

    event: Event
    pause_s: float = 0.5


Story = list[Happening]
RECENT = samples.visit()


def pressing(*buttons: Button) -> Story:
    return [Happening(Pressed(button)) for button in buttons]


def typing(button: Button, text: str) -> Story:
    return [Happening(Pressed(button, letter)) for letter in text]


LOGIN = [
    *pressing(Button.STAFF),
    *typing(Button.DIGIT, "2468"),
    *pressing(Button.OK),
    Happening(PinAccepted()),
]
FIRST_START = [
    *(typing(Button.DIGIT, "2468") + pressing(Button.OK)) * 2,
    Happening(PinAccepted()),
    *pressing(Button.LEAVE),
]
TO_CAPTURE = [
    *LOGIN,
    *pressing(Button.ENROL, Button.AGREE),
    *typing(Button.KEY, "Ada"),
    *pressing(Button.OK),
]
CAPTURED = [*TO_CAPTURE, *[Happening(saw(1, sampled=True), 7.0)] * 8]
ENROLLED = [
    *CAPTURED,
    Happening(Checked(None)),
    *pressing(Button.SAVE),
    Happening(Enrolled(SOMEBODY, "FK1:X", 8)),
    *pressing(Button.OK),
]
TWICE_ENROLLED = [
    *CAPTURED,
    Happening(Checked(ALIKE)),
    *pressing(Button.SAVE_ANYWAY, Button.RETAKE),
    *[Happening(saw(1, sampled=True), 7.0)] * 8,
    Happening(Checked(None)),
    *pressing(Button.SAVE),
    Happening(Enrolled(SOMEBODY, "FK1:X", 8)),
]
TO_PERSON = [
    *LOGIN,
    *pressing(Button.PEOPLE),
    Happening(PeopleListed((SOMEBODY,))),
    Happening(Pressed(Button.PERSON, SOMEBODY.id)),
]
NEW_PASS = [*TO_PERSON, *pressing(Button.NEW_PASS), Happening(PassIssued(SOMEBODY, "FK1:X", 8))]
REMOVED = [*TO_PERSON, *pressing(Button.REMOVE, Button.CONFIRM_REMOVE), Happening(Erased())]
CARRIED = [
    *LOGIN,
    *pressing(Button.ENROL, Button.KEEP_NOTHING),
    *[Happening(saw(1, sampled=True), 7.0)] * 8,
    *pressing(Button.SINGLE_USE, Button.SAVE),
    Happening(PassCarried("FK1:X", 8)),
    *pressing(Button.OK),
]
DECLINED = [*LOGIN, *pressing(Button.ENROL, Button.DECLINE, Button.OK)]
DISOWNED = [
    *LOGIN,
    *pressing(Button.RECENT),
    Happening(VisitsListed((RECENT,))),
    Happening(Pressed(Button.VISIT, RECENT.decision)),
    *pressing(Button.NOT_THEM, Button.CONFIRM_NOT_THEM),
    Happening(Disowned(SOMEBODY, "n1")),
    *pressing(Button.UNDO),
    Happening(Readmitted()),
]
LEVELS = [
    *LOGIN,
    *pressing(Button.STRICTNESS),
    Happening(LevelsListed(samples.level_costs())),
    Happening(Pressed(Button.CLAIM_LEVEL, "normal")),
    *pressing(Button.CONFIRM_LEVEL),
    Happening(LevelsListed(samples.level_costs())),
    Happening(Pressed(Button.SEARCH_LEVEL, "strictest")),
]
CENTRAL = [
    *LOGIN,
    *pressing(Button.CENTRAL),
    Happening(StandingSeen(samples.central_pages()["central-address"].standing)),  # type: ignore[union-attr]
    *pressing(Button.PAIR),
    Happening(StandingSeen(samples.central_pages()["central-pairing"].standing)),  # type: ignore[union-attr]
    Happening(StandingSeen(samples.central_pages()["central-fetching"].standing)),  # type: ignore[union-attr]
    *pressing(Button.OK),
]
NEW_PIN = [
    *LOGIN,
    *pressing(Button.CHANGE_PIN),
    *(typing(Button.DIGIT, "13579") + pressing(Button.OK)) * 2,
    Happening(PinAccepted()),
]
FACELESS = [
    *pressing(Button.WITHOUT_FACE),
    Happening(saw(1)),
    Happening(decided(Outcome.UNSURE, Reason.PASS_ALONE)),
]
VISIT = [
    Happening(saw(1)),
    Happening(PassRead(1012.0)),
    Happening(decided()),
    Happening(PartDown(PartName.CAMERA)),
    Happening(PartUp(PartName.CAMERA)),
]
PATHS = (
    VISIT,
    FACELESS,
    ENROLLED,
    TWICE_ENROLLED,
    CARRIED,
    DECLINED,
    NEW_PASS,
    REMOVED,
    DISOWNED,
    LEVELS,
    CENTRAL,
    NEW_PIN,
)


@st.composite
def stories(draw: st.DrawFn, has_pin: bool = True) -> Story:
    """One to three paths, each disturbed somewhere by a few events of any kind, and perhaps left early."""
    disturbances = st.lists(st.builds(Happening, EVENTS, st.floats(0, 40)), max_size=3)
    told: Story = [] if has_pin else list(FIRST_START[: draw(st.integers(0, len(FIRST_START)))])
    for path in draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=3)):
        middle = draw(st.integers(0, len(path)))
        end = draw(st.one_of(st.just(len(path)), st.integers(middle, len(path))))
        told += [*path[:middle], *draw(disturbances), *path[middle:end]]
    return told
