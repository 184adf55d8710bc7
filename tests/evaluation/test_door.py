"""The kiosk's own verifier, on a crowd made of numbers."""

from dataclasses import replace

import pytest

from kiosk.domain.scores import ScoreTable
from kiosk.domain.trust import Strictness
from kiosk.evaluation.calibration import tables_of
from kiosk.evaluation.door import Door, door_rows
from kiosk.evaluation.trust import Pictures
from kiosk.identity.calibration import Options
from tests.evaluation.test_calibration import crowd

PEOPLE = 40


@pytest.fixture(scope="module")
def pictures() -> Pictures:
    return Pictures.of(crowd(people=PEOPLE, each=7, spread=0.5))


@pytest.fixture(scope="module")
def table() -> ScoreTable:
    return tables_of(crowd(people=PEOPLE, each=7, spread=0.5)).templates


def test_every_visit_gets_one_answer_of_one_kind(pictures: Pictures, table: ScoreTable) -> None:
    (row,) = door_rows(pictures, Door(table, Options()), sizes=(4,))
    assert row.known == 5 * 4
    assert row.strangers == 5 * (PEOPLE - 4)
    assert row.recognised > 0 and row.recognised + row.asked + row.wrong <= row.known
    assert row.strangers_named + row.strangers_asked <= row.strangers


def test_a_stricter_level_names_no_more_of_anybody(pictures: Pictures, table: ScoreTable) -> None:
    rows = [
        door_rows(pictures, Door(table, replace(Options(), level=level, clear_factor=1000.0)), sizes=(4,))[0]
        for level in (Strictness.NORMAL, Strictness.STRICT)
    ]
    assert rows[1].recognised <= rows[0].recognised
    assert rows[1].strangers_named <= rows[0].strangers_named


def test_a_gallery_for_which_too_few_have_pictures_is_left_out(pictures: Pictures, table: ScoreTable) -> None:
    assert door_rows(pictures, Door(table, Options()), sizes=(PEOPLE + 1,)) == ()
