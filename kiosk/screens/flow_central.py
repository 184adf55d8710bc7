"""How the kiosk and central stand: looking, and asking to be paired."""

from dataclasses import replace

from kiosk.screens.events import Button, Event, Pressed, StandingSeen
from kiosk.screens.intents import AskToPair
from kiosk.screens.moves import Move
from kiosk.screens.states import SHOW_PASS_S, STAFF_S, Moment, StaffMenu
from kiosk.screens.states_central import CentralPage


def answer(screen: CentralPage, event: Event, now: Moment) -> Move:
    """What that event does to it."""
    match event:
        case StandingSeen(standing):
            return Move(replace(screen, standing=standing))
        case Pressed(Button.PAIR) if screen.standing.can_pair:
            return Move(replace(screen, until=now.monotonic + SHOW_PASS_S), (AskToPair(),))
        case Pressed(Button.BACK | Button.OK):
            return Move(StaffMenu(now.monotonic + STAFF_S))
        case _:
            return Move(screen)
