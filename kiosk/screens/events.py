"""What can happen to the screens."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from kiosk.domain.people import Person
from kiosk.domain.sight import Chip
from kiosk.domain.trust import LevelCosts
from kiosk.domain.verdict import Decision, Observation
from kiosk.wire.standing import Status


class Button(StrEnum):
    """Everything that can be touched. `KEY`, `DIGIT`, `PERSON`, `VISIT` and the levels carry a text with the press."""

    STAFF = "staff"
    BACK = "back"
    CANCEL = "cancel"
    OK = "ok"
    DIGIT = "digit"
    KEY = "key"
    SHIFT = "shift"
    ACCENTS = "accents"
    DELETE = "delete"
    ENROL = "enrol"
    PEOPLE = "people"
    PERSON = "person"
    NEXT_PAGE = "next-page"
    PREVIOUS_PAGE = "previous-page"
    AGREE = "agree"
    DECLINE = "decline"
    RETAKE = "retake"
    SAVE = "save"
    SAVE_ANYWAY = "save-anyway"
    NEW_PASS = "new-pass"
    REMOVE = "remove"
    CONFIRM_REMOVE = "confirm-remove"
    LEAVE = "leave"
    WITH_FACE = "with-face"
    WITHOUT_FACE = "without-face"
    KEEP_NOTHING = "keep-nothing"
    RECENT = "recent"
    VISIT = "visit"
    NOT_THEM = "not-them"
    CONFIRM_NOT_THEM = "confirm-not-them"
    UNDO = "undo"
    STRICTNESS = "strictness"
    SEARCH_LEVEL = "search-level"
    CLAIM_LEVEL = "claim-level"
    CONFIRM_LEVEL = "confirm-level"
    CHANGE_PIN = "change-pin"
    SINGLE_USE = "single-use"
    CENTRAL = "central"
    PAIR = "pair"


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button was touched; `text` is the key's character, the digit, the person's or decision's id, or the level.

    It shows in no repr: digits make a PIN, and keys a name.
    """

    button: Button
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


@dataclass(frozen=True, slots=True, eq=False)
class Saw:
    """Vision looked at a frame."""

    observation: Observation


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision was recorded. `name` is the person's, where the outcome names somebody."""

    decision: Decision
    name: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class PassRead:
    """A valid pass was held up; the face that belongs to it is awaited until then (monotonic seconds)."""

    until: float


@dataclass(frozen=True, slots=True)
class PinAccepted:
    """The PIN was right, or has just been set."""


@dataclass(frozen=True, slots=True)
class PinWrong:
    """The PIN was wrong; no further try before `wait_s` seconds are over (0: at once)."""

    wait_s: float


class Alike(StrEnum):
    """How like somebody enrolled a new face is."""

    DUPLICATE = "duplicate"
    LOOKALIKE = "lookalike"


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """Whom a new face looks like: the same person again (DUPLICATE), or one easily mistaken for them (LOOKALIKE).

    `chip` is that person's picture, None where none is kept.
    """

    person: Person
    alike: Alike
    chip: Chip | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """The duplicate check is over; `likeness` says whom the new samples look like, if anybody."""

    likeness: Likeness | None


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Somebody is in the store; `pass_text` is what to draw as their QR code."""

    person: Person
    pass_text: str = field(repr=False)
    valid_hours: int


@dataclass(frozen=True, slots=True)
class PassIssued:
    """A new pass for somebody already enrolled."""

    person: Person
    pass_text: str = field(repr=False)
    valid_hours: int


@dataclass(frozen=True, slots=True)
class PassCarried:
    """A pass that carries its bearer's own template was made; nothing about them was kept."""

    pass_text: str = field(repr=False)
    valid_hours: int


@dataclass(frozen=True, slots=True, eq=False)
class RecentVisit:
    """Somebody let in a short while ago, as staff may look it up. It lives in memory only."""

    decision: str
    person: Person
    at_utc: datetime
    chip: Chip


@dataclass(frozen=True, slots=True, eq=False)
class VisitsListed:
    """The recent visits that a face settled, newest first."""

    visits: tuple[RecentVisit, ...]


@dataclass(frozen=True, slots=True)
class Disowned:
    """That face will not match that person again; `negative` is what to give back to undo it."""

    person: Person
    negative: str


@dataclass(frozen=True, slots=True)
class Readmitted:
    """The last 'not this person' was taken back."""


@dataclass(frozen=True, slots=True)
class LevelsListed:
    """What each level would cost, and which are chosen; also the reply to a choice."""

    costs: LevelCosts


@dataclass(frozen=True, slots=True)
class StandingSeen:
    """How the kiosk and central stand now; told whenever that changes, and in reply."""

    standing: Status


@dataclass(frozen=True, slots=True)
class PeopleListed:
    """The people of the store, in order of enrolment."""

    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Erased:
    """A person was removed."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A staff act did not work; `sentence` says why and what to do."""

    sentence: str


class PartName(StrEnum):
    """The parts a visitor may hear of."""

    CAMERA = "camera"
    VISION = "vision"
    STORE = "store"


class Fault(StrEnum):
    """What is wrong with a part, as far as different words help."""

    GONE = "gone"
    FROZEN = "frozen"
    BLIND = "blind"
    SLOW = "slow"
    BUSY = "busy"
    FULL = "full"
    UNWRITABLE = "unwritable"
    FAILING = "failing"
    DAMAGED = "damaged"
    WRONG_KEY = "wrong-key"
    TOO_NEW = "too-new"
    DEFECT = "defect"


@dataclass(frozen=True, slots=True)
class PartDown:
    """A part does not work at the moment, and what is wrong with it; `lasting`: it needs a person."""

    part: PartName
    lasting: bool = False
    fault: Fault = Fault.GONE


@dataclass(frozen=True, slots=True)
class PartUp:
    """A part works again."""

    part: PartName


Event = (
    Pressed
    | Tick
    | Saw
    | Decided
    | PassRead
    | PinAccepted
    | PinWrong
    | Checked
    | Enrolled
    | PassIssued
    | PassCarried
    | PeopleListed
    | VisitsListed
    | Disowned
    | Readmitted
    | LevelsListed
    | StandingSeen
    | Erased
    | Failed
    | PartDown
    | PartUp
)
