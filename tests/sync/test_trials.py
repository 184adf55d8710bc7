"""The file that says which version runs, and what became of those that were tried."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.sync.trials import State, Trials
from kiosk.wire.pushed import ModelReport

NOW = datetime(2025, 3, 1, tzinfo=UTC)


def a_report(state: str, tag: str = "second", **other: object) -> ModelReport:
    return ModelReport.model_validate({"tag": tag, "state": state, "at_utc": NOW} | other)


def test_what_ran_runs_after_a_restart_and_so_does_what_was_before_it(tmp_path: Path) -> None:
    Trials(tmp_path).run("one", a_report("running"))
    Trials(tmp_path).run("two", a_report("running"))
    state = Trials(tmp_path).begin(NOW)
    assert (state.running, state.before) == ("two", "one")


def test_one_death_during_a_trial_is_borne_and_two_are_not(tmp_path: Path) -> None:
    Trials(tmp_path).attempt("new", "second")
    assert Trials(tmp_path).begin(NOW).failed == {}
    Trials(tmp_path).attempt("new", "second")
    state = Trials(tmp_path).begin(NOW)
    assert state.failed == {"new": "died"}
    assert [(one.tag, one.state, one.reason) for one in state.reports] == [("second", "failed", "died")]
    assert state.running == ""


def test_a_kiosk_that_is_switched_off_each_evening_during_a_trial_goes_on_with_it(tmp_path: Path) -> None:
    for evening in range(20):
        Trials(tmp_path, lambda evening=evening: f"boot-{evening}").attempt("new", "second")  # type: ignore[misc]
        morning = Trials(tmp_path, lambda evening=evening: f"boot-{evening + 1}").begin(NOW)  # type: ignore[misc]
        assert (morning.failed, morning.trying) == ({}, "")
    Trials(tmp_path, lambda: "boot-20").attempt("new", "second")
    assert Trials(tmp_path, lambda: "boot-20").begin(NOW).failed == {}  # the first death of the process alone
    Trials(tmp_path, lambda: "boot-20").attempt("new", "second")
    assert Trials(tmp_path, lambda: "boot-20").begin(NOW).failed == {"new": "died"}


def test_a_version_that_takes_the_machine_down_again_and_again_is_given_up(tmp_path: Path) -> None:
    boots = iter(f"boot-{number}" for number in range(100))
    cuts = 0
    while not Trials(tmp_path).state().failed:
        Trials(tmp_path, lambda: next(boots)).attempt("new", "second")
        Trials(tmp_path, lambda: next(boots)).begin(NOW)
        cuts += 1
    assert cuts == 21


def test_where_the_system_has_no_word_for_a_start_every_death_counts(tmp_path: Path) -> None:
    for boot in ("", "boot-1"):
        Trials(tmp_path, lambda: "").attempt("new", "second")
        state = Trials(tmp_path, lambda boot=boot: boot).begin(NOW)  # type: ignore[misc]
    assert state.failed == {"new": "died"}


def test_what_ran_is_counted_for_nothing_when_it_is_tried_again(tmp_path: Path) -> None:
    Trials(tmp_path, lambda: "one").attempt("new", "second")
    Trials(tmp_path, lambda: "two").begin(NOW)
    assert Trials(tmp_path).state().cuts == {"new": 1}
    assert Trials(tmp_path).run("new", a_report("running")).cuts == {}


def test_a_clean_stop_during_a_trial_counts_for_nothing(tmp_path: Path) -> None:
    for _ in range(5):
        Trials(tmp_path).attempt("new", "second")
        Trials(tmp_path).pause()
        assert Trials(tmp_path).begin(NOW).failed == {}


def test_deaths_at_one_version_say_nothing_of_another(tmp_path: Path) -> None:
    for version in ("one", "two"):
        Trials(tmp_path).attempt(version, version)
        assert Trials(tmp_path).begin(NOW).failed == {}


def test_a_version_that_ran_and_failed_gives_way_to_the_one_before(tmp_path: Path) -> None:
    trials = Trials(tmp_path)
    trials.run("one", a_report("running", "first"))
    trials.run("two", a_report("running"))
    state = trials.fail("two", a_report("failed", reason="slow"))
    assert (state.running, state.failed) == ("one", {"two": "slow"})


def test_what_was_only_damaged_may_be_tried_again(tmp_path: Path) -> None:
    state = Trials(tmp_path).fail("two", a_report("failed", reason="damaged"), for_good=False)
    assert state.failed == {}
    assert len(state.reports) == 1


def test_reports_are_kept_until_they_were_handed_on(tmp_path: Path) -> None:
    trials = Trials(tmp_path)
    trials.tell(a_report("waiting", missing=3))
    trials.tell(a_report("waiting", missing=2))
    reports = Trials(tmp_path).state().reports
    assert [one.missing for one in reports] == [2]
    trials.tell(a_report("waiting", missing=1))
    assert [one.missing for one in trials.told(reports).reports] == [1]


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b'{"running": 7}', bytes(100)])
def test_a_file_that_can_t_be_read_means_the_model_that_came_with_the_kiosk(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state.json").write_bytes(content)
    assert Trials(tmp_path).begin(NOW) == State()
