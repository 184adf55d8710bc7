"""What can happen to the screens, and what they ask for in return."""

from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.people import Consent, Person
from kiosk.domain.verdict import Decision, Observation, Sample


class Button(StrEnum):
    """Everything that can be touched. `KEY`, `DIGIT` and `PERSON` carry a text with the press."""

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


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button was touched; `text` is the key's character, the digit or the person's id."""

    button: Button
    text: str = ""


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
    name: str | None = None


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


@dataclass(frozen=True, slots=True)
class Checked:
    """The duplicate check is over; `already` is whom the new samples look like, if anybody."""

    already: Person | None


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Somebody is in the store; `pass_text` is what to draw as their QR code."""

    person: Person
    pass_text: str
    valid_hours: int


@dataclass(frozen=True, slots=True)
class PassIssued:
    """A new pass for somebody already enrolled."""

    person: Person
    pass_text: str
    valid_hours: int


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


@dataclass(frozen=True, slots=True)
class PartDown:
    """A part does not work at the moment; `lasting`: it needs a person."""

    part: PartName
    lasting: bool = False


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
    | PeopleListed
    | Erased
    | Failed
    | PartDown
    | PartUp
)


@dataclass(frozen=True, slots=True)
class SetPin:
    """Keep this as the staff PIN (first start only). The PIN never shows in a repr."""

    pin: str

    def __repr__(self) -> str:
        return "SetPin(…)"


@dataclass(frozen=True, slots=True)
class CheckPin:
    """Is this the staff PIN?"""

    pin: str

    def __repr__(self) -> str:
        return "CheckPin(…)"


@dataclass(frozen=True, slots=True, eq=False)
class CheckDuplicate:
    """Does somebody enrolled look like these samples?"""

    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Enrol:
    """Store a new person."""

    name: str
    consent: Consent
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class IssuePass:
    """Make a new pass for a person."""

    person: str


@dataclass(frozen=True, slots=True)
class ListPeople:
    """Who is enrolled?"""


@dataclass(frozen=True, slots=True)
class Erase:
    """Remove a person and everything about them."""

    person: str


Intent = SetPin | CheckPin | CheckDuplicate | Enrol | IssuePass | ListPeople | Erase


class Attention(StrEnum):
    """What vision should do for the present screen."""

    VISITORS = "visitors"
    ENROLMENT = "enrolment"
    REST = "rest"
