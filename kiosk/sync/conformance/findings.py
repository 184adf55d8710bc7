"""What is found out about a server: one promise after another, kept or not."""

from dataclasses import dataclass

from kiosk.domain.errors import KioskError


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a promise is kept; `sentence` is the promise, or what was there instead."""

    name: str
    is_good: bool
    sentence: str


class NotKept(KioskError):
    """The server does something else than it should."""

    code = "not-kept"


def need(is_so: bool, instead: str) -> None:
    """Raises NotKept with that sentence where it is not so."""
    if not is_so:
        raise NotKept(instead)
