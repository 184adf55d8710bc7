"""What a process said was done is there after kill -9, wherever it struck."""

from pathlib import Path

from tests.torture.kill import Promised, killed, run


def quietly(done: int) -> None:
    """No progress."""


def test_nothing_promised_is_lost_by_five_kills() -> None:
    found = run(5, 1, quietly)
    assert found["first_wrong"] == []
    assert isinstance(found["acts_promised"], int)
    assert found["acts_promised"] > 5


def test_a_promise_that_was_not_kept_is_found_out(tmp_path: Path) -> None:
    promised = Promised()
    promised.take(killed(tmp_path / "store", 1, 0.0))
    promised.take([["decide", "never-recorded"], ["enrol", "never-enrolled"], ["spend", "never-spent"]])
    wrong = promised.broken(tmp_path / "store")
    assert sorted(set(wrong)) == ["a spent pass is good again", "an enrolment was lost", "an event was lost"]
