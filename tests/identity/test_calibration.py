"""From accepted rates to scores."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.errors import BadSettings
from kiosk.domain.scores import ScoreTable
from kiosk.identity.calibration import Options, claim_level, claim_threshold, open_level, open_threshold
from tests.identity.making import TABLE


@given(sizes=st.lists(st.integers(1, 3000), min_size=2, max_size=2).map(sorted))
def test_a_larger_gallery_never_demands_less(sizes: list[int]) -> None:
    smaller, larger = (open_threshold(TABLE, size, Options()) for size in sizes)
    assert smaller is not None or larger is None
    assert larger is None or (smaller is not None and smaller <= larger)


@given(size=st.integers(1, 1000), named=st.floats(1e-3, 0.1))
def test_all_comparisons_together_name_no_more_strangers_than_allowed(size: int, named: float) -> None:
    threshold = open_threshold(TABLE, size, Options(strangers_named=named))
    assert threshold is not None
    assert TABLE.fmr_of(threshold) * size <= named * (1 + 1e-6)


def test_the_rate_is_shared_among_the_templates() -> None:
    assert open_threshold(TABLE, 1, Options()) == pytest.approx(0.6)
    assert open_threshold(TABLE, 10, Options()) == pytest.approx(0.7)
    assert open_threshold(TABLE, 1000, Options()) == pytest.approx(0.9)


def test_a_gallery_too_large_for_the_model_has_no_threshold() -> None:
    assert open_threshold(TABLE, 1001, Options()) is None
    assert open_level(TABLE, 1001, Options()) is None


@given(size=st.integers(1, 1000), factor=st.floats(1, 1000))
def test_unsure_lies_below_the_threshold_and_clear_above(size: int, factor: float) -> None:
    level = open_level(TABLE, size, Options(unsure_factor=factor, clear_factor=factor))
    assert level is not None
    assert level.loose <= level.threshold
    assert level.clear is None or level.clear >= level.threshold


def test_a_pass_is_checked_at_its_own_rate_whatever_the_gallery() -> None:
    assert claim_threshold(TABLE, Options()) == pytest.approx(0.7)
    level = claim_level(TABLE, Options())
    assert (level.loose, level.clear) == (pytest.approx(0.6), pytest.approx(0.8))


def test_a_rate_that_the_model_was_not_measured_for_is_a_bad_setting() -> None:
    short = ScoreTable((1e-1, 1e-3), (0.4, 0.6))
    with pytest.raises(BadSettings, match="one_to_one_fmr"):
        claim_threshold(short, Options())
