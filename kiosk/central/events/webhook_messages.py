"""What is said about webhooks over the API."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from kiosk.central.events.messages import Kind
from kiosk.central.events.queue import DeliveryState
from kiosk.central.people.messages import Strict


class NewHook(Strict):
    """Where events are to be told to, and of which kinds; of all, where none is named."""

    url: Annotated[str, Field(min_length=1, max_length=1000)]
    kinds: Annotated[list[Kind], Field(max_length=len(Kind))] = []


class EditedHook(Strict):
    """Whether it is told anything."""

    active: bool


class HookOut(BaseModel):
    """A webhook, and how many deliveries wait for it or were given up."""

    id: str
    url: str
    kinds: list[Kind]
    active: bool
    made_utc: datetime
    waiting: int
    dead: int


class MadeHook(BaseModel):
    """A webhook with the secret that signs what is sent to it, which is shown this once."""

    hook: HookOut
    secret: str


class DeliveryOut(BaseModel):
    """A delivery: of which event (none: a trial), how often it was tried, and what came of it last, as a code."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    event: int | None
    state: DeliveryState
    tries: int
    answer: str
    made_utc: datetime
    due_utc: datetime
    sent_utc: datetime | None


class Deliveries(BaseModel):
    """A page of deliveries, newest first, and the cursor of the next."""

    deliveries: list[DeliveryOut]
    next: str | None
