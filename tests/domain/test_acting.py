"""An old event never opens a door: the laws of what may still move something."""

import ast
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.acting import OLDEST_S, Fresh
from kiosk.domain.verdict import Decision, Outcome, Reason

KIOSK = Path(__file__).resolve().parents[2] / "kiosk"
NO_SOURCE_OF_DECISIONS = ("store", "wire", "sync", "central", "outputs")

seconds = st.floats(0, 10, allow_nan=False)
asked = st.tuples(st.sampled_from("abc"), seconds, seconds)


def a_decision(number: str = "d", taken_at: float = 100.0) -> Decision:
    return Decision(number, Outcome.RECOGNISED, Reason.FACE_MATCHES, taken_at, 0.3, "p")


@given(st.lists(asked, max_size=30))
def test_whatever_is_asked_in_whatever_order_only_what_is_young_moves_and_each_decision_once(
    history: list[tuple[str, float, float]],
) -> None:
    fresh = Fresh()
    moved = [(number, now - at) for number, at, now in history if fresh.allows(a_decision(number, at), now)]
    assert all(0 <= age_s <= OLDEST_S for _, age_s in moved)
    assert len({number for number, _ in moved}) == len(moved)


@given(seconds, seconds)
def test_a_first_decision_moves_something_just_when_it_is_at_most_two_seconds_old(at: float, now: float) -> None:
    assert Fresh().allows(a_decision(taken_at=at), now) == (at <= now and now - at <= 2.0)


def test_a_decision_from_before_a_restart_of_the_machine_is_of_the_future_and_moves_nothing() -> None:
    assert not Fresh().allows(a_decision(taken_at=5000.0), now=3.0)


def test_what_came_too_late_moves_nothing_later_either() -> None:
    fresh = Fresh()
    assert not fresh.allows(a_decision(taken_at=100.0), now=103.0)
    assert not fresh.allows(a_decision(taken_at=102.9), now=103.0), "the same decision again, with a newer time"


def test_no_room_that_reads_records_or_messages_makes_a_decision_of_them() -> None:
    makers = [
        path.relative_to(KIOSK)
        for room in NO_SOURCE_OF_DECISIONS
        for path in (KIOSK / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Decision"
    ]
    assert makers == []
