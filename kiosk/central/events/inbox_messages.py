"""What is said about visits: what the kiosk saw and answered, and what an operator makes of it."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from kiosk.central.events.messages import Kind, Token
from kiosk.central.people.messages import Strict


class Verdict(StrEnum):
    """What an operator can say of a visit."""

    PERSON = "person"
    NOT_THIS_PERSON = "not-this-person"
    NOBODY_KNOWN = "nobody-known"


class Effect(StrEnum):
    """What a verdict makes of the kiosk's answer."""

    RIGHT = "right"
    MISSED = "missed"
    MISTAKEN = "mistaken"
    RIGHTLY_NOT = "rightly-not"


class Judgement(Strict):
    """What an operator says: who it was, or that it was not whom the kiosk took them for, or nobody they know."""

    verdict: Verdict
    person: Token | None = None


class Attempt(BaseModel):
    """One attempt of a visit. `person` is whom the kiosk took them for, or came nearest to below the threshold."""

    model_config = ConfigDict(from_attributes=True)

    position: int
    id: str
    kind: Kind
    outcome: str
    reason: str
    person: str | None
    similarity: float | None
    taken_utc: datetime


class VerdictOut(BaseModel):
    """What was said of a visit, by whom, and when."""

    model_config = ConfigDict(from_attributes=True)

    verdict: Verdict
    effect: Effect
    person: str | None
    said_by: str
    said_utc: datetime


class VisitOut(BaseModel):
    """A visit: its attempts in their order, and the best guess of them. `visit` names it to this API."""

    visit: str
    kiosk: str
    site: str
    began_utc: datetime
    ended_utc: datetime
    attempts: list[Attempt]
    guess: str | None
    similarity: float | None
    verdict: VerdictOut | None


class Inbox(BaseModel):
    """A page of visits, newest first, and the cursor of the next."""

    visits: list[VisitOut]
    next: str | None


class Judged(BaseModel):
    """What was kept, and a sentence that says what follows from it."""

    visit: VisitOut
    effect: Effect
    follows: str


class Figures(BaseModel):
    """Of the visits that were judged: rightly recognised, wrongly not, wrongly as somebody, rightly not."""

    right: int
    missed: int
    mistaken: int
    rightly_not: int
