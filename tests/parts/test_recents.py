"""Recent visits: who was named, for a short while, and nobody else."""

import numpy as np
import pytest

from kiosk.domain.sight import Chip, Embedding
from kiosk.domain.verdict import Decision, Outcome, Probe, Reason
from kiosk.parts.recents import KEPT, KEPT_S, Recents
from tests.fakes.clock import FakeClock

PROBE = Probe(Embedding(np.ones(4, np.float32) / 2, "m"), Chip(np.zeros((2, 2, 3), np.uint8)))


def decision(number: int, outcome: Outcome = Outcome.RECOGNISED, person: str | None = "p1") -> Decision:
    return Decision(f"d{number}", outcome, Reason.FACE_MATCHES, 0.0, 0.1, person, probe=PROBE)


def test_those_who_were_named_are_listed_newest_first_and_only_the_last_few() -> None:
    clock = FakeClock()
    recents = Recents(clock)
    for number in range(KEPT + 3):
        recents.add(decision(number), clock.utc())
    listed = [recent.decision for recent in recents.newest_first()]
    assert listed == [f"d{number}" for number in reversed(range(3, KEPT + 3))]


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.UNSURE, Outcome.REFUSED])
def test_a_face_that_was_not_let_in_leaves_no_trace(outcome: Outcome) -> None:
    clock = FakeClock()
    recents = Recents(clock)
    recents.add(decision(1, outcome), clock.utc())
    recents.add(decision(2, person=None), clock.utc())
    assert recents.newest_first() == ()


def test_a_face_is_forgotten_when_its_time_is_over_and_when_its_person_is_erased() -> None:
    clock = FakeClock()
    recents = Recents(clock)
    recents.add(decision(1, person="p1"), clock.utc())
    recents.add(decision(2, person="p2"), clock.utc())
    recents.forget("p1")
    assert [recent.decision for recent in recents.newest_first()] == ["d2"]
    clock.advance(KEPT_S)
    recents.forget()
    assert recents.newest_first() == ()
