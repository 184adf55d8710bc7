"""The screen that says how the kiosk and central stand."""

from dataclasses import dataclass

from kiosk.wire.standing import Status


@dataclass(frozen=True, slots=True)
class CentralPage:
    """How they stand, told anew while staff looks; with a code to confirm while the kiosk asks to be paired."""

    standing: Status
    until: float
