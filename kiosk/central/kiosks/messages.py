"""What is said about kiosks, and what they say of themselves."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from kiosk.central.people.messages import Name, Strict


class KioskState(StrEnum):
    """How a kiosk is, as far as central knows."""

    NEW = "new"
    ALIVE = "alive"
    SILENT = "silent"
    REVOKED = "revoked"


class CameraState(StrEnum):
    """What a kiosk says of its camera."""

    GOOD = "good"
    GONE = "gone"
    FROZEN = "frozen"
    BLIND = "blind"


class NewKiosk(Strict):
    """A kiosk to be made known."""

    name: Name
    site: Annotated[str, Field(max_length=80)] = ""
    groups: Annotated[list[Name], Field(max_length=50)] = []


class EditedKiosk(NewKiosk):
    """A kiosk as it is to be; `version` is the one that was read before."""

    version: int = Field(ge=1)


class HeartBeat(Strict):
    """What a kiosk says of itself, every half minute. What it does not know it leaves out."""

    software: Annotated[str, Field(max_length=40)] = ""
    model: Annotated[str, Field(max_length=64)] = ""
    temperature_c: Annotated[float, Field(ge=-50, le=150)] | None = None
    disk_free_mb: Annotated[int, Field(ge=0, le=10**9)] | None = None
    frames_per_s: Annotated[float, Field(ge=0, le=1000)] | None = None
    decision_ms: Annotated[float, Field(ge=0, le=10**6)] | None = None
    camera: CameraState | None = None
    people: Annotated[int, Field(ge=0, le=10**9)] | None = None
    waiting: Annotated[int, Field(ge=0, le=10**9)] | None = None


class KioskOut(BaseModel):
    """A kiosk of the fleet, and what it last said of itself."""

    id: str
    name: str
    site: str
    groups: list[str]
    state: KioskState
    made_utc: datetime
    heard_utc: datetime | None
    said: HeartBeat
    version: int


class MadeKiosk(BaseModel):
    """A kiosk with its new token, which is shown this once."""

    kiosk: KioskOut
    token: str


class Heard(BaseModel):
    """What central answers a heart-beat: its own time, by which a kiosk without a clock battery sets its own."""

    at_utc: datetime
