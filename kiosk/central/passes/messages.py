"""What is said about passes over the API."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from kiosk.central.people.messages import Strict
from kiosk.wire.fields import Moment

HOURS_USUAL, HOURS_MOST = 8.0, 366 * 24


class PassState(StrEnum):
    """What a pass is good for now."""

    VALID = "valid"
    NOT_YET = "not-yet"
    EXPIRED = "expired"
    REVOKED = "revoked"
    USED = "used"
    KEY_DROPPED = "key-dropped"


class NewPass(Strict):
    """A pass to be issued: to whom, from when (now), for how long."""

    person: Annotated[str, Field(min_length=1, max_length=64)]
    not_before_utc: Moment | None = None
    hours: Annotated[float, Field(gt=0, le=HOURS_MOST)] = HOURS_USUAL
    single_use: bool = False
    site: Annotated[str, Field(max_length=80)] = ""


class PassOut(BaseModel):
    """A pass that was issued. What it is shown by, its QR code, has an address of its own."""

    id: str
    person: str
    person_name: str
    site: str
    state: PassState
    single_use: bool
    not_before_utc: datetime
    expires_utc: datetime
    issued_utc: datetime
    revoked_utc: datetime | None


class Passes(BaseModel):
    """A page of passes, newest first."""

    passes: list[PassOut]
    next: str | None


class KeyOut(BaseModel):
    """A key that signs passes: its public half, with which kiosks check them."""

    id: str
    public: str
    made_utc: datetime
    dropped_utc: datetime | None
    signs: bool


class Sheet(Strict):
    """Badges to be printed on one sheet after the other."""

    passes: Annotated[list[Annotated[str, Field(min_length=1, max_length=64)]], Field(min_length=1, max_length=100)]
