"""What one event does to one screen: the next screen, and what is asked of the rest of the kiosk."""

from dataclasses import dataclass

from kiosk.screens.intents import Intent
from kiosk.screens.states import Screen


@dataclass(frozen=True, slots=True)
class Move:
    """The next screen and the intents, each given away once."""

    screen: Screen
    intents: tuple[Intent, ...] = ()
