"""A Pi has no clock battery: what a kiosk believes while its date is plainly wrong."""

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.demo.stage import shown
from kiosk.domain.verdict import Outcome
from kiosk.screens.view import Page
from tests.journeys.course import Around, run_wrong_clock
from tests.journeys.rig import Company, Hall, HurriedClock, ShiftedClock

NEVER_SET = datetime(1970, 1, 1, 0, 3, tzinfo=UTC)
FAR_AHEAD = datetime(2099, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize("wrong_utc", [NEVER_SET, FAR_AHEAD], ids=["1970", "2099"])
def test_a_good_pass_is_not_accepted_before_the_date_is_right_again(
    wrong_utc: datetime, tmp_path: Path, company: Company
) -> None:
    with ExitStack() as stack:
        course = run_wrong_clock(wrong_utc, Around(tmp_path, stack, company, HurriedClock()))
    assert course.page is Page.RESULT
    assert course.false_accepts == 0


@pytest.mark.parametrize("wrong_utc", [NEVER_SET, FAR_AHEAD], ids=["1970", "2099"])
def test_a_known_face_is_recognised_whatever_the_date(wrong_utc: datetime, hall: Hall) -> None:
    person = hall.enrol()
    clock = ShiftedClock(hall.clock)
    hall.clock = clock
    clock.set_to(wrong_utc)
    bystander = hall.open()
    bystander.show(shown(hall.cast.comes_back))
    decision = bystander.decision().decision
    assert decision.outcome is Outcome.RECOGNISED
    assert decision.person == person.id
