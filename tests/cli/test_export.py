"""The journal as other programs read it."""

import csv
import io
import json
from pathlib import Path

import pytest

from kiosk.cli.exporting import COLUMNS, cell
from tests.cli.running import kiosk, refused
from tests.store.making import NOON, a_decision, open_store, query


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "store"
    with open_store(folder) as store:
        store.journal.record(a_decision("decision-1", "somebody"), NOON)
        store.journal.note("=2+3", NOON, "@somebody")
        for _ in range(20):
            store.journal.note("tested", NOON)
    return folder


def test_csv_has_a_heading_and_a_line_for_each_event(folder: Path) -> None:
    ran = kiosk("events", "export", "--format", "csv", "--store", folder)
    heading, *rows = list(csv.reader(io.StringIO(ran.out)))
    assert (ran.code, tuple(heading), len(rows)) == (0, COLUMNS, 22)
    assert dict(zip(heading, rows[0], strict=True))["score"] == "0.5"


def test_json_lines_say_what_the_list_of_events_says(folder: Path) -> None:
    exported = kiosk("events", "export", "--format", "jsonl", "--store", folder)
    assert exported.lines == kiosk("events", "--json", "--store", folder).lines
    assert kiosk("events", "export", "--json", "--store", folder).out == exported.out


def test_no_cell_begins_like_a_formula(folder: Path) -> None:
    out = kiosk("events", "export", "--store", folder).out
    cells = [cell for row in csv.reader(io.StringIO(out)) for cell in row]
    assert "'=2+3" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize(
    ("value", "written"), [("-1", "'-1"), (-0.25, " -0.25"), ("\t=1", "'\t=1"), (None, ""), ("a=b", "a=b")]
)
def test_what_a_spreadsheet_could_take_for_a_formula_is_defused(value: object, written: str) -> None:
    assert cell(value) == written


def test_a_file_appears_whole_and_for_its_owner_alone(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "events.jsonl"
    ran = kiosk("events", "export", "--json", "--out", out, "--store", folder)
    assert ran.json == {"events": 22, "format": "jsonl", "file": str(out)}
    assert len([json.loads(line) for line in out.read_text().splitlines()]) == 22
    assert out.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [out]


def test_a_place_that_is_not_there_is_said(folder: Path, tmp_path: Path) -> None:
    ran = kiosk("events", "export", "--out", tmp_path / "nowhere" / "events.csv", "--store", folder)
    assert "choose another place" in refused(ran)


def test_events_before_the_time_asked_for_are_left_out(folder: Path) -> None:
    assert kiosk("events", "export", "--since", "2026-01-01", "--json", "--store", folder).lines == []
    assert len(kiosk("events", "export", "--since", "2025-01-01", "--json", "--store", folder).lines) == 22


def test_the_doctor_says_which_event_was_tampered_with(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with open_store(folder) as store:
        for _ in range(5):
            store.journal.note("tested", NOON)
    ((trigger,),) = query(folder, "SELECT sql FROM sqlite_master WHERE name = 'events_are_never_changed'")
    for sql in ("DROP TRIGGER events_are_never_changed", "UPDATE events SET person = 'else' WHERE seq = 3", trigger):
        query(folder, sql)
    ran = kiosk("doctor", "--store", folder, "--json")
    (found,) = [check for check in ran.json["checks"] if check["name"] == "store"]
    assert (ran.code, found["state"]) == (4, "bad")
    assert "Event 3 of the journal" in found["sentence"]
