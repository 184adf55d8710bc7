"""What central tells a kiosk: one ordered feed, in pages, after an opaque cursor."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, ValidationError

from kiosk.wire.fields import Bytes, Code, Id, Label, Language, Message, Moment, Name, Number, PublicKey
from kiosk.wire.pushed import CONSENTS_MOST, TEMPLATES_MOST, Consented, Face

PAGE_MOST = 500
NOTICE_MOST = 20_000
Minute = Annotated[int, Field(ge=0, le=24 * 60)]


class Window(Message):
    """When somebody may come: on these days (0 is Monday), from one minute of the site's day until another."""

    weekdays: Annotated[list[Annotated[int, Field(ge=0, le=6)]], Field(min_length=1, max_length=7)]
    from_minute: Minute = 0
    until_minute: Minute = 24 * 60


class Known(Message):
    """Somebody whom this kiosk may recognise, as they are now.

    `windows` are the person's own and those of their groups; none: at any time. Members that this version does not
    know are kept by a kiosk as they came.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    id: Id
    version: Annotated[Number, Field(ge=1)]
    name: Name = Field(repr=False)
    enrolled_utc: Moment
    valid_from_utc: Moment | None = None
    valid_until_utc: Moment | None = None
    windows: Annotated[list[Window], Field(max_length=200)] = []
    disabled: bool = False
    consents: Annotated[list[Consented], Field(max_length=CONSENTS_MOST)] = []
    faces: Annotated[list[Face], Field(max_length=TEMPLATES_MOST)] = []


class Gone(Message):
    """Somebody of whom this kiosk keeps nothing any more. `erased`: nobody does, and a receipt is wanted.

    `merged`: only because they were found to be somebody else, `into`, where this kiosk may know those: what it keeps
    of passes and corrections is theirs.
    """

    id: Id
    erased: bool = False
    merged: bool = False
    into: Id | None = None


class KnownPass(Message):
    """A pass that is good at this kiosk's site, unless `ended_utc` (withdrawn, or used up) says otherwise."""

    id: Id
    person: Id
    site: Name
    not_before_utc: Moment
    expires_utc: Moment
    single_use: bool = False
    ended_utc: Moment | None = None
    used: bool = False


class KnownKey(Message):
    """A key whose passes are good here, until `dropped_utc` is there."""

    id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    public: PublicKey
    dropped_utc: Moment | None = None


class SitePolicy(Message):
    """What the kiosks of the site keep to. Levels are named by their cost: `normal`, `strict`, `strictest`."""

    version: Number
    search_level: Code
    claim_level: Code
    keep_pictures: bool = True
    windows_apply: bool = True
    retention_days: Annotated[int, Field(ge=0, le=36_500)] | None = None
    events_days: Annotated[int, Field(ge=1, le=36_500)] = 365
    liveness: Code = ""
    languages: Annotated[list[Language], Field(max_length=20)] = ["en"]


class Notice(Message):
    """The privacy notice of the site in a language; its version is what a consent names."""

    language: Language
    version: Name
    text: Annotated[str, Field(min_length=1, max_length=NOTICE_MOST)]


class DueModel(Message):
    """The version of the embedding model that this kiosk is to run.

    `manifest` is the JSON text of all that it needs to run it; `signature` is central's Ed25519 over it.
    """

    tag: Name
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    size: Number
    path: Annotated[str, Field(pattern="^/v1/kiosk/[A-Za-z0-9/_-]+$", max_length=200)]
    manifest: Annotated[str, Field(max_length=100_000)]
    signature: Annotated[Bytes, Field(min_length=64, max_length=64)]


class Change(Message):
    """One change of the feed. `kind` names the member that is there; one of a kind not known is passed over."""

    kind: Code
    person: Known | None = None
    gone: Gone | None = None
    pass_: Annotated[KnownPass | None, Field(alias="pass")] = None
    pass_gone: Id | None = None
    key: KnownKey | None = None
    policy: SitePolicy | None = None
    notice: Notice | None = None
    model: DueModel | None = None

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Page(Message):
    """A page of the feed. It is applied whole, together with its cursor, or not at all.

    `reset`: what follows is everything from the beginning (why: `reason`); what was not named when the last page of it
    (`more` is false) is applied is not there any more. `left` is how many changes are about to follow, as far as known.
    """

    changes: Annotated[list[Change], Field(max_length=PAGE_MOST)]
    cursor: Annotated[str, Field(max_length=200)]
    more: bool
    reset: bool = False
    reason: Code = ""
    left: Number = 0
    epoch: Id
    site: Label
    at_utc: Moment


class LoosePage(Message):
    """A page whose changes were not looked at: what is left to read where one of them can't be read."""

    changes: Annotated[list[Any], Field(max_length=PAGE_MOST)]
    cursor: Annotated[str, Field(max_length=200)]
    more: bool
    reset: bool = False
    reason: Code = ""
    left: Number = 0
    epoch: Id
    site: Label
    at_utc: Moment

    def readable(self) -> tuple[Page, int]:
        """The page without the changes that can't be read, and how many those are."""
        read: list[Change] = []
        for change in self.changes:
            try:
                read.append(Change.model_validate(change))
            except ValidationError:
                continue
        members = {name: getattr(self, name) for name in type(self).model_fields if name != "changes"}
        return Page(changes=read, **members), len(self.changes) - len(read)


def sized(changes: list[Change]) -> list[dict[str, Any]]:
    """Those changes without what is not there."""
    return [change.model_dump(by_alias=True, exclude_none=True) for change in changes]
