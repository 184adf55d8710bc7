"""What is said about people over the API."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from kiosk.domain.people import NAME_LONGEST
from kiosk.wire.fields import Moment

Name = Annotated[str, Field(min_length=1, max_length=NAME_LONGEST)]
Label = Annotated[str, Field(max_length=NAME_LONGEST)]
Minute = Annotated[int, Field(ge=0, le=24 * 60)]
Weekday = Annotated[int, Field(ge=0, le=6)]


class Strict(BaseModel):
    """A message in which unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid")


class Window(Strict):
    """When somebody may come: on these days (0 is Monday), from one minute of the day until another."""

    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)]
    from_minute: Minute = 0
    until_minute: Minute = 24 * 60


class NewPerson(Strict):
    """Somebody new, still without a face."""

    name: Name
    host: Label = ""
    groups: Annotated[list[Name], Field(max_length=50)] = []
    valid_from_utc: Moment | None = None
    valid_until_utc: Moment | None = None
    windows: Annotated[list[Window], Field(max_length=50)] = []


class EditedPerson(NewPerson):
    """Somebody as they are to be; `version` is the one that was read before."""

    version: int = Field(ge=1)


class Consented(Strict):
    """What was agreed to: which text, in which language, when, and how it was given."""

    text_version: Annotated[str, Field(min_length=1, max_length=80)]
    language: Annotated[str, Field(min_length=2, max_length=16)]
    given_utc: Moment
    channel: Annotated[str, Field(min_length=1, max_length=32)] = "central"


class ConsentOut(Consented):
    """A consent as it was recorded, and by whom."""

    given_utc: AwareDatetime  # shown, whatever was taken before
    recorded_by: str


class TemplateOut(BaseModel):
    """One template: of which model, from how many pictures, made when. What is in it never leaves."""

    id: str
    model: str
    samples: int
    created_utc: datetime


class PersonOut(BaseModel):
    """Somebody, as everybody who may read people sees them."""

    id: str
    name: str
    host: str
    site: str
    origin: str
    groups: list[str]
    valid_from_utc: datetime | None
    valid_until_utc: datetime | None
    windows: list[Window]
    disabled: bool
    enrolled: bool
    has_picture: bool
    created_utc: datetime
    changed_utc: datetime
    version: int


class PersonDetails(PersonOut):
    """Somebody with all that is kept of them."""

    consents: list[ConsentOut]
    templates: list[TemplateOut]


class People(BaseModel):
    """A page of people; `next` is the cursor of the one after it."""

    people: list[PersonOut]
    next: str | None


class Wanted(Strict):
    """Which people: all words of `text` in their names or hosts; a group; a state."""

    text: Annotated[str, Field(max_length=200)] = ""
    group: Annotated[str, Field(max_length=NAME_LONGEST)] = ""
    enrolled: bool | None = None
    disabled: bool | None = None
    cursor: Annotated[str, Field(max_length=200)] = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50

    @property
    def is_search(self) -> bool:
        """Whether more rows may have to be looked at than are shown."""
        return bool(self.text or self.group) or self.enrolled is not None or self.disabled is not None


class Merged(Strict):
    """Two people who are one: `other` goes into the person that is kept."""

    other: Annotated[str, Field(min_length=1, max_length=64)]
    version: int = Field(ge=1)


class Versioned(Strict):
    """A change that is only made to what was read before."""

    version: int = Field(ge=1)


class Erased(BaseModel):
    """The receipt of an erasure: what was removed, and when."""

    person: str
    erased_utc: datetime
    removed: dict[str, int]
