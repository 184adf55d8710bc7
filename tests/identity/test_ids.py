"""Ids of decisions."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.ids import new_id

moments = st.integers(1, 7_000_000_000_000).map(lambda ms: datetime.fromtimestamp(ms / 1000, UTC))


@given(moment=moments)
def test_an_id_is_a_version_7_uuid_of_its_moment(moment: datetime) -> None:
    made = UUID(new_id(moment))
    assert made.version == 7
    assert abs((made.int >> 80) - moment.timestamp() * 1000) <= 1


@given(moment=moments, later_ms=st.integers(2, 10**9))
def test_ids_sort_by_time(moment: datetime, later_ms: int) -> None:
    assert new_id(moment) < new_id(moment + timedelta(milliseconds=later_ms))


def test_two_ids_of_one_moment_differ() -> None:
    now = datetime(2025, 1, 1, tzinfo=UTC)
    assert len({new_id(now) for _ in range(1000)}) == 1000
