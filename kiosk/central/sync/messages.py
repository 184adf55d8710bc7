"""What admins are told of sync: receipts of erasures, conflicts, and what could not be taken from kiosks."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from kiosk.central.people.messages import Strict


class ReceiptOut(BaseModel):
    """A kiosk that may have had somebody who was erased; without `confirmed_utc` it has not confirmed yet."""

    kiosk: str
    name: str
    site: str
    asked_utc: datetime
    confirmed_utc: datetime | None
    heard_utc: datetime | None
    revoked: bool


class ConflictOut(BaseModel):
    """An edit of a kiosk to what somebody else had changed: what the kiosk wanted, and how it is."""

    id: str
    person: str
    kiosk: str
    member: str
    wanted: str
    current: str
    at_utc: datetime


class Resolution(Strict):
    """What becomes of a conflict: what the kiosk wanted is taken, or what is there is kept."""

    take: Literal["wanted", "current"]


class DeadLetterOut(BaseModel):
    """An item of a kiosk that was not taken, and why; it stays with the kiosk.

    `person` is whom it is about, where that is somebody who is here.
    """

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: str
    reason: str
    at_utc: datetime
    person: str | None
