"""The journal is append-only, whoever asks."""

import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from kiosk.domain.errors import Refused
from kiosk.domain.verdict import Event
from kiosk.store import Store
from tests.store.making import NOON, a_decision, query


def test_a_decision_is_an_event_with_the_same_codes(store: Store) -> None:
    store.journal.record(a_decision("decision-7", person="somebody"), NOON)
    assert list(store.journal.events()) == [
        Event("decision-7", 1, NOON, "decision", "recognised", "face-matches", "somebody", 0.5, 0.75, 250.0)
    ]


def test_staffs_acts_are_noted_under_new_ids(store: Store) -> None:
    store.journal.note("enrolled", NOON, "somebody")
    store.journal.note("pin-set", NOON)
    first, second = store.journal.events()
    assert (first.kind, first.person, first.outcome) == ("enrolled", "somebody", None)
    assert (second.kind, second.person) == ("pin-set", None)
    assert first.id != second.id


def test_events_are_numbered_and_come_oldest_first(store: Store) -> None:
    for i in range(5):
        store.journal.record(a_decision(f"decision-{i}"), NOON)
    events = store.journal.events()
    assert [event.id for event in events] == [f"decision-{i}" for i in range(5)]
    assert [event.seq for event in events] == sorted({event.seq for event in events})


def test_a_limit_keeps_the_newest_events(store: Store) -> None:
    for i in range(5):
        store.journal.record(a_decision(f"decision-{i}"), NOON)
    assert [event.id for event in store.journal.events(limit=2)] == ["decision-3", "decision-4"]
    assert not store.journal.events(limit=0)


def test_events_since_a_time_include_that_time_in_any_time_zone(store: Store) -> None:
    for minutes in range(3):
        store.journal.record(a_decision(f"decision-{minutes}"), NOON + timedelta(minutes=minutes))
    east = timezone(timedelta(hours=3))
    since = (NOON + timedelta(minutes=1)).astimezone(east)
    assert [event.id for event in store.journal.events(since)] == ["decision-1", "decision-2"]
    assert store.journal.events(since)[0].at_utc.tzinfo is UTC


def test_a_date_without_a_time_zone_is_a_mistake_in_the_program(store: Store) -> None:
    with pytest.raises(ValueError):
        store.journal.note("tested", datetime(2025, 1, 1))  # noqa: DTZ001 - the point of the test
    assert not store.journal.events()


def test_a_decision_is_recorded_once(store: Store) -> None:
    store.journal.record(a_decision(), NOON)
    with pytest.raises(Refused):
        store.journal.record(a_decision(person="somebody else"), NOON)
    (event,) = store.journal.events()
    assert event.person is None


@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE events SET person = 'somebody else'",
        "DELETE FROM events",
        "INSERT OR REPLACE INTO events (id, at_utc, kind) VALUES ('decision-1', '2025', 'forged')",
        "INSERT OR REPLACE INTO events (seq, id, at_utc, kind) VALUES (1, 'another', '2025', 'forged')",
        "REPLACE INTO events (seq, id, at_utc, kind) VALUES (1, 'decision-1', '2025', 'forged')",
    ],
)
def test_no_event_is_changed_or_removed_even_from_outside(store: Store, folder: Path, attempt: str) -> None:
    store.journal.record(a_decision(), NOON)
    before = query(folder, "SELECT * FROM events")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        query(folder, attempt)
    assert query(folder, "SELECT * FROM events") == before
