"""What a level costs: never more strangers for being stricter, never fewer misses."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.scores import MissTable
from kiosk.domain.trust import Strictness, Traffic
from kiosk.identity.calibration import Options
from kiosk.identity.costs import Tables, level_costs
from tests.identity.making import TABLE

MISSES = MissTable((0.3, 0.6, 0.9), (0.0, 0.05, 0.4))
TABLES = Tables(TABLE, MISSES)
TRAFFIC = st.builds(Traffic, st.floats(0, 400), st.integers(0, 10**6), st.integers(0, 10**6))


@given(size=st.integers(0, 5000), traffic=TRAFFIC)
def test_a_stricter_level_lets_no_more_strangers_in_and_misses_no_fewer_visitors(size: int, traffic: Traffic) -> None:
    costs = level_costs(TABLES, Options(), size, traffic)
    for levels in (costs.search, costs.claim):
        assert [cost.strictness for cost in levels] == list(Strictness)
        for loose, strict in pairwise(levels):
            assert (strict.false_accepts_month or 0) <= (loose.false_accepts_month or 0)
            assert not strict.possible or (strict.misses or 0) >= (loose.misses or 0)
            assert loose.possible or not strict.possible


def test_strangers_and_misses_are_those_of_the_traffic_and_the_gallery() -> None:
    costs = level_costs(TABLES, Options(), 10, Traffic(days=15, unnamed=5_000, claims=500))
    normal, strict, strictest = costs.search
    assert costs.strangers_month == pytest.approx(10_000)
    assert normal.false_accepts_month == pytest.approx(10)
    assert strict.false_accepts_month == pytest.approx(1)
    assert normal.misses == pytest.approx(MISSES.fnmr_at(0.7))
    assert strictest.misses == pytest.approx(MISSES.fnmr_at(0.9))
    assert costs.claim[0].false_accepts_month == pytest.approx(1)
    assert costs.claim[0].misses == pytest.approx(0.05)


def test_a_level_that_the_model_was_not_measured_for_is_not_possible_with_so_many_people() -> None:
    costs = level_costs(TABLES, Options(), 200, Traffic(30, 100, 0))
    assert [cost.possible for cost in costs.search] == [True, False, False]
    assert all(cost.possible for cost in costs.claim)


def test_from_less_than_a_day_of_traffic_nothing_is_foretold() -> None:
    costs = level_costs(TABLES, Options(), 10, Traffic(0.5, 100, 100))
    assert {cost.false_accepts_month for cost in (*costs.search, *costs.claim)} == {None}
