"""Who is in the demo's central, and in which portrait of the demo faces each comes to the door beside it."""

from dataclasses import dataclass

from kiosk.demo.stage import Portrait
from kiosk.demo.story import Cast

DOOR = "Front door"
SITE = "demo"


@dataclass(frozen=True, slots=True)
class Someone:
    """One person: the name, the photographs to enrol from, the groups, and the part of the cast that comes."""

    name: str
    photos: tuple[str, ...]
    groups: tuple[str, ...]
    part: str


@dataclass(frozen=True, slots=True, eq=False)
class Visitor:
    """Somebody who comes to the door."""

    name: str
    portrait: Portrait


# The first comes in a photograph that is not one of those enrolled; of the others there is one each.
PEOPLE = (
    Someone("Ada Lovelace", ("obama", "obama2"), ("Staff",), "enrolled_again"),
    Someone("Charles Babbage", ("biden",), ("Staff", "Workshop"), "stranger"),
    Someone("Mary Somerville", ("astronaut",), ("Visitors",), "other"),
)


def visitors(cast: Cast) -> tuple[Visitor, ...]:
    """Everybody who comes to the door, in turn."""
    parts = {"enrolled_again": cast.enrolled_again, "stranger": cast.stranger, "other": cast.other}
    return tuple(Visitor(someone.name, parts[someone.part]) for someone in PEOPLE)
