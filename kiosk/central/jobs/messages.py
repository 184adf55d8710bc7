"""What is said about jobs over the API."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field

from kiosk.central.jobs.tables import ItemState
from kiosk.central.people.messages import Consented, Strict

UploadId = Annotated[str, Field(min_length=1, max_length=64)]


class Kind(StrEnum):
    """What a job does."""

    ENROL_ARCHIVE = "enrol-archive"
    UNDO = "undo"
    RE_ENCODE = "re-encode"
    CALIBRATE = "calibrate"
    EXPORT = "export"
    RETENTION = "retention"
    EVALUATE = "evaluate"


class State(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNDONE = "undone"


ENDED = frozenset({State.DONE, State.FAILED, State.CANCELLED, State.UNDONE})


class Existing(StrEnum):
    """What to do with somebody of whom there is one with the same name and host already."""

    SKIP = "skip"
    ADD = "add"


class EnrolArchive(Strict):
    """Enrol everybody in an archive that was uploaded, with the consent they gave. A dry run enrols nobody."""

    upload: UploadId
    consent: Consented
    dry_run: bool = True
    keep_pictures: bool = False
    existing: Existing = Existing.SKIP


class NewUpload(Strict):
    """An archive that will come, of that many bytes."""

    size: Annotated[int, Field(ge=1, le=2**50)]


class UploadOut(BaseModel):
    """An archive on its way: `offset` is how much of it is there."""

    id: str
    size: int
    offset: int


class DryRun(Strict):
    """Whether only to say what would be done."""

    dry_run: bool = True


class Export(Strict):
    """Write down everybody, for whoever has the secret key to that public key of age (age1…)."""

    recipient: Annotated[str, Field(min_length=10, max_length=200)]
    pictures: bool = True


class JobOut(BaseModel):
    """A job, and how far it is. `total` is not known before it has begun."""

    id: str
    kind: Kind
    state: State
    dry_run: bool
    asked_utc: datetime
    began_utc: datetime | None
    ended_utc: datetime | None
    cancelling: bool
    done: int
    total: int | None
    sentence: str
    result: dict[str, Any]

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state in ENDED


class Jobs(BaseModel):
    """The newest jobs."""

    jobs: list[JobOut]


class ItemOut(BaseModel):
    """A photograph of an archive, and what became of it."""

    number: int
    file: str
    state: ItemState
    reason: str
    person: str | None


class Items(BaseModel):
    """A page of photographs; `next` is the number to go on after."""

    items: list[ItemOut]
    next: int | None
