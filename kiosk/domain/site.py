"""What central decided for the site that the kiosk stands at."""

from dataclasses import dataclass

from kiosk.domain.trust import Levels

OURS = "en"


@dataclass(frozen=True, slots=True)
class PrivacyNotice:
    """The site's privacy notice; a consent that was given after reading it names its version."""

    language: str
    version: str
    text: str


@dataclass(frozen=True, slots=True)
class SiteRules:
    """What holds at the site besides who may come when.

    `levels`: how sure to be, None where staff chooses. `keep_pictures`: whether the site allows that small pictures of
    people are kept; the kiosk's own setting may still forbid it. `notice`: None where there is none to show.
    """

    levels: Levels | None = None
    keep_pictures: bool = True
    notice: PrivacyNotice | None = None


def notice_for(notices: tuple[PrivacyNotice, ...], languages: tuple[str, ...]) -> PrivacyNotice | None:
    """The notice in the language of these screens, else in the first of the site's languages that has one."""
    by_language = {notice.language: notice for notice in notices}
    return next((by_language[one] for one in (OURS, *languages) if one in by_language), None)
