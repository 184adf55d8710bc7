"""Visits with all their attempts, what operators say of them, and what is left of both when somebody is erased."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from kiosk.central.access.scopes import Role
from tests.central.events import an_event, answers, kept, pushed
from tests.central.making import Running
from tests.central.test_erasing import everything
from tests.central.test_fleet import made

INBOX = "/v1/events/inbox"


def visits(central: Running, kiosk: str, **query: Any) -> list[dict[str, Any]]:
    """What the inbox has of that kiosk, whatever the others did, newest first."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while cursor is not None:
        page = central.admin("GET", INBOX, params={"cursor": cursor, **query}).json()
        found += [visit for visit in page["visits"] if visit["kiosk"] == kiosk]
        cursor = page["next"]
    return found


def judged(central: Running, visit: str, verdict: str, **more: Any) -> dict[str, Any]:
    said = central.as_role(Role.OPERATOR, "POST", f"{INBOX}/{visit}", json={"verdict": verdict, **more})
    assert said.status_code == 200, said.text
    answer: dict[str, Any] = said.json()
    return answer


def a_visit(central: Running, *events: dict[str, Any]) -> dict[str, Any]:
    (visit,) = visits(central, pushed(central, *events)["id"])
    return visit


def test_attempts_of_one_visit_are_one_and_those_below_the_threshold_are_there(central: Running) -> None:
    person = central.person("In The Inbox")["id"]
    first = an_event(kind="unknown", visit="v", person=person, similarity=0.31)
    second = an_event(kind="asked-for-pass", visit="v", person=person, similarity=0.52)
    kiosk = pushed(central, first, second, an_event(kind="health"), an_event(kind="unknown"))
    alone, both = visits(central, kiosk["id"])
    assert [attempt["id"] for attempt in both["attempts"]] == [first["id"], second["id"]]
    assert (both["guess"], both["similarity"], both["verdict"]) == (person, 0.52, None)
    assert (alone["guess"], len(alone["attempts"])) == (None, 1)


def test_visits_of_two_kiosks_are_two_though_they_are_called_the_same(central: Running) -> None:
    first, second = (pushed(central, an_event(visit="same")) for _ in range(2))
    assert len(visits(central, first["id"])) == len(visits(central, second["id"])) == 1


def test_a_visit_is_on_one_page_though_others_came_in_between(central: Running) -> None:
    kiosk, token = made(central, "Mixed")
    for number in range(12):
        answers(central, token, an_event(visit=f"v{number % 4}"))
    found = visits(central, kiosk["id"], limit=1)
    assert [visit["visit"].partition(".")[2] for visit in found] == ["v3", "v2", "v1", "v0"]
    assert [len(visit["attempts"]) for visit in found] == [3] * 4


def test_what_an_operator_says_is_kept_with_what_follows(central: Running) -> None:
    person, other = central.person("Guessed")["id"], central.person("Really")["id"]
    near = {"person": person, "similarity": 0.4}
    cases = (
        ("recognised", "person", person, "right"),
        ("unknown", "person", person, "missed"),
        ("unknown", "person", other, "missed"),
        ("recognised", "person", other, "mistaken"),
        ("recognised", "not-this-person", None, "mistaken"),
        ("unknown", "not-this-person", None, "rightly-not"),
        ("unknown", "nobody-known", None, "rightly-not"),
        ("verified", "nobody-known", None, "mistaken"),
    )
    before = central.admin("GET", f"{INBOX}/figures").json()
    for kind, verdict, who, effect in cases:
        visit = a_visit(central, an_event(kind=kind, **near))
        answer = judged(central, visit["visit"], verdict, person=who)
        assert answer["effect"] == effect and "no door opens" in answer["follows"], (kind, verdict)
        (now,) = visits(central, visit["kiosk"])
        assert now["verdict"]["verdict"] == verdict and now["verdict"]["person"] == who
        assert visits(central, visit["kiosk"], waiting=True) == []
    after = central.admin("GET", f"{INBOX}/figures").json()
    grown = {name: after[name] - before[name] for name in after}
    assert grown == {"right": 1, "missed": 2, "mistaken": 3, "rightly_not": 2}
    acts = central.admin("GET", "/v1/audit").json()["acts"]
    assert acts[0]["act"] == "visit-judged" and acts[0]["subject"].startswith("visit:")


def test_the_last_word_counts(central: Running) -> None:
    person = central.person("Thought Again")["id"]
    visit = a_visit(central, an_event(person=person, similarity=0.8))
    judged(central, visit["visit"], "not-this-person")
    judged(central, visit["visit"], "person", person=person)
    (now,) = visits(central, visit["kiosk"])
    assert now["verdict"]["effect"] == "right"


def test_what_makes_no_sense_is_refused(central: Running) -> None:
    nobody = a_visit(central, an_event(kind="unknown"))["visit"]

    def status(visit: str, **said: Any) -> int:
        return central.as_role(Role.OPERATOR, "POST", f"{INBOX}/{visit}", json=said).status_code

    assert status(nobody, verdict="person") == 422
    assert status(nobody, verdict="person", person="nobody") == 404
    assert status(nobody, verdict="not-this-person") == 422
    assert status(nobody, verdict="nobody-known", person="x") == 422
    assert status("no.such", verdict="nobody-known") == 404
    assert status("nonsense", verdict="nobody-known") == 404
    assert central.as_role(Role.VIEWER, "POST", f"{INBOX}/{nobody}", json={}).status_code == 403


def test_of_somebody_erased_the_events_stay_without_them(fresh: Running) -> None:
    erased, other = fresh.person("To Be Erased")["id"], fresh.person("Stays")["id"]
    kiosk = pushed(
        fresh,
        an_event(visit="a", person=erased, similarity=0.8125),
        an_event(visit="b", person=other, similarity=0.7),
        an_event(visit="c", person=other, similarity=0.7),
    )
    for name, person in (("a", other), ("b", erased), ("c", other)):
        judged(fresh, f"{kiosk['id']}.{name}", "person", person=person)
    receipt = fresh.admin("DELETE", f"/v1/people/{erased}").json()
    assert (receipt["removed"]["events"], receipt["removed"]["verdicts"]) == (1, 2)
    assert [(event["person"], event["similarity"]) for event in kept(fresh)] == [
        (other, 0.7),
        (other, 0.7),
        (None, None),
    ]
    assert [bool(visit["verdict"]) for visit in visits(fresh, kiosk["id"])] == [True, False, False]
    assert "0.8125" not in everything(fresh)


def test_a_batch_that_is_being_written_names_nobody_who_is_erased_meanwhile(fresh: Running) -> None:
    """The erasure waits for the batch, or the batch finds the tombstone; never does either miss the other."""
    kiosk, token = made(fresh, "At the same time")
    people = [fresh.person(f"Erased {number}")["id"] for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        pushes = [
            threads.submit(answers, fresh, token, *[an_event(person=person, similarity=0.9) for person in people])
            for _ in range(12)
        ]
        erasures = [threads.submit(fresh.admin, "DELETE", f"/v1/people/{person}") for person in people]
        assert {answer for push in pushes for answer in push.result()} == {"accepted"}
        assert {erasure.result().status_code for erasure in erasures} == {200}
    events = kept(fresh, kiosk=kiosk["id"], limit=500)
    assert len(events) == 96 and {(event["person"], event["similarity"]) for event in events} == {(None, None)}


def test_of_two_who_are_one_the_events_are_of_the_one_who_is_kept(central: Running) -> None:
    one, two = central.person("One"), central.person("Two")
    kiosk = pushed(central, an_event(person=two["id"], similarity=0.8, visit="v"))
    judged(central, f"{kiosk['id']}.v", "person", person=two["id"])
    merged = {"other": two["id"], "version": one["version"]}
    assert central.admin("POST", f"/v1/people/{one['id']}/merge", json=merged).status_code == 200
    (visit,) = visits(central, kiosk["id"])
    assert visit["guess"] == visit["verdict"]["person"] == one["id"]


def test_a_kiosk_that_took_somebody_for_their_other_entry_was_right_when_these_are_one(fresh: Running) -> None:
    one, two, other = (fresh.person(name) for name in ("One", "Two", "Other"))
    seen = [an_event(person=two["id"], similarity=0.8, visit=name) for name in ("same", "another", "nobody")]
    kiosk = pushed(fresh, *seen, an_event(kind="unknown", person=two["id"], similarity=0.4, visit="missed"))
    for name, who in (("same", one), ("missed", one), ("another", other)):
        judged(fresh, f"{kiosk['id']}.{name}", "person", person=who["id"])
    judged(fresh, f"{kiosk['id']}.nobody", "not-this-person")
    merged = {"other": two["id"], "version": one["version"]}
    assert fresh.admin("POST", f"/v1/people/{one['id']}/merge", json=merged).status_code == 200
    figures = fresh.admin("GET", f"{INBOX}/figures").json()
    assert figures == {"right": 1, "missed": 1, "mistaken": 2, "rightly_not": 0}
