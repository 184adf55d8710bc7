"""When somebody may come: from when until when, at which hours of the week, or not at all for now."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from types import MappingProxyType

from kiosk.domain.reckoning import Reckoning
from kiosk.domain.verdict import Reason

DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of a day: on these days (0 is Monday), from one minute of the local day until another, which is no longer
    in it; 1440 is 24:00.

    A window does not cross midnight: that takes two. One that ends before it begins never opens.
    """

    weekdays: frozenset[int]
    from_minute: int = 0
    until_minute: int = DAY_MINUTES

    def __post_init__(self) -> None:
        minutes = (self.from_minute, self.until_minute)
        if not all(0 <= day <= 6 for day in self.weekdays) or not all(0 <= each <= DAY_MINUTES for each in minutes):
            raise ValueError("a window has days from 0 to 6 and minutes from 0 to 1440")

    def holds(self, local: datetime) -> bool:
        """Whether the clock on the wall shows a minute of this window."""
        minute = local.hour * 60 + local.minute
        return local.weekday() in self.weekdays and self.from_minute <= minute < self.until_minute


@dataclass(frozen=True, slots=True)
class Access:
    """What is asked of somebody besides being who they are. Without dates and windows: any time.

    `valid_until_utc` is the first moment that is too late.
    """

    valid_from_utc: datetime | None = None
    valid_until_utc: datetime | None = None
    windows: tuple[Window, ...] = ()
    disabled: bool = False

    @property
    def is_timed(self) -> bool:
        """Whether the answer depends on what time it is."""
        return self.valid_from_utc is not None or self.valid_until_utc is not None or bool(self.windows)


ANY_TIME = Access()


@dataclass(frozen=True, slots=True)
class Doors:
    """The rules of everybody: an immutable snapshot, replaced whole. Whoever is not named may come at any time.

    `windows_apply`: whether the hours of the week count at this site; dates and being disabled always do.
    """

    access: Mapping[str, Access] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    windows_apply: bool = True

    def of(self, person: str) -> Access:
        """What is asked of that person here."""
        access = self.access.get(person, ANY_TIME)
        return access if self.windows_apply or not access.windows else replace(access, windows=())


def refusal(access: Access, reckoning: Reckoning, zone: tzinfo | None = None) -> Reason | None:
    """Why somebody is not let in at that time, None if they are.

    Windows are of the clock on the wall in `zone` (None: the machine's own), summer time and all: an hour that comes
    twice counts twice, one that is left out never comes. With a doubtful clock nobody whose answer depends on it is
    let in.
    """
    if access.disabled:
        return Reason.DISABLED
    if not access.is_timed:
        return None
    if reckoning.doubt is not None:
        return Reason.CLOCK_UNSURE
    now = reckoning.utc
    if access.valid_from_utc is not None and now < access.valid_from_utc:
        return Reason.NOT_YET_VALID
    if access.valid_until_utc is not None and now >= access.valid_until_utc:
        return Reason.NO_LONGER_VALID
    local = now.astimezone(zone)
    is_open = not access.windows or any(window.holds(local) for window in access.windows)
    return None if is_open else Reason.OUTSIDE_HOURS
