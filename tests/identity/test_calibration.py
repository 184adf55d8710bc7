"""From accepted rates to scores."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.errors import BadSettings
from kiosk.domain.scores import ScoreTable
from kiosk.domain.trust import Levels, Strictness
from kiosk.identity.calibration import (
    Options,
    claim_level,
    claim_threshold,
    levels_of,
    open_level,
    open_threshold,
    with_levels,
)
from tests.identity.making import TABLE


@given(sizes=st.lists(st.integers(1, 3000), min_size=2, max_size=2).map(sorted))
def test_a_larger_gallery_never_demands_less(sizes: list[int]) -> None:
    smaller, larger = (open_threshold(TABLE, size, Options()) for size in sizes)
    assert smaller is not None or larger is None
    assert larger is None or (smaller is not None and smaller <= larger)


@given(size=st.integers(1, 1000), level=st.sampled_from(Strictness))
def test_all_comparisons_together_name_no_more_strangers_than_allowed(size: int, level: Strictness) -> None:
    threshold = open_threshold(TABLE, size, Options(level=level))
    if size * level.one_in <= 1e6:
        assert threshold is not None
        assert TABLE.fmr_of(threshold) * size <= level.rate * (1 + 1e-6)
    else:
        assert threshold is None


@given(size=st.integers(1, 300), factor=st.floats(1, 100))
def test_the_margin_grows_with_its_factor_and_is_nothing_at_one(size: int, factor: float) -> None:
    level = open_level(TABLE, size, Options(margin_factor=factor))
    none = open_level(TABLE, size, Options(margin_factor=1.0))
    assert level is not None and none is not None
    assert level.margin >= none.margin == 0.0


@given(search=st.sampled_from(Strictness), claim=st.sampled_from(Strictness))
def test_levels_that_are_put_into_the_settings_come_out_again(search: Strictness, claim: Strictness) -> None:
    levels = Levels(search, claim)
    assert levels_of(with_levels(Options(votes=5), levels)) == levels
    assert with_levels(Options(votes=5), levels).votes == 5


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
    with pytest.raises(BadSettings, match="pass_level"):
        claim_threshold(short, Options())
