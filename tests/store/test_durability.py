"""What was acknowledged is there after kill -9, and a full disk changes nothing."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.domain.errors import StoreError
from kiosk.store.database import connect, transaction
from tests.store.making import NOON, a_decision, open_store, query

RECORDS_WITHOUT_END = """
import sys
from pathlib import Path
from kiosk.runtime.clock import SystemClock
from tests.store.making import NOON, a_decision, open_store, somebody

store = open_store(Path(sys.argv[1]), SystemClock())
for i in range(1_000_000):
    store.journal.record(a_decision(f"decision-{i}"), NOON)
    person = store.people.enrol(somebody(f"Number {i}"), NOON)
    print(f"decision-{i}", person.id, flush=True)
"""
ROOT = Path(__file__).resolve().parents[2]


def acknowledged_before_a_kill(folder: Path, lines: int) -> list[list[str]]:
    command = [sys.executable, "-c", RECORDS_WITHOUT_END, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as writer:
        assert writer.stdout is not None
        seen = [writer.stdout.readline().split() for _ in range(lines)]
        writer.kill()
        return [line for line in (*seen, *(rest.split() for rest in writer.stdout)) if len(line) == 2]


@pytest.mark.parametrize("lines", [1, 40])
def test_nothing_acknowledged_is_lost_when_the_program_is_killed(folder: Path, lines: int) -> None:
    acknowledged = acknowledged_before_a_kill(folder, lines)
    assert len(acknowledged) >= lines
    with open_store(folder) as store:
        assert {event for event, _ in acknowledged} <= {event.id for event in store.journal.events(limit=10**6)}
        assert {person for _, person in acknowledged} <= {person.id for person in store.people.everybody()}
        assert store.doctor().sound


def test_a_full_disk_is_said_and_changes_nothing(folder: Path) -> None:
    open_store(folder).close()
    with closing(connect(folder / "kiosk.db", patience_s=0.1)) as db:
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages}").fetchone()
        with pytest.raises(StoreError, match="disk is full"), transaction(db):
            db.execute("INSERT INTO secrets (name, sealed) VALUES ('large', zeroblob(100000))")
    assert query(folder, "SELECT count(*) FROM secrets WHERE name = 'large'") == [(0,)]


def test_a_transaction_that_fails_half_way_leaves_nothing(folder: Path) -> None:
    open_store(folder).close()
    with closing(connect(folder / "kiosk.db", patience_s=0.1)) as db:
        with pytest.raises(ZeroDivisionError), transaction(db):
            db.execute("INSERT INTO secrets (name, sealed) VALUES ('half', zeroblob(1))")
            raise ZeroDivisionError
        assert db.execute("SELECT count(*) FROM secrets WHERE name = 'half'").fetchone() == (0,)


LOOKS_AND_LEAVES = """
import sys
from pathlib import Path
from kiosk.runtime.clock import SystemClock
from tests.store.making import open_store

with open_store(Path(sys.argv[1]), SystemClock()) as store:
    print(len(store.journal.events()))
"""


def test_another_program_that_comes_and_goes_takes_nothing_away_from_a_kiosk_that_runs(folder: Path) -> None:
    """SQLite's locks belong to the process: whoever opens and closes the file beside SQLite gives them all up."""

    def seen_by_another_program() -> int:
        command = [sys.executable, "-c", LOOKS_AND_LEAVES, str(folder)]
        return int(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)

    with open_store(folder) as one, open_store(folder) as two:
        one.journal.record(a_decision("first"), NOON)
        assert seen_by_another_program() == 1
        one.journal.record(a_decision("second"), NOON)
        two.journal.record(a_decision("third"), NOON)
        assert seen_by_another_program() == 3
