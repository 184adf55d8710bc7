"""When somebody may come: the rule against a plain model of the week, and at the edges where clocks are odd."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.domain.access import ANY_TIME, DAY_MINUTES, Access, Doors, Window, refusal
from kiosk.domain.reckoning import Doubt, Reckoning
from kiosk.domain.verdict import Reason

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)

minutes = st.integers(0, DAY_MINUTES)
windows = st.builds(Window, st.frozensets(st.integers(0, 6)), minutes, minutes)
moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
zones = st.sampled_from([UTC, BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata"), ZoneInfo("Pacific/Apia")])


def sure(utc: datetime) -> Reckoning:
    return Reckoning(utc)


def minutes_of(window: Window) -> set[tuple[int, int]]:
    return {(day, minute) for day in window.weekdays for minute in range(window.from_minute, window.until_minute)}


@settings(max_examples=30)
@given(st.lists(windows, min_size=1, max_size=4))
def test_in_every_minute_of_the_week_the_rule_is_the_union_of_the_windows(several: list[Window]) -> None:
    access = Access(windows=tuple(several))
    open_minutes = set[tuple[int, int]]().union(*(minutes_of(window) for window in several))
    for number in range(7 * DAY_MINUTES):
        reason = refusal(access, sure(MONDAY + number * MINUTE), UTC)
        expected = None if divmod(number, DAY_MINUTES) in open_minutes else Reason.OUTSIDE_HOURS
        assert reason is expected


@given(st.lists(windows, min_size=1, max_size=4), moments, zones)
def test_windows_are_of_the_clock_on_the_wall(several: list[Window], utc: datetime, zone: ZoneInfo) -> None:
    wall = utc.astimezone(zone)
    shown = (wall.weekday(), int(f"{wall:%H}") * 60 + int(f"{wall:%M}"))
    is_open = any(shown in minutes_of(window) for window in several)
    assert (refusal(Access(windows=tuple(several)), sure(utc), zone) is None) == is_open


@given(
    st.builds(Access, st.none() | moments, st.none() | moments, st.lists(windows).map(tuple), st.booleans()), moments
)
def test_whoever_is_let_in_is_within_every_one_of_their_rules(access: Access, utc: datetime) -> None:
    if refusal(access, sure(utc), UTC) is None:
        assert not access.disabled
        assert access.valid_from_utc is None or access.valid_from_utc <= utc
        assert access.valid_until_utc is None or utc < access.valid_until_utc
        assert not access.windows or any(window.holds(utc) for window in access.windows)


@given(st.builds(Access, st.none() | moments, st.none() | moments, st.lists(windows).map(tuple)), moments)
def test_with_a_doubtful_clock_only_those_without_time_rules_are_let_in(access: Access, utc: datetime) -> None:
    for doubt in Doubt:
        assert refusal(access, Reckoning(utc, doubt), UTC) is (Reason.CLOCK_UNSURE if access.is_timed else None)


def test_a_window_until_midnight_holds_the_last_minute_of_the_day_and_none_of_the_next() -> None:
    late = Access(windows=(Window(frozenset({0}), 23 * 60),))
    assert refusal(late, sure(MONDAY + timedelta(hours=23, minutes=59, seconds=59)), UTC) is None
    assert refusal(late, sure(MONDAY + timedelta(days=1)), UTC) is Reason.OUTSIDE_HOURS


def test_an_hour_that_the_clock_shows_twice_is_open_twice() -> None:
    from_two_to_three = Access(windows=(Window(frozenset({6}), 120, 180),))
    clocks_go_back = datetime(2026, 10, 25, tzinfo=UTC)
    for hours, reason in ((0.5, None), (1.5, None), (2.5, Reason.OUTSIDE_HOURS)):
        assert refusal(from_two_to_three, sure(clocks_go_back + timedelta(hours=hours)), BERLIN) is reason


def test_a_window_around_an_hour_that_is_left_out_begins_and_ends_by_the_wall() -> None:
    until_four = Access(windows=(Window(frozenset({6}), 60, 240),))
    clocks_go_ahead = datetime(2026, 3, 29, tzinfo=UTC)
    for minutes_on, reason in ((0, None), (59, None), (61, None), (119, None), (120, Reason.OUTSIDE_HOURS)):
        assert refusal(until_four, sure(clocks_go_ahead + minutes_on * MINUTE), BERLIN) is reason


def test_validity_begins_with_its_first_moment_and_ends_before_its_last() -> None:
    access = Access(MONDAY, MONDAY + timedelta(days=1))
    tick = timedelta(microseconds=1)
    assert refusal(access, sure(MONDAY - tick)) is Reason.NOT_YET_VALID
    assert refusal(access, sure(MONDAY)) is None
    assert refusal(access, sure(MONDAY + timedelta(days=1) - tick)) is None
    assert refusal(access, sure(MONDAY + timedelta(days=1))) is Reason.NO_LONGER_VALID


def test_somebody_disabled_is_refused_for_that_whatever_the_clock_says() -> None:
    access = Access(valid_until_utc=MONDAY, disabled=True)
    assert refusal(access, Reckoning(MONDAY, Doubt.NEVER_SET)) is Reason.DISABLED


def test_a_window_that_ends_before_it_begins_never_opens() -> None:
    never = Access(windows=(Window(frozenset(range(7)), 600, 500),))
    for hour in range(24):
        assert refusal(never, sure(MONDAY + timedelta(hours=hour)), UTC) is Reason.OUTSIDE_HOURS


@pytest.mark.parametrize(("day", "begin", "end"), [(7, 0, 10), (-1, 0, 10), (0, -1, 10), (0, 0, 1441)])
def test_a_window_of_no_day_or_minute_that_there_is_can_not_be_made(day: int, begin: int, end: int) -> None:
    with pytest.raises(ValueError, match="days from 0 to 6"):
        Window(frozenset({day}), begin, end)


def test_where_windows_do_not_apply_dates_and_being_disabled_still_do() -> None:
    never = Window(frozenset())
    access = {"hours": Access(windows=(never,)), "date": Access(valid_until_utc=MONDAY, windows=(never,))}
    doors = Doors({**access, "disabled": Access(disabled=True)}, windows_apply=False)
    assert refusal(doors.of("hours"), sure(MONDAY)) is None
    assert refusal(doors.of("hours"), Reckoning(MONDAY, Doubt.NEVER_SET)) is None
    assert refusal(doors.of("date"), sure(MONDAY)) is Reason.NO_LONGER_VALID
    assert refusal(doors.of("disabled"), sure(MONDAY)) is Reason.DISABLED
    assert refusal(Doors(access).of("hours"), sure(MONDAY)) is Reason.OUTSIDE_HOURS


def test_whoever_is_not_named_may_come_at_any_time() -> None:
    assert Doors().of("somebody") is ANY_TIME
