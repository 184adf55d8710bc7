"""What was acknowledged is everywhere and what was erased nowhere, after kiosks, central, PostgreSQL were killed."""

from collections.abc import Iterator

import pytest

from tests.fleet.promises import Promised
from tests.torture.sync_kills import run

pytestmark = pytest.mark.long


def quietly(done: int) -> None:
    """No progress."""


def test_nothing_is_lost_doubled_or_back_after_a_few_kills() -> None:
    found = run(4, 3, quietly)
    assert found["first_wrong"] == []
    assert isinstance(found["acts_promised"], int)
    assert found["acts_promised"] > 4


class Tables:
    """A database that says what a test wants."""

    def __init__(self, *, people: tuple[str, ...], events: tuple[str, ...], erased: tuple[str, ...] = ()) -> None:
        self.people = [(person, 1) for person in people]
        self.templates: list[str] = []
        self.passes: list[tuple[str, str, bool]] = []
        self.erased = set(erased)
        self.events = list(events)

    def events_of(self, _kiosk: str) -> list[str]:
        return self.events

    def faults(self) -> Iterator[str]:
        yield from ()


def broken(central: Tables, card: Tables) -> list[str]:
    promised = Promised()
    promised.take("k", [["enrol", "a", "A"], ["enrol", "b", "B"], ["erase", "b"], ["event", "e"], ["pass", "p", "a"]])
    return sorted(set(promised.broken(central, {"k": card}, 0)))  # type: ignore[arg-type,dict-item]


def test_a_promise_that_was_not_kept_is_found_out() -> None:
    lost = Tables(people=("b",), events=())
    assert broken(lost, lost) == [
        "an enrolment was lost",
        "an erased person is back",
        "an erasure was lost",
        "an event was lost on the kiosk",
    ]
    whole = Tables(people=("a",), events=("e",), erased=("b",))
    assert broken(whole, whole) == ["a pass was lost"]
    twice = Tables(people=("a",), events=("e", "e"), erased=("b", "c"))
    other = Tables(people=(), events=("e", "f"))
    assert {
        "an event is at central twice",
        "an event is not at central",
        "people differ: 1 rows",
        "somebody was erased whom nobody erased",
    } <= set(broken(twice, other))
