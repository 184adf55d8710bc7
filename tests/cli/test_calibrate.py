"""`kiosk calibrate` says what each level costs, and keeps what is chosen."""

from pathlib import Path

import pytest

from tests.cli.running import Ran, kiosk, refused


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def calibrated(store: Path, *options: object) -> Ran:
    ran = kiosk("calibrate", "--json", "--store", store, *options)
    assert ran.code == 0, ran
    return ran


def test_levels_are_named_by_strangers_and_priced_by_the_month(store: Path) -> None:
    found = calibrated(store, "--people", 100, "--strangers", 3000, "--claims", 1000).json
    normal, strict, strictest = found["search"]
    assert [one["one_in"] for one in found["search"]] == [1_000, 10_000, 100_000]
    assert normal["false_accepts_month"] <= 3.0 + 1e-6
    assert strict["false_accepts_month"] < normal["false_accepts_month"]
    assert normal["misses"] <= strict["misses"]
    assert not strictest["possible"], "a hundred people need a rate that the model was not measured for"
    assert all(one["possible"] for one in found["pass"])


def test_what_is_chosen_is_kept_shown_and_recorded(store: Path) -> None:
    assert calibrated(store).json["chosen"] == {"search": "normal", "pass": "strict"}
    calibrated(store, "--choose", "strict")
    assert calibrated(store).json["chosen"] == {"search": "strict", "pass": "strict"}
    assert "levels-chosen" in kiosk("events", "--store", store).out


def test_a_new_store_foretells_nothing_from_no_traffic(store: Path) -> None:
    found = calibrated(store).json
    assert found["strangers_month"] is None
    assert {cost["false_accepts_month"] for cost in (*found["search"], *found["pass"])} == {None}
    assert "too little traffic" in kiosk("calibrate", "--store", store).out.lower()


def test_a_level_that_there_is_not_is_refused_with_those_there_are(store: Path) -> None:
    assert "strictest" in refused(kiosk("calibrate", "--choose", "very", "--store", store))


def test_the_levels_can_be_drawn(store: Path, tmp_path: Path) -> None:
    calibrated(store, "--people", 50, "--strangers", 100, "--plot", tmp_path / "levels.png")
    assert (tmp_path / "levels.png").stat().st_size > 5_000
