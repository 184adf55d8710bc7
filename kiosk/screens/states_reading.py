"""The state in which somebody reads the site's privacy notice before they are asked for consent."""

from dataclasses import dataclass

from kiosk.domain.site import PrivacyNotice


@dataclass(frozen=True, slots=True)
class ReadNotice:
    """The notice, a page at a time; `page` counts from 0, and how many there are is known where it is laid out."""

    notice: PrivacyNotice
    until: float
    page: int = 0
