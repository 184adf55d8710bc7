"""What is said about policies over the API."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from kiosk.central.people.messages import Strict
from kiosk.domain.trust import Strictness

Language = Annotated[str, Field(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=16)]
NOTICE_LONGEST = 20_000


class Rules(Strict):
    """The rules of a site: how sure its kiosks must be, what they keep and for how long, and what they speak.

    `retention_days`: people are erased so long after their validity ended; null: never by themselves.
    """

    search_level: Strictness = Strictness.NORMAL
    claim_level: Strictness = Strictness.STRICT
    keep_pictures: bool = True
    windows_apply: bool = True
    retention_days: Annotated[int, Field(ge=0, le=36_500)] | None = None
    events_days: Annotated[int, Field(ge=1, le=36_500)] = 365
    languages: Annotated[list[Language], Field(min_length=1, max_length=20)] = ["en"]


class EditedRules(Rules):
    """The rules as they are to be; `version` is the one that was read before, 0 where there were none."""

    version: int = Field(ge=0)


class PolicyOut(Rules):
    """The rules of a site as they are. Version 0: nobody has set any yet; these are the usual ones."""

    site: str
    version: int
    changed_utc: datetime | None


class NewNotice(Strict):
    """A privacy notice."""

    text: Annotated[str, Field(min_length=1, max_length=NOTICE_LONGEST)]


class NoticeOut(BaseModel):
    """A privacy notice; its version is what a consent names."""

    site: str
    language: str
    version: str
    text: str
    made_utc: datetime
