"""What is said about kiosks, and what they say of themselves."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from kiosk.central.people.messages import Name, Strict
from kiosk.wire.beating import HeartBeat


class KioskState(StrEnum):
    """How a kiosk is, as far as central knows."""

    NEW = "new"
    ALIVE = "alive"
    SILENT = "silent"
    REVOKED = "revoked"


class NewKiosk(Strict):
    """A kiosk to be made known."""

    name: Name
    site: Annotated[str, Field(max_length=80)] = ""
    groups: Annotated[list[Name], Field(max_length=50)] = []


class EditedKiosk(NewKiosk):
    """A kiosk as it is to be; `version` is the one that was read before."""

    version: int = Field(ge=1)


class KioskOut(BaseModel):
    """A kiosk of the fleet, and what it last said of itself.

    One that was made by hand has no key, so no `fingerprint`; `wire` is the version that it last spoke.
    """

    id: str
    name: str
    site: str
    groups: list[str]
    state: KioskState
    made_utc: datetime
    heard_utc: datetime | None
    paired_utc: datetime | None
    revoked_utc: datetime | None
    fingerprint: str
    wire: int
    said: HeartBeat
    version: int


class MadeKiosk(BaseModel):
    """A kiosk with its new token, which is shown this once."""

    kiosk: KioskOut
    token: str


class PairingCode(Strict):
    """The code that a kiosk shows, however it was typed."""

    code: Annotated[str, Field(min_length=1, max_length=40)]


class WantedKiosk(NewKiosk, PairingCode):
    """The kiosk that shows that code, as it is to be called."""

    @property
    def kiosk(self) -> NewKiosk:
        """Without the code."""
        return NewKiosk(name=self.name, site=self.site, groups=self.groups)


class WaitingKiosk(BaseModel):
    """A kiosk that asks. `known`: the kiosk that its store was before; `same_key`: and it still has that key."""

    fingerprint: str
    software: str
    asked_utc: datetime
    expires_utc: datetime
    known: KioskOut | None
    same_key: bool
