"""What is said about events over the API."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, WithJsonSchema

from kiosk.central.people.messages import Strict

BATCH_MOST = 500
PAGE_MOST = 500
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class Kind(StrEnum):
    """What an event tells of. The first five are attempts of a visitor."""

    RECOGNISED = "recognised"
    VERIFIED = "verified"
    UNKNOWN = "unknown"
    ASKED_FOR_PASS = "asked-for-pass"
    REFUSED = "refused"
    DOOR_OPENED = "door-opened"
    ENROLLED = "enrolled"
    EDITED = "edited"
    ERASED = "erased"
    PASS_ISSUED = "pass-issued"
    PASS_REVOKED = "pass-revoked"
    STAFF = "staff"
    HEALTH = "health"
    FAULT = "fault"
    MENDED = "mended"


ATTEMPTS = (Kind.RECOGNISED, Kind.VERIFIED, Kind.UNKNOWN, Kind.ASKED_FOR_PASS, Kind.REFUSED)


class Answer(StrEnum):
    """What became of an event that was pushed."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


def _of_our_time(moment: datetime) -> datetime:
    if not EARLIEST <= moment < LATEST:
        raise ValueError("a year from 2000 to 2099 is needed")
    return moment.astimezone(UTC)


Code = Annotated[str, Field(pattern="^([a-z][a-z0-9-]*)?$", max_length=40)]
Token = Annotated[str, Field(pattern="^[A-Za-z0-9_-]+$", max_length=64)]
Uuid7 = Annotated[str, Field(pattern="^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]
OneKind = Annotated[Kind, WithJsonSchema({"type": "string", "enum": [kind.value for kind in Kind]})]


class NewEvent(Strict):
    """An event as its kiosk wrote it. `person` is whom it was taken for, or came nearest to below the threshold."""

    id: Uuid7
    seq: Annotated[int, Field(ge=1, le=2**53)]
    kind: OneKind
    taken_utc: Annotated[AwareDatetime, AfterValidator(_of_our_time)]
    outcome: Code = ""
    reason: Code = ""
    person: Token | None = None
    similarity: Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)] | None = None
    visit: Token | None = None


class Batch(Strict):
    """Events of a kiosk. Each is looked at by itself: a bad one does not hold up the others."""

    events: Annotated[
        list[Annotated[dict[str, Any], WithJsonSchema(NewEvent.model_json_schema())]],
        Field(max_length=BATCH_MOST),
    ]


class Receipt(BaseModel):
    """What became of one event, in the order in which they were pushed. `reason` is a code, and so is `where`."""

    id: str | None
    answer: Answer
    reason: str = ""


class Receipts(BaseModel):
    """What became of each event of a batch."""

    receipts: list[Receipt]


class EventOut(BaseModel):
    """An event, and when central heard of it. Later positions were heard of later."""

    model_config = ConfigDict(from_attributes=True)

    position: int
    id: str
    kiosk: str
    site: str
    seq: int
    kind: Kind
    outcome: str
    reason: str
    person: str | None
    similarity: float | None
    visit: str
    taken_utc: datetime
    received_utc: datetime


class Events(BaseModel):
    """A page of events, newest first, and the cursor of the next."""

    events: list[EventOut]
    next: str | None


class Sought(Strict):
    """Which events are wanted; what is left out does not matter."""

    kiosk: Annotated[str, Field(max_length=64)] = ""
    site: Annotated[str, Field(max_length=80)] = ""
    kind: Annotated[list[Kind], Field(max_length=len(Kind))] = []
    person: Annotated[str, Field(max_length=64)] = ""
    from_utc: Annotated[AwareDatetime, AfterValidator(_of_our_time)] | None = None
    until_utc: Annotated[AwareDatetime, AfterValidator(_of_our_time)] | None = None
