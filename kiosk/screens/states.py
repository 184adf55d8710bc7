"""Every state the screens can be in: frozen values with deadlines (`until`, monotonic seconds), never starts.

PINs, pass texts and typed names stay out of every repr; an enrolment lives in its state and nowhere else.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from kiosk.domain.people import Consent, Person
from kiosk.domain.sight import Box
from kiosk.domain.site import PrivacyNotice
from kiosk.domain.verdict import Advice, Decision, Sample
from kiosk.identity.enrolment import Enrolment
from kiosk.screens.events import Fault, Likeness, PartName
from kiosk.screens.states_central import CentralPage
from kiosk.screens.states_reading import ReadNotice
from kiosk.screens.states_trust import Trusting

LOOKING_S = 2.0
GREETING_S = 5.0
INSTRUCTION_S = 7.0
PASS_LONGEST_S = 60.0
PASS_GRACE_S = 1.0
STAFF_S = 60.0
CONSENT_S = 120.0
SHOW_PASS_S = 120.0
ANSWER_S = 30.0
WITHOUT_FACE_S = 45.0
PASSING = (Fault.SLOW, Fault.BUSY)
LONGEST_S = max(PASS_LONGEST_S + PASS_GRACE_S, CONSENT_S, SHOW_PASS_S)

PIN_SHORTEST = 4
PIN_LONGEST = 12
PEOPLE_PER_PAGE = 6


@dataclass(frozen=True, slots=True)
class Moment:
    """Now: `monotonic` seconds for deadlines, `utc` for people; and what holds here: whether pictures of people are
    kept, and the privacy notice to be read before consent is asked for, if there is one.
    """

    monotonic: float
    utc: datetime
    keeps_pictures: bool = True
    notice: PrivacyNotice | None = None


class Wanted(StrEnum):
    """What the visitor in front of the camera is asked for."""

    FACE = "face"
    PASS = "pass"


@dataclass(frozen=True, slots=True)
class Sight:
    """Where the visitor's face is, and one piece of advice that stays until `advice_until` to be readable.

    `lamp`: it was too dark once, so the screen gives light until this visit ends; turning it off again as soon as
    there is enough would make it flicker.
    """

    track: int | None = None
    box: Box | None = None
    advice: Advice | None = None
    advice_until: float = 0.0
    lamp: bool = False


@dataclass(frozen=True, slots=True)
class Attract:
    """Nobody is being attended to. `answered` is the track that has its answer and only has yet to walk away."""

    answered: int | None = None


@dataclass(frozen=True, slots=True)
class Looking:
    """Somebody stands there."""

    sight: Sight
    until: float
    wanted: Wanted = Wanted.FACE


@dataclass(frozen=True, slots=True)
class Result:
    """An answer that was recorded. `track` was in front of the camera meanwhile.

    `faceless`: to somebody who does not want their face looked at, nor while they read it. `again_at`: no further
    try with that pass is heard before. `lamp`: as in `Sight`, for what follows.
    """

    decision: Decision
    name: str | None = field(repr=False)
    until: float
    track: int | None = None
    faceless: bool = False
    again_at: float = 0.0
    lamp: bool = False


@dataclass(frozen=True, slots=True)
class AwaitFace:
    """A valid pass was held up; now the face."""

    sight: Sight
    until: float


@dataclass(frozen=True, slots=True)
class WithoutFace:
    """Somebody does not want their face looked at: their pass, or staff."""

    until: float


class PinProblem(StrEnum):
    """Why a PIN is asked for again."""

    TOO_SHORT = "too-short"
    DIFFERENT = "different"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class PinSetup:
    """First start: staff chooses a PIN and enters it twice. `chosen` is the first entry, once there is one.

    What was typed is forgotten at `until`; `sentence` is why the store did not take the PIN. `changing`: there is a
    PIN, and staff who entered it chooses another.
    """

    until: float = 0.0
    digits: str = field(default="", repr=False)
    chosen: str = field(default="", repr=False)
    problem: PinProblem | None = None
    sentence: str = ""
    waiting: bool = False
    changing: bool = False


@dataclass(frozen=True, slots=True)
class PinEntry:
    """Staff enters the PIN; no digit is taken before `locked_until`, nor while `waiting` for the answer."""

    until: float
    digits: str = field(default="", repr=False)
    problem: PinProblem | None = None
    locked_until: float = 0.0
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class StaffMenu:
    """What staff can do."""

    until: float


@dataclass(frozen=True, slots=True)
class AskConsent:
    """The person to be enrolled reads the consent text and agrees or does not; `notice` is what they read before."""

    until: float
    notice: PrivacyNotice | None = None


class Layer(StrEnum):
    """What the keys of the on-screen keyboard stand for."""

    SMALL = "small"
    CAPITAL = "capital"
    ACCENTS = "accents"
    ACCENTS_CAPITAL = "accents-capital"


@dataclass(frozen=True, slots=True)
class NameEntry:
    """Consent was given, to a picture being kept or without one; the name is typed."""

    consent: Consent
    until: float
    name: str = field(default="", repr=False)
    layer: Layer = Layer.CAPITAL
    keeps_picture: bool = True


@dataclass(frozen=True, slots=True)
class Draft:
    """An enrolment that nothing knows of yet but this screen: it can't be built without consent.

    Without a name it is for a pass that carries everything: then nothing is kept. `keeps_picture`: as was agreed to.
    """

    consent: Consent
    name: str = field(default="", repr=False)
    keeps_picture: bool = True

    @property
    def is_carried(self) -> bool:
        """Whether nothing of it is kept."""
        return not self.name


@dataclass(frozen=True, slots=True, eq=False)
class Capture:
    """Samples are being collected."""

    draft: Draft
    enrolment: Enrolment
    until: float
    sight: Sight = Sight()


@dataclass(frozen=True, slots=True, eq=False)
class Collected:
    """A draft with its samples."""

    draft: Draft
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Checking:
    """Is somebody enrolled who looks like these samples?"""

    collected: Collected
    until: float


@dataclass(frozen=True, slots=True, eq=False)
class DuplicateWarning:
    """Somebody is: staff decides, both faces side by side."""

    collected: Collected
    likeness: Likeness
    until: float


@dataclass(frozen=True, slots=True)
class Review:
    """The person sees their picture and name before anything is kept. `single_use`: the pass is for one visit only."""

    collected: Collected
    until: float
    single_use: bool = False


class Task(StrEnum):
    """What the screens wait for."""

    SAVE = "save"
    LIST = "list"
    PASS = "pass"
    ERASE = "erase"
    VISITS = "visits"
    CORRECT = "correct"
    UNDO = "undo"
    LEVELS = "levels"
    CENTRAL = "central"


@dataclass(frozen=True, slots=True)
class Waiting:
    """An intent was given away; its reply is awaited. `single_use`: of the pass that was asked for, if one was."""

    task: Task
    until: float
    single_use: bool = False


@dataclass(frozen=True, slots=True)
class ShowPass:
    """The QR pass to photograph. `enrolled` is True right after an enrolment; nobody's is a carried one.

    `single_use`: it is for one visit only.
    """

    person: Person | None
    pass_text: str = field(repr=False)
    expires_utc: datetime
    until: float
    enrolled: bool = False
    single_use: bool = False


@dataclass(frozen=True, slots=True)
class PeopleList:
    """Who is enrolled, a page at a time; `page` counts from 0."""

    people: tuple[Person, ...]
    until: float
    page: int = 0

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-len(self.people) // PEOPLE_PER_PAGE))

    @property
    def shown(self) -> tuple[Person, ...]:
        """The people on the present page."""
        first = self.page * PEOPLE_PER_PAGE
        return self.people[first : first + PEOPLE_PER_PAGE]


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person: a new pass, or remove them."""

    person: Person
    until: float


@dataclass(frozen=True, slots=True)
class ConfirmRemove:
    """Removing can't be undone, so it is asked for twice."""

    person: Person
    until: float


class Told(StrEnum):
    """What a notice is about."""

    REMOVED = "removed"
    DECLINED = "declined"
    RESTORED = "restored"
    PIN_CHANGED = "pin-changed"
    FAILED = "failed"
    NO_ANSWER = "no-answer"


@dataclass(frozen=True, slots=True)
class Notice:
    """Staff is told how it ended. `sentence` is the reason where the kiosk gave one."""

    told: Told
    until: float
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A part that does not work; `lasting`: it will not come back without a person."""

    part: PartName
    lasting: bool = False
    fault: Fault = Fault.GONE


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """The failsafe: says which part is missing, and goes back to `resume` when it works again."""

    troubles: tuple[Trouble, ...]
    resume: Attract | PinSetup | Capture | WithoutFace

    @property
    def worst(self) -> Trouble:
        """The one to speak of: without the store nothing goes, and what is only slow is the least of it."""
        order = (PartName.STORE, PartName.CAMERA, PartName.VISION)
        return min(self.troubles, key=lambda one: (one.fault in PASSING, order.index(one.part)))


Visiting = Attract | Looking | Result | AwaitFace | WithoutFace
Pin = PinSetup | PinEntry
Enrolling = ReadNotice | AskConsent | NameEntry | Capture | Checking | DuplicateWarning | Review
Office = StaffMenu | Waiting | ShowPass | PeopleList | PersonPage | ConfirmRemove | Notice
Screen = Visiting | Pin | Enrolling | Office | Trusting | CentralPage | OutOfOrder


@dataclass(frozen=True, slots=True)
class State:
    """What is on the screen, and which parts are out of order whatever is on it."""

    screen: Screen
    troubles: tuple[Trouble, ...] = ()
