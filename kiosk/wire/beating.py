"""What a kiosk says of itself every half minute, and what central answers."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from kiosk.wire.fields import Id, Label, Message, Moment, Number


class CameraState(StrEnum):
    """What a kiosk says of its camera."""

    GOOD = "good"
    GONE = "gone"
    FROZEN = "frozen"
    BLIND = "blind"


class HeartBeat(Message):
    """What a kiosk says of itself. What it does not know it leaves out."""

    software: Annotated[str, Field(max_length=40)] = ""
    model: Annotated[str, Field(max_length=64)] = ""
    temperature_c: Annotated[float, Field(ge=-50, le=150)] | None = None
    disk_free_mb: Annotated[int, Field(ge=0, le=10**9)] | None = None
    frames_per_s: Annotated[float, Field(ge=0, le=1000)] | None = None
    decision_ms: Annotated[float, Field(ge=0, le=10**6)] | None = None
    camera: CameraState | None = None
    people: Annotated[int, Field(ge=0, le=10**9)] | None = None
    waiting: Annotated[int, Field(ge=0, le=10**9)] | None = None
    dead: Annotated[int, Field(ge=0, le=10**9)] | None = None
    cursor: Annotated[str, Field(max_length=200)] = ""


class Heard(Message):
    """Central's own time, and how far its feed has come; `is_behind`: there is something to pull after `cursor`.

    `longest_pause_s`: how long a kiosk may pause at most between two tries while central can't be reached. A large
    fleet is told a longer one, so that it does not come all at once when central is back.
    """

    at_utc: Moment
    epoch: Id = ""
    is_behind: bool = False
    newest: Number = 0
    site: Label = ""
    longest_pause_s: Annotated[float, Field(ge=1, le=300)] | None = None
