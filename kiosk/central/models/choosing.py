"""Which version a kiosk is to run. Pure: the same kiosks, the same answer, on every server."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kiosk.central.models.messages import Scope


@dataclass(frozen=True, slots=True)
class Place:
    """A kiosk and where it stands; site and groups as they are compared."""

    kiosk: str
    site: str
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rollout:
    """A version on its way to `percent` of the kiosks of a site or a group, or of all."""

    model: str
    scope: Scope
    target: str
    percent: int
    began_utc: datetime

    def reaches(self, place: Place) -> bool:
        """Whether that kiosk is among them."""
        return is_inside(place, self.scope, self.target) and share_of(self.model, place.kiosk) * 100 < self.percent


def is_inside(place: Place, scope: Scope, target: str) -> bool:
    """Whether a roll-out to that site or group would come to that kiosk at a hundred percent."""
    return {Scope.FLEET: True, Scope.SITE: target == place.site, Scope.GROUP: target in place.groups}[scope]


def share_of(model: str, kiosk: str) -> float:
    """Where a kiosk stands between 0 and 1 in the order in which it gets that version.

    It is the kiosk's place for ever, so a higher percentage only ever adds kiosks, and each version begins elsewhere.
    """
    digest = hashlib.sha256(f"{model}|{kiosk}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def model_for(place: Place, rollouts: Sequence[Rollout], champion: str) -> str:
    """The version of the roll-out that began last of those that reach the kiosk; else the champion.

    By when they began, not by when they were changed: raising a percentage takes nothing from anybody else's order.
    """
    newest = sorted(rollouts, key=lambda one: (one.began_utc, one.model), reverse=True)
    return next((one.model for one in newest if one.reaches(place)), champion)
