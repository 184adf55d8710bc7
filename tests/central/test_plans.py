"""What is done many times a minute, or for a page, reads no table of SQLite's as a whole that grows for ever.

PostgreSQL knows how large its tables are, and chooses by that; SQLite chooses by how a statement is written.
"""

import asyncio
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from kiosk.central.events.reading import visits_by_hour
from kiosk.central.sync.wakes import Wakes
from tests.central.events import an_event
from tests.central.making import Running, fresh_central, settings_for
from tests.central.syncing import Puller, a_kiosk, an_item, somebody
from tests.central.test_webhooks import deliveries, hook
from tests.central.waiting import until

PEOPLES = ("access_windows", "chips", "consents", "gallery", "members", "people", "templates", "tombstones")
GROWING = {*PEOPLES, "audit", "changes", "deliveries", "events", "job_items", "passes", "receipts", "verdicts"}
# What it holds is what was changed a moment ago, and nothing else.
SMALL = "ix_changes_marked"
# Of some kinds, of one webhook and of one kiosk there are millions.
BROAD = re.compile(r"\((kind|hook|kiosk)=\?( AND (rowid|position)[<>]\?)*\)")


@dataclass
class Spoken:
    """The statements that were run, each once, with the values of one run."""

    statements: dict[str, Sequence[Any]] = field(default_factory=dict)

    def hear(self, _connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        self.statements.setdefault(statement, values[0] if many else values)


@contextmanager
def heard(central: Running, *, in_the_loop: bool = False) -> Iterator[Spoken]:
    """What is said to the database; only what everybody waits for, if `in_the_loop`."""
    spoken, database = Spoken(), central.house.database
    engines = {database.reads.sync_engine} | (set() if in_the_loop else {database.engine.sync_engine})
    for engine in engines:
        event.listen(engine, "before_cursor_execute", spoken.hear)
    yield spoken
    for engine in engines:
        event.remove(engine, "before_cursor_execute", spoken.hear)


def wholly_read(file: Path, spoken: Spoken) -> list[str]:
    """The tables that a statement goes through, and the statement."""
    found = []
    with sqlite3.connect(file) as connection:
        for statement, values in spoken.statements.items():
            if statement.lstrip().split(" ", 1)[0] not in ("SELECT", "INSERT", "UPDATE", "DELETE"):
                continue
            steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
            is_sorted = any("TEMP B-TREE" in step for step in steps)
            found += [f"{step}: {statement}" for step in steps if _is_long(step, statement, is_sorted)]
    return found


def _is_long(step: str, statement: str, is_sorted: bool) -> bool:
    word, table, *rest = [*step.split(), "", ""]
    if table not in GROWING or SMALL in step:
        return False
    if word == "SEARCH":
        return is_sorted and BROAD.search(" ".join(rest)) is not None
    # In the order of an index, until there are enough, it is a page.
    return word == "SCAN" and (is_sorted or "LIMIT" not in statement)


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Running]:
    with fresh_central(settings_for(tmp_path / "central", "")) as here:
        yield here


def telling(central: Running, kiosk: Puller) -> None:
    """Somebody comes, is seen, changed, erased."""
    new = somebody()
    event_of = [an_item("event", an_event(person=new["id"], visit=f"visit{number}")) for number in range(3)]
    kiosk.push(an_item("person", new), *event_of)
    kiosk.push(*event_of)
    kiosk.sync()
    kiosk.told("edit", person=new["id"], base=1, name="Another")
    central.admin("POST", f"/v1/people/{new['id']}/disable")
    kiosk.told("erasure", person=new["id"], erased_utc="2026-11-21T11:00:00Z")
    kiosk.sync()
    kiosk.told("receipt", person=new["id"], gone_utc="2026-11-21T11:00:01Z")


def beating(central: Running, kiosk: Puller) -> None:
    beat = {"software": "1.0", "people": 1, "waiting": 0, "dead": 0}
    answer = central.nobody("POST", "/v1/kiosk/heart-beat", headers=kiosk.token, json=beat)
    assert answer.status_code == 200, answer.text


def waking(central: Running, _: Puller) -> None:
    async def work() -> None:
        wakes = Wakes(central.house.database)
        looking = asyncio.create_task(wakes.run())
        async with wakes.listening():
            new = asyncio.create_task(asyncio.to_thread(somebody_elsewhere))
            assert await wakes.after("elsewhere", 0, 10.0) is not None
            await new
        looking.cancel()

    def somebody_elsewhere() -> None:
        a_kiosk(central, site="elsewhere").told("person", **somebody())

    central.run(work)


def looking(central: Running, _: Puller) -> None:
    """What people look at."""
    webhook, _ = hook(central, "https://nobody.invalid/")
    events = ("events", "events?kind=unknown&kind=recognised", "events?kind=unknown", "events?kiosk=somewhere")
    for path in (*events, "people", "events/inbox", "passes", "audit", "webhooks", f"webhooks/{webhook}/deliveries"):
        answer = central.admin("GET", f"/v1/{path}")
        assert answer.status_code == 200, answer.text

    async def work() -> None:
        async with central.house.database.scanning() as session:
            await visits_by_hour(session, central.clock.utc())

    central.run(work)


def delivering(central: Running, kiosk: Puller) -> None:
    """To a webhook where nobody listens."""
    webhook, _ = hook(central, "https://nobody.invalid/")
    kiosk.push(an_item("event", an_event()))
    until(lambda: deliveries(central, webhook)[0]["tries"] > 0, "a try")


@pytest.mark.parametrize("act", [telling, beating, waking, looking, delivering])
def test_no_table_that_grows_is_read_as_a_whole(central: Running, act: Callable[[Running, Puller], None]) -> None:
    kiosk = a_kiosk(central)
    telling(central, kiosk)
    with heard(central) as spoken:
        act(central, kiosk)
    assert spoken.statements
    assert not wholly_read(central.settings.data / "central.db", spoken)


def test_what_has_to_look_at_everybody_lets_others_be_served_meanwhile(central: Running) -> None:
    central.person("Searched For")
    many = re.compile(r"LIKE|EXISTS|count\(")
    with heard(central, in_the_loop=True) as spoken:
        for wanted in ({"text": "searched"}, {"enrolled": False}, {"disabled": True}, {"group": "staff"}):
            answer = central.admin("POST", "/v1/people/search", json=wanted)
            assert answer.status_code == 200, answer.text
        assert central.admin("GET", "/").status_code == 200
    assert [one for one in spoken.statements if many.search(one) and "FROM people" in one] == []
