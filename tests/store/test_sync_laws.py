"""Laws of sync in the store, held against random acts, pages and interruptions: nothing half, lost, or come back."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kiosk.domain.errors import NotFound
from kiosk.store import Store
from kiosk.wire.pulled import Change
from kiosk.wire.pushed import Answer, Answered, Item, Kind
from tests.fakes.clock import FakeClock
from tests.store.making import NOON, a_decision, a_pass, an_embedding, open_store, query, somebody
from tests.store.syncing import a_face, a_known_pass, a_page, a_person, gone, of_kind, pair, told

ROOT = Path(__file__).resolve().parents[2]
IDS = ("ann", "bea", "cleo", "dora")
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_stat%' ORDER BY name"

ids = st.sampled_from(IDS)
people = st.builds(
    lambda number, version, name, faces: a_person(number, version, name, faces=[a_face(one) for one in faces]),
    ids,
    st.integers(1, 9),
    st.sampled_from(("Ann", "Bea", "Somebody")),
    st.sets(st.integers(0, 3), max_size=3),
)
passes = st.builds(lambda number, person: a_known_pass(number, person), st.sampled_from(("p1", "p2")), ids)
goers = st.builds(lambda number, erased: gone(number, erased=erased), ids, st.booleans())
pages = st.lists(st.one_of(people, passes, goers), max_size=6)
answers = st.sampled_from((Answer.ACCEPTED, Answer.DUPLICATE, Answer.REJECTED))


def contents(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    return {name: query(folder, f"SELECT * FROM {name}") for (name,) in query(folder, TABLES)}


@contextmanager
def interrupted_after(store: Store, steps: int) -> Iterator[None]:
    """SQLite gives up in the middle of whatever it does, after so many of its steps."""
    raw = store.people.db.conn
    raw.set_progress_handler(lambda: 1, steps)
    try:
        yield
    finally:
        raw.set_progress_handler(None, 0)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=pages, second=pages, steps=st.integers(1, 4000), reset=st.booleans())
def test_a_page_is_applied_whole_or_not_at_all(
    tmp_path_factory: pytest.TempPathFactory, first: list[Change], second: list[Change], steps: int, *, reset: bool
) -> None:
    folder = tmp_path_factory.mktemp("store")
    with open_store(folder) as store:
        pair(store)
        told(store, *first)
        before = contents(folder)
        with interrupted_after(store, steps), suppress(sqlite3.OperationalError):
            store.inbox.apply(a_page(*second, cursor="e.2.v", reset=reset), "e.1.v", NOON)
        if store.inbox.cursor() == "e.1.v":
            assert contents(folder) == before
            told(store, *second, reset=reset)
        kept = {person.id for person in store.people.everybody()}
        assert kept == expected(first, second, reset=reset)
        assert store.doctor().sound


def expected(first: list[Change], second: list[Change], *, reset: bool) -> set[str]:
    """Who is there after both pages, by the plainest reading of the rules."""
    there: set[str] = set()
    erased: set[str] = set()
    for changes in (first, second):
        named: set[str] = set()
        for change in changes:
            if change.person is not None and change.person.id not in erased:
                there.add(change.person.id)
                named.add(change.person.id)
            if change.gone is not None:
                there.discard(change.gone.id)
                erased |= {change.gone.id} if change.gone.erased else set()
        if changes is second and reset:
            there &= named
    return there


class Kiosk(RuleBasedStateMachine):
    """One paired kiosk between its staff and central, which is a plain model here."""

    def __init__(self) -> None:
        super().__init__()
        self.place = TemporaryDirectory()
        self.folder = Path(self.place.name) / "kiosk"
        self.clock = FakeClock()
        self.store = open_store(self.folder, self.clock)
        self.mine: list[str] = []
        self.erased: set[str] = set()
        self.heard: dict[str, Item] = {}
        self.count = 0
        pair(self.store)

    def teardown(self) -> None:
        self.store.close()
        self.place.cleanup()

    @rule()
    def enrol(self) -> None:
        self.count += 1
        self.mine.append(self.store.people.enrol(somebody(f"Mine {self.count}", an_embedding(self.count)), NOON).id)

    @rule(place=st.integers(0, 9))
    def add_templates(self, place: int) -> None:
        with suppress(NotFound):
            self.store.people.add_templates(self.somebody(place), somebody("Ignored", an_embedding(place)), NOON)

    @rule(place=st.integers(0, 9))
    def rename(self, place: int) -> None:
        with suppress(NotFound):
            self.store.people.rename(self.somebody(place), "Renamed", NOON)

    @rule(place=st.integers(0, 9))
    def erase(self, place: int) -> None:
        with suppress(NotFound):
            self.store.people.erase(self.somebody(place), NOON)
            self.erased.add(self.somebody(place))

    @rule(place=st.integers(0, 9))
    def issue(self, place: int) -> None:
        self.count += 1
        with suppress(NotFound):
            self.store.passes.keep(a_pass(self.somebody(place), f"mine-{self.count}"))

    @rule()
    def record(self) -> None:
        self.count += 1
        self.store.journal.record(a_decision(f"decision-{self.count}"), NOON)

    @rule(most=st.integers(1, 5), verdicts=st.lists(answers, min_size=5, max_size=5), twice=st.booleans())
    def push(self, most: int, verdicts: list[Answer], *, twice: bool) -> None:
        items = self.store.outbox.pending(most)
        assert len(items) <= most
        answered = [Answered(id=item.id, answer=one) for item, one in zip(items, verdicts, strict=False)]
        for item, answer in zip(items, answered, strict=True):
            if answer.answer is not Answer.REJECTED:
                self.heard[key_of(item)] = item
        for _ in range(2 if twice else 1):
            self.store.outbox.settle(answered, NOON)

    @rule(changes=pages, reset=st.booleans(), more=st.booleans())
    def pull(self, changes: list[Change], *, reset: bool, more: bool) -> None:
        told(self.store, *changes, reset=reset, more=more)
        self.erased |= {change.gone.id for change in changes if change.gone is not None and change.gone.erased}

    @rule()
    def refill(self) -> None:
        self.store.outbox.refill()

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = open_store(self.folder, self.clock)

    @precondition(lambda self: self.count % 5 == 4)
    @rule(revoked=st.booleans())
    def leave_and_join(self, *, revoked: bool) -> None:
        self.store.membership.leave(NOON, revoked=revoked)
        self.heard = {}
        pair(self.store)

    @invariant()
    def nobody_erased_is_here(self) -> None:
        assert not self.erased & {person.id for person in self.store.people.everybody()}
        for person in self.erased:
            assert not self.store.passes.passes_of(person)

    @invariant()
    def every_event_was_heard_or_waits(self) -> None:
        """All of them are told once everything that waits is asked for; asking changes nothing that is told."""
        self.store.outbox.revive()
        waiting = {key_of(item) for item in self.store.outbox.pending(10_000)}
        ids = {str(event.seq) for event in self.store.journal.events(limit=10_000)}
        assert ids <= {key.removeprefix("event:") for key in waiting | set(self.heard)}

    @invariant()
    def nobody_of_here_is_lost(self) -> None:
        """Whoever was enrolled here is here, was erased, or central had heard of them."""
        here = {person.id for person in self.store.people.everybody()} | self.erased
        removed = {event.person for event in self.store.journal.events(limit=10_000) if event.kind == REMOVED}
        assert set(self.mine) <= here | removed

    def somebody(self, place: int) -> str:
        return [*IDS, *self.mine][place % (len(IDS) + len(self.mine))]


REMOVED = "removed-by-central"


def key_of(item: Item) -> str:
    return f"event:{item.body['seq']}" if item.kind == Kind.EVENT else f"{item.kind}:{item.id}"


TestKiosk = Kiosk.TestCase
TestKiosk.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


APPLIES_WITHOUT_END = """
import sys
from pathlib import Path
from kiosk.runtime.clock import SystemClock
from tests.store.making import open_store
from tests.store.syncing import a_person, gone, pair, told

store = open_store(Path(sys.argv[1]), SystemClock())
pair(store)
for i in range(1, 1_000_000):
    told(store, a_person(f"p{i}"), gone(f"p{i - 3}", erased=True))
    print(i, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 30])
def test_a_kill_leaves_the_people_of_exactly_the_pages_before_the_cursor(folder: Path, lines: int) -> None:
    command = [sys.executable, "-c", APPLIES_WITHOUT_END, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as writer:
        assert writer.stdout is not None
        seen = [int(writer.stdout.readline()) for _ in range(lines)]
        writer.kill()
        seen += [int(line) for line in writer.stdout if line.endswith("\n")]
    with open_store(folder) as store:
        position = int(store.inbox.cursor().split(".")[1])
        assert position >= max(seen)
        kept = {person.id for person in store.people.everybody()}
        assert kept == {f"p{number}" for number in range(max(1, position - 2), position + 1)}
        receipts = {item.body["person"] for item in of_kind(store.outbox.pending(10_000), Kind.RECEIPT)}
        assert receipts == {f"p{number - 3}" for number in range(1, position + 1)}
        assert store.doctor().sound
        assert timedelta(0) <= store.seen.reckon().utc - NOON
