"""Where a kiosk is in the feed: opaque to it, and good only for the database and the view that it was given for."""

import re
from dataclasses import dataclass
from enum import StrEnum

_FORM = re.compile(r"^([0-9a-f]{1,64})\.([0-9]{1,16})\.([0-9a-f]{16})(?:\.([0-9]{1,16}))?$")


class Reset(StrEnum):
    """Why a kiosk begins again."""

    NO = ""
    NEW = "new"
    RESTORED = "restored"
    VIEW_CHANGED = "view-changed"
    BEYOND = "beyond"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Everything up to `position` was told. `until`: the kiosk began with nothing when the feed was so far; None once
    that is over.
    """

    epoch: str
    position: int
    view: str
    until: int | None = None

    def text(self) -> str:
        """As it travels."""
        begun = "" if self.until is None else f".{self.until}"
        return f"{self.epoch}.{self.position}.{self.view}{begun}"


def read_cursor(text: str) -> Cursor | None:
    """That cursor; None for what is none."""
    found = _FORM.match(text)
    if found is None:
        return None
    return Cursor(found[1], int(found[2]), found[3], None if found[4] is None else int(found[4]))


def reset_for(cursor: Cursor | None, epoch: str, view: str, newest: int) -> Reset:
    """Whether what follows that cursor can't be told by itself, and why."""
    if cursor is None:
        return Reset.NEW
    if cursor.epoch != epoch:
        return Reset.RESTORED
    if cursor.view != view:
        return Reset.VIEW_CHANGED
    return Reset.BEYOND if max(cursor.position, cursor.until or 0) > newest else Reset.NO
