"""What a visitor sees when something breaks, on the real loop; only the camera's hardware is a stand-in.

Cause, the right words, no answer meanwhile; the cause ends, and somebody known is recognised again.
"""

from contextlib import ExitStack
from pathlib import Path

import pytest

from kiosk.screens.view import Page
from tests.fakes.disk import NoMounts
from tests.journeys.course import Around, run_course
from tests.journeys.ordeals import ORDEALS, Ordeal
from tests.journeys.rig import Company, HurriedClock


@pytest.mark.parametrize("ordeal", ORDEALS, ids=lambda ordeal: ordeal.name.replace(" ", "-"))
def test_a_fault_is_said_lets_nobody_in_and_is_over_when_its_cause_is(
    ordeal: Ordeal, tmp_path: Path, company: Company
) -> None:
    with ExitStack() as stack:
        try:
            course = run_course(ordeal, Around(tmp_path, stack, company, HurriedClock()))
        except NoMounts as reason:
            pytest.skip(str(reason))
    assert course.page is Page.OUT_OF_ORDER
    assert ordeal.says in course.said
    assert course.false_accepts == 0
