"""What the screens ask for, and what they want vision to do meanwhile."""

from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.domain.people import Consent
from kiosk.domain.trust import Levels
from kiosk.domain.verdict import Sample


@dataclass(frozen=True, slots=True)
class SetPin:
    """Keep this as the staff PIN (first start only). The PIN never shows in a repr."""

    pin: str

    def __repr__(self) -> str:
        return "SetPin(…)"


@dataclass(frozen=True, slots=True)
class ChangePin:
    """Keep this as the new staff PIN, in place of the old one. The PIN never shows in a repr."""

    pin: str

    def __repr__(self) -> str:
        return "ChangePin(…)"


@dataclass(frozen=True, slots=True)
class CheckPin:
    """Is this the staff PIN?"""

    pin: str

    def __repr__(self) -> str:
        return "CheckPin(…)"


@dataclass(frozen=True, slots=True, eq=False)
class CheckDuplicate:
    """Does somebody enrolled look like these samples?"""

    samples: tuple[Sample, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Enrol:
    """Store a new person, and make a pass for one visit only or for many. The name never shows in a repr.

    `keeps_picture`: whether they agreed to a small picture being kept.
    """

    name: str = field(repr=False)
    consent: Consent
    samples: tuple[Sample, ...] = field(repr=False)
    single_use: bool = False
    keeps_picture: bool = True


@dataclass(frozen=True, slots=True)
class IssuePass:
    """Make a new pass for a person, for one visit only or for many."""

    person: str
    single_use: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class CarryPass:
    """Make a pass that carries the template of these samples, and keep nothing."""

    consent: Consent
    samples: tuple[Sample, ...] = field(repr=False)
    single_use: bool = False


@dataclass(frozen=True, slots=True)
class ListVisits:
    """Who was let in by their face a short while ago?"""


@dataclass(frozen=True, slots=True)
class Disown:
    """The face of that decision is not the person it named."""

    decision: str


@dataclass(frozen=True, slots=True)
class Readmit:
    """Take a 'not this person' back."""

    negative: str


@dataclass(frozen=True, slots=True)
class ListLevels:
    """What would each level cost?"""


@dataclass(frozen=True, slots=True)
class ChooseLevels:
    """From now on, be this sure."""

    levels: Levels


@dataclass(frozen=True, slots=True)
class ListPeople:
    """Who is enrolled?"""


@dataclass(frozen=True, slots=True)
class LookAtCentral:
    """How do the kiosk and central stand?"""


@dataclass(frozen=True, slots=True)
class AskToPair:
    """Ask central to take this kiosk into its fleet."""


@dataclass(frozen=True, slots=True)
class Erase:
    """Remove a person and everything about them."""

    person: str


Intent = (
    SetPin
    | ChangePin
    | CheckPin
    | CheckDuplicate
    | Enrol
    | IssuePass
    | CarryPass
    | ListPeople
    | ListVisits
    | Disown
    | Readmit
    | ListLevels
    | ChooseLevels
    | LookAtCentral
    | AskToPair
    | Erase
)


class Attention(StrEnum):
    """What vision should do for the present screen. CODES: read QR passes and look for no face."""

    VISITORS = "visitors"
    CODES = "codes"
    ENROLMENT = "enrolment"
    REST = "rest"
