"""The vision part: what it goes by after it failed and was started again, and where it can't do what is asked of it."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.domain.people import PassClaims
from kiosk.domain.scores import ScoreTable
from kiosk.domain.trust import Levels, Strictness
from kiosk.domain.verdict import Decision, Outcome, Reason
from kiosk.parts.equipment import Equipment, Verdict
from kiosk.passes import token
from kiosk.store.opening import DATABASE
from tests.identity.making import MODEL, TABLE
from tests.parts.doorway import SITE, Doorway, a_model
from tests.parts.test_hostile_codes import drawn
from tests.store.making import a_pass

STRICTEST = Levels(Strictness.STRICTEST, Strictness.STRICTEST)
MEASURED_LITTLE = ScoreTable((1.0, 1e-1, 1e-2, 1e-3, 1e-4), (0.3, 0.4, 0.5, 0.6, 0.7))


@pytest.fixture
def doorway(tmp_path: Path) -> Doorway:
    return Doorway(tmp_path / "store")


@pytest.fixture
def writer(doorway: Doorway) -> Iterator[sqlite3.Connection]:
    """Another connection to the same store, as that of the sync part which writes the file anew."""
    with closing(sqlite3.connect(doorway.folder / DATABASE, isolation_level=None)) as other:
        yield other


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


def test_while_the_store_is_written_nobody_is_let_in_and_afterwards_it_goes_on_with_all_that_was_open(
    doorway: Doorway, writer: sqlite3.Connection
) -> None:
    said: list[bool] = []
    told: list[Decision] = []

    def busy() -> None:
        told.extend(doorway.decisions())
        said.append(doorway.post.waiting.is_any())
        doorway.come()
        if len(said) == 5:
            writer.execute("ROLLBACK")

    def is_answered_afterwards() -> bool:
        if not said and not writer.in_transaction:
            writer.execute("BEGIN IMMEDIATE")
        told.extend(doorway.decisions())
        return bool(told)

    doorway.while_busy = busy
    doorway.until(is_answered_afterwards)
    assert said == [False, True, True, True, True]
    assert [one.reason for one in told] == [Reason.FACE_MATCHES]
    assert doorway.opened == 1
    assert not doorway.post.waiting.is_any()


def test_whose_visit_could_not_be_recorded_because_the_store_was_written_is_answered_a_moment_later(
    doorway: Doorway, writer: sqlite3.Connection
) -> None:
    looks: list[bool] = []
    told: list[Decision] = []

    def look() -> None:
        looks.append(True)
        if len(looks) == 2:  # the second decides
            writer.execute("BEGIN IMMEDIATE")

    def busy() -> None:
        told.extend(doorway.decisions())
        writer.execute("ROLLBACK")
        assert not told

    def is_answered() -> bool:
        told.extend(doorway.decisions())
        return bool(told)

    doorway.while_looking, doorway.while_busy = look, busy
    doorway.until(is_answered)
    assert not writer.in_transaction
    assert [one.reason for one in told] == [Reason.FACE_MATCHES]
    assert doorway.opened == 1
