"""How sure the kiosk must be, named by what it costs: strangers let through, and visitors sent away."""

from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.people import PassClaims, PassKind

TRIES_PIN = "pin"


class Strictness(StrEnum):
    """A level, named by how often a stranger is let through; never a score."""

    NORMAL = "normal"
    STRICT = "strict"
    STRICTEST = "strictest"

    @property
    def one_in(self) -> int:
        """One in so many strangers is let through."""
        return {Strictness.NORMAL: 1_000, Strictness.STRICT: 10_000, Strictness.STRICTEST: 100_000}[self]

    @property
    def rate(self) -> float:
        """The share of strangers let through."""
        return 1 / self.one_in


@dataclass(frozen=True, slots=True)
class Levels:
    """Two levels: `search` finds a face among everybody (1:N), `claim` checks one against a pass (1:1)."""

    search: Strictness
    claim: Strictness


@dataclass(frozen=True, slots=True)
class Traffic:
    """What came to the kiosk in `days`: visits that named nobody (unknown, unsure), and passes held up with a face."""

    days: float
    unnamed: int
    claims: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a level costs with this gallery and this traffic.

    `false_accepts_month`: strangers let through in 30 days to expect; None while no traffic was recorded.
    `misses`: share of known visitors that are not recognised at once, 0..1; None where that was not measured.
    `possible`: False where the model was not measured so far that a face alone could be used: the kiosk asks for the
    pass.
    """

    strictness: Strictness
    false_accepts_month: float | None
    misses: float | None
    possible: bool = True


@dataclass(frozen=True, slots=True)
class LevelCosts:
    """Every level's costs for searching (1:N) and for passes (1:1), from what, and which is chosen.

    `decreed`: central chose, and staff can't.
    """

    chosen: Levels
    search: tuple[Cost, ...]
    claim: tuple[Cost, ...]
    templates: int
    strangers_month: float | None
    claims_month: float | None
    decreed: bool = False


def person_subject(person: str) -> str:
    """Whom failed tries count against when that person is claimed."""
    return f"person:{person}"


def subject_of(claims: PassClaims) -> str:
    """Whom failed tries with that pass count against: the person it refers to, or the carried pass itself."""
    return person_subject(claims.person) if claims.kind is PassKind.REFERENCE else f"pass:{claims.pass_id}"
