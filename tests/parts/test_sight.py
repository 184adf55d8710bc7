"""The vision part: what it goes by after it failed and was started again, and where it can't do what is asked of it."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.domain.people import PassClaims
from kiosk.domain.scores import ScoreTable
from kiosk.domain.trust import Levels, Strictness
from kiosk.domain.verdict import Decision, Outcome, Reason
from kiosk.parts.equipment import Equipment, Verdict
from kiosk.passes import token
from tests.identity.making import MODEL, TABLE
from tests.parts.doorway import SITE, Doorway, a_model
from tests.parts.test_hostile_codes import drawn
from tests.store.making import a_pass

STRICTEST = Levels(Strictness.STRICTEST, Strictness.STRICTEST)
MEASURED_LITTLE = ScoreTable((1.0, 1e-1, 1e-2, 1e-3, 1e-4), (0.3, 0.4, 0.5, 0.6, 0.7))


@pytest.fixture
def doorway(tmp_path: Path) -> Doorway:
    return Doorway(tmp_path / "store")


def with_little(tmp_path: Path) -> Doorway:
    return Doorway(tmp_path / "store", MEASURED_LITTLE)


def hold_up_a_pass(doorway: Doorway) -> None:
    now = doorway.clock.utc()
    with doorway.store() as store:
        store.passes.keep(a_pass(doorway.person))
        claims = PassClaims("pass-1", doorway.person, SITE, now, now + timedelta(hours=1))
        doorway.scene = drawn(token.issue(claims, store.secrets.pass_key()))


def test_the_door_is_as_sure_after_its_vision_failed_as_before(doorway: Doorway) -> None:
    doorway.asks(STRICTEST)
    thresholds = [doorway.answer().threshold for _ in range(2)]
    assert doorway.opened == 2
    assert thresholds == [0.8, 0.8]


def test_a_model_that_was_not_measured_for_what_is_asked_of_passes_gives_way_to_the_one_before(tmp_path: Path) -> None:
    doorway = with_little(tmp_path)
    before = Equipment(a_model("before", TABLE))
    doorway.post.model.put(Equipment(a_model(MODEL, MEASURED_LITTLE), "v2", before=before))
    doorway.asks(STRICTEST)
    told: list[Decision] = []

    def is_answered() -> bool:
        gallery = doorway.post.gallery.peek()
        if doorway.post.model.peek() is before and gallery is not None and gallery.model != "before":
            doorway.show("before")  # as the staff worker does
        told.extend(doorway.decisions())
        return bool(told)

    doorway.until(is_answered)
    assert told[0].threshold == 0.8
    assert doorway.post.verdicts.drain() == [Verdict("v2", "unmeasured")]
    assert doorway.opened == 1


def test_with_no_model_before_passes_beyond_what_was_measured_are_left_to_staff_and_nothing_fails(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    doorway = with_little(tmp_path)
    doorway.asks(Levels(Strictness.STRICT, Strictness.STRICTEST))
    with caplog.at_level(logging.ERROR):
        assert doorway.answer().threshold == 0.7
        hold_up_a_pass(doorway)
        shown = doorway.answer()
    assert (shown.outcome, shown.reason) == (Outcome.UNSURE, Reason.PASS_ALONE)
    assert len([one for one in caplog.records if one.levelno == logging.ERROR]) == 2  # once a start


def test_passes_are_checked_again_once_the_model_is_measured_for_what_is_asked(tmp_path: Path) -> None:
    doorway = with_little(tmp_path)
    doorway.asks(Levels(Strictness.NORMAL, Strictness.STRICTEST))
    hold_up_a_pass(doorway)
    assert doorway.answer().reason is Reason.PASS_ALONE
    doorway.asks(Levels(Strictness.NORMAL, Strictness.STRICT))
    assert doorway.answer().reason is Reason.FACE_MATCHES_PASS
