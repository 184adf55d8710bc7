"""What kiosks push is kept once, found again, and exported."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import event as listening

from kiosk.domain.ids import new_id
from tests.central.events import NUMBERS, an_event, answers, kept, push, pushed
from tests.central.making import Running
from tests.central.test_fleet import made


def test_what_a_kiosk_pushes_is_kept_as_it_wrote_it(central: Running) -> None:
    kiosk, token = made(central, "As written", site="north")
    told = an_event(kind="unknown", outcome="unknown", reason="nobody-similar", similarity=0.25, visit="a-visit")
    assert answers(central, token, told) == ["accepted"]
    (event,) = kept(central, kiosk=kiosk["id"])
    assert {name: event[name] for name in told if name != "taken_utc"} == {
        name: value for name, value in told.items() if name != "taken_utc"
    }
    assert datetime.fromisoformat(event["taken_utc"]) == datetime.fromisoformat(told["taken_utc"])
    assert (event["site"], event["kiosk"], event["person"]) == ("north", kiosk["id"], None)


def test_pushing_twice_is_harmless(central: Running) -> None:
    kiosk, token = made(central, "Twice")
    first, second = an_event(), an_event()
    assert answers(central, token, first, first) == ["accepted", "duplicate"]
    assert answers(central, token, first, second) == ["duplicate", "accepted"]
    assert len(kept(central, kiosk=kiosk["id"])) == 2
    assert answers(central, token, first | {"kind": "refused"}) == ["rejected"]


def test_two_kiosks_may_have_events_of_one_id(central: Running) -> None:
    event = an_event()
    first, second = pushed(central, event), pushed(central, event)
    assert [len(kept(central, kiosk=kiosk["id"])) for kiosk in (first, second)] == [1, 1]


def test_a_bad_event_is_rejected_with_its_reason_and_the_others_are_kept(central: Running) -> None:
    kiosk, token = made(central, "Partly bad")
    bad: dict[str, dict[str, Any]] = {
        "bad-id": an_event(id="not an id"),
        "bad-seq": an_event(seq=0),
        "bad-kind": an_event(kind="danced"),
        "bad-similarity": an_event(similarity=2),
        "bad-taken-utc": an_event(taken_utc="2026-11-21T10:00:00"),
        "bad-person": an_event(person="zero\x00byte"),
        "unknown-member": an_event(name="Ada"),
    }
    answer = push(central, token, an_event(), *bad.values(), an_event())
    receipts = answer.json()["receipts"]
    assert [receipt["reason"] for receipt in receipts[1:-1]] == list(bad)
    assert {receipt["answer"] for receipt in receipts[1:-1]} == {"rejected"}
    assert "Ada" not in answer.text and "danced" not in answer.text
    assert len(kept(central, kiosk=kiosk["id"])) == 2


def test_a_batch_is_bounded(central: Running) -> None:
    _, token = made(central, "Greedy")
    event = an_event()
    assert push(central, token, *([event] * 501)).status_code == 422
    assert push(central, token).json() == {"receipts": []}


def test_a_batch_of_a_hundred_costs_a_handful_of_statements(central: Running) -> None:
    kiosk, token = made(central, "Fast")
    events = [an_event() for _ in range(100)]
    engine, statements = central.house.database.engine.sync_engine, []
    listening.listen(engine, "before_cursor_execute", lambda *heard: statements.append(heard[2]))
    assert set(answers(central, token, *events)) == {"accepted"}
    assert 1 < len(statements) <= 8, statements
    assert len(kept(central, kiosk=kiosk["id"], limit=200)) == 100


def test_a_kiosk_that_was_away_brings_nothing_of_an_erased_person_back(central: Running) -> None:
    person = central.person("Erased Meanwhile")["id"]
    central.admin("DELETE", f"/v1/people/{person}")
    kiosk = pushed(central, an_event(person=person, similarity=0.9))
    (event,) = kept(central, kiosk=kiosk["id"])
    assert (event["person"], event["similarity"]) == (None, None)


def test_pages_are_newest_first_and_hold_each_event_once(central: Running) -> None:
    kiosk, token = made(central, "Paged")
    told = [an_event() for _ in range(7)]
    answers(central, token, *told)
    seen, cursor = [], ""
    while True:
        page = central.admin("GET", "/v1/events", params={"kiosk": kiosk["id"], "limit": 3, "cursor": cursor}).json()
        seen += [event["id"] for event in page["events"]]
        answers(central, token, an_event())  # what comes meanwhile moves nothing
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [event["id"] for event in reversed(told)]
    for wrong in ("x", "ZTA!", "ZS0x", "ZTk5OTk5OTk5OTk5OTk5OTk5OTk5OQ"):
        assert central.admin("GET", "/v1/events", params={"cursor": wrong}).status_code == 422, wrong


def test_events_are_found_by_what_they_are(central: Running) -> None:
    at = datetime(2025, 3, 1, 12, tzinfo=UTC)
    person = new_id(at)
    early = an_event(taken_utc=at.isoformat(), person=person)
    late = an_event(taken_utc=(at + timedelta(hours=2)).isoformat(), kind="fault")
    kiosk = pushed(central, early, late, site="found here")

    def ids(**sought: Any) -> list[str]:
        return [event["id"] for event in kept(central, **sought)]

    assert ids(site="found here") == ids(kiosk=kiosk["id"]) == [late["id"], early["id"]]
    assert ids(person=person) == ids(kiosk=kiosk["id"], kind="recognised") == [early["id"]]
    assert len(ids(kiosk=kiosk["id"], kind=["recognised", "fault"])) == 2
    noon = (at + timedelta(hours=1)).isoformat()
    assert ids(**{"kiosk": kiosk["id"], "from": noon}) == [late["id"]]
    assert ids(**{"kiosk": kiosk["id"], "until": noon}) == [early["id"]]
    assert central.admin("GET", "/v1/events", params={"from": "yesterday"}).status_code == 422
    assert central.admin("GET", "/v1/events", params={"kind": "danced"}).status_code == 422


def test_a_file_holds_every_event_and_no_formula(central: Running) -> None:
    kiosk = pushed(central, *[an_event() for _ in range(450)], site="=HYPERLINK(1)")
    pushed(central, *[an_event() for _ in range(450)], site="=HYPERLINK(1)")
    sought = {"site": "=HYPERLINK(1)"}
    file = central.admin("GET", "/v1/events/export", params=sought)
    assert file.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert len(rows) == 900 and {row["site"] for row in rows} == {"'=HYPERLINK(1)"}
    jsonl = central.admin("GET", "/v1/events/export", params=sought | {"format": "jsonl", "kiosk": kiosk["id"]})
    lines = [json.loads(line) for line in jsonl.text.splitlines()]
    assert len(lines) == 450 and lines[0]["position"] < lines[-1]["position"]
    acts = central.admin("GET", "/v1/audit").json()["acts"]
    assert "events-exported" in [act["act"] for act in acts]


def test_cells_that_begin_like_a_formula_are_texts(central: Running) -> None:
    for sign in "=+-@":
        site = f"{sign}1+1 {next(NUMBERS)}"
        pushed(central, an_event(similarity=-0.5), site=site)
        text = central.admin("GET", "/v1/events/export", params={"site": site}).text
        (row,) = csv.DictReader(io.StringIO(text))
        assert (row["site"], row["similarity"]) == (f"'{site}", "-0.5")


def test_visits_are_counted_by_the_hour_in_which_they_began(fresh: Running) -> None:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)

    def at(hour: int, minute: int = 0) -> str:
        return (midnight + timedelta(hours=hour, minutes=minute)).isoformat()

    pushed(
        fresh,
        an_event(visit="a", taken_utc=at(8, 59)),
        an_event(visit="a", taken_utc=at(9, 1)),
        an_event(visit="b", taken_utc=at(8, 0), kind="unknown"),
        an_event(taken_utc=at(23, 59)),
        an_event(taken_utc=at(8), kind="health"),
        an_event(taken_utc=at(-1)),
        an_event(taken_utc=at(24)),
    )
    pushed(fresh, an_event(visit="a", taken_utc=at(8)))
    page = fresh.admin("GET", "/", headers={"Accept": "text/html"}).text
    rows = re.findall(r'<td class="number">(\d\d)–\d\d</td><td class="number">(\d+)</td>', page)
    assert rows == [("08", "3"), ("23", "1")]
