"""What a kiosk tells central: the items of its outbox, each answered by itself."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from kiosk.wire.fields import (
    Code,
    Id,
    Label,
    Language,
    Message,
    Moment,
    Name,
    Number,
    Picture,
    PublicKey,
    Uuid7,
    Vector,
)

ITEMS_MOST = 100
TEMPLATES_MOST = 50
CONSENTS_MOST = 200


class Kind(StrEnum):
    """What an item is about. A kind that central does not know is rejected by itself, and tried again later."""

    EVENT = "event"
    PERSON = "person"
    EDIT = "edit"
    ERASURE = "erasure"
    PASS_KEY = "pass-key"
    PASS = "pass"
    REVOCATION = "revocation"
    SPENT = "spent"
    RECEIPT = "receipt"
    MODEL = "model"


class Happened(Message):
    """An event of the journal. `id` is the event's own: pushed twice, it is one event."""

    id: Uuid7
    seq: Annotated[Number, Field(ge=1)]
    kind: Code
    taken_utc: Moment
    outcome: Code = ""
    reason: Code = ""
    person: Id | None = None
    similarity: Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)] | None = None
    visit: Id | None = None


class Consented(Message):
    """What somebody agreed to: which text, in which language, when and how."""

    text_version: Name
    language: Language
    given_utc: Moment
    channel: Annotated[str, Field(min_length=1, max_length=32)]


class Face(Message):
    """A template: of which model, fused from how many frames, its vector in half precision."""

    id: Id
    model: Name
    samples: Annotated[int, Field(ge=1, le=10_000)]
    made_utc: Moment
    vector: Vector


class Enrolled(Message):
    """Somebody enrolled at the kiosk, or who got more templates there. Whole: central adds what it does not have.

    The name is taken only where central does not know the person yet; later ones travel as edits.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    id: Id
    name: Name = Field(repr=False)
    enrolled_utc: Moment
    consents: Annotated[list[Consented], Field(max_length=CONSENTS_MOST)] = []
    faces: Annotated[list[Face], Field(max_length=TEMPLATES_MOST)] = []
    chip: Picture | None = None


class Edited(Message):
    """Changes of some members of a person, made to the version that the kiosk had (`base`; 0: central's was not there
    yet). What nobody else changed since is applied; where somebody did, both are kept for an admin.
    """

    person: Id
    base: Number
    name: Name | None = Field(None, repr=False)


class Erased(Message):
    """Staff erased somebody. It beats every edit, before or after."""

    person: Id
    erased_utc: Moment


class PassKeyMade(Message):
    """The public half of a key that signs this kiosk's passes; `dropped_utc`: its passes are good no more."""

    id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    public: PublicKey
    dropped_utc: Moment | None = None


class PassIssued(Message):
    """A pass issued at the kiosk; its text never travels."""

    id: Id
    person: Id
    site: Name
    key: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    not_before_utc: Moment
    expires_utc: Moment
    single_use: bool = False


class PassEnded(Message):
    """A pass that staff withdrew, or that was for one visit and was used."""

    id: Id
    at_utc: Moment


class Receipt(Message):
    """That person is gone from this kiosk: from its memory, its database file and its log."""

    person: Id
    gone_utc: Moment


class ModelReport(Message):
    """What became of a model that the kiosk was to run: `running`, `failed` with a reason, and it went back, or
    `waiting`: it does as it should, but so many people (`missing`) could not be recognised with it yet.
    """

    tag: Name
    state: Annotated[str, Field(pattern="^(running|waiting|failed)$")]
    reason: Code = ""
    missing: Number = 0
    at_utc: Moment


BODIES: dict[Kind, type[Message]] = {
    Kind.EVENT: Happened,
    Kind.PERSON: Enrolled,
    Kind.EDIT: Edited,
    Kind.ERASURE: Erased,
    Kind.PASS_KEY: PassKeyMade,
    Kind.PASS: PassIssued,
    Kind.REVOCATION: PassEnded,
    Kind.SPENT: PassEnded,
    Kind.RECEIPT: Receipt,
    Kind.MODEL: ModelReport,
}


class Item(Message):
    """One row of the outbox: its id is new with each row, `seq` counts up within one store."""

    id: Uuid7
    seq: Annotated[Number, Field(ge=1)]
    kind: Code
    body: dict[str, Any]


class Push(Message):
    """Some items, oldest first. `store` is the random id of the kiosk's store."""

    store: Id
    items: Annotated[list[Item], Field(max_length=ITEMS_MOST)]


class Answer(StrEnum):
    """What became of an item."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


class Answered(Message):
    """What became of one item, in the order of the push. `reason`: a code for why it was rejected, `conflict-kept`."""

    id: Id
    answer: Answer
    reason: Code = ""


class PushAnswer(Message):
    """The answers, and the server's epoch: another one than before means that it was restored from a copy."""

    answers: list[Answered]
    epoch: Id
    site: Label = ""
