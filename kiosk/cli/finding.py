"""What came of one check of `kiosk doctor`."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How one thing is. `WARNING` does not keep the kiosk from running."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one check, in a sentence that says what to do; `exit_code` is that of the trouble, 0 without."""

    name: str
    state: State
    sentence: str
    exit_code: int = 0
