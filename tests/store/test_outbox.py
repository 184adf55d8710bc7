"""What the kiosk has to tell central: every act leaves its row, and every row is told until it is settled."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.domain.trust import Levels, Strictness
from kiosk.domain.verdict import Aftermath, Decision, Outcome, Reason
from kiosk.store import Store
from kiosk.wire import forms
from kiosk.wire.fields import unpacked
from kiosk.wire.pushed import BODIES, Answer, Answered, Enrolled, Kind, ModelReport, Push
from tests.store.making import MODEL, NOON, a_decision, a_pass, an_embedding, open_store, query, somebody
from tests.store.syncing import a_key, a_person, answer_all, of_kind, pair, settled, told

LATER = NOON + timedelta(minutes=5)
Act = Callable[[Store, str], object]


def enrolled(store: Store, name: str = "Somebody New") -> str:
    return store.people.enrol(somebody(name), NOON).id


def drop_first_key(store: Store, _: str) -> None:
    first = store.secrets.pass_key().id
    store.secrets.roll_pass_key(NOON)
    settled(store)
    store.secrets.drop_pass_key(first, LATER)


def spend(store: Store, person: str) -> None:
    store.passes.keep(a_pass(person, "once"))
    settled(store)
    store.journal.record(a_decision(), NOON, Aftermath(spent="once", spent_until_utc=LATER))


ACTS: dict[str, tuple[Act, Kind]] = {
    "enrol": (lambda store, _: enrolled(store), Kind.PERSON),
    "templates": (lambda store, who: store.people.add_templates(who, somebody(), NOON), Kind.PERSON),
    "rename": (lambda store, who: store.people.rename(who, "Another Name", NOON), Kind.EDIT),
    "erase": (lambda store, who: store.people.erase(who, NOON), Kind.ERASURE),
    "pass": (lambda store, who: store.passes.keep(a_pass(who)), Kind.PASS),
    "roll": (lambda store, _: store.secrets.roll_pass_key(NOON), Kind.PASS_KEY),
    "drop": (drop_first_key, Kind.PASS_KEY),
    "spend": (spend, Kind.SPENT),
    "record": (lambda store, _: store.journal.record(a_decision(), NOON), Kind.EVENT),
}


@pytest.mark.parametrize("act", ACTS)
def test_an_act_of_a_paired_kiosk_waits_for_central_and_one_of_a_lone_kiosk_does_not(store: Store, act: str) -> None:
    does, kind = ACTS[act]
    does(store, enrolled(store))
    assert store.outbox.waiting().waiting == 0
    with open_store(store.folder.parent / "paired") as other:
        pair(other)
        person = enrolled(other)
        settled(other)
        does(other, person)
        items = of_kind(other.outbox.pending(100), kind)
        assert len(items) == 1
        BODIES[kind].model_validate(items[0].body)
        assert other.outbox.waiting().waiting >= 1


def test_items_travel_as_a_push_and_come_back_as_they_were(store: Store) -> None:
    pair(store)
    enrolled(store)
    items = list(store.outbox.pending(100))
    push = Push(store=store.membership.store_id(), items=items)
    assert forms.read(forms.written(push), Push) == push
    assert [item.seq for item in items] == sorted(item.seq for item in items)


def test_somebody_enrolled_is_told_whole(store: Store) -> None:
    pair(store)
    new = somebody("Zoë Example", an_embedding(1), an_embedding(2))
    person = store.people.enrol(new, NOON)
    (item,) = of_kind(store.outbox.pending(100), Kind.PERSON)
    body = Enrolled.model_validate(item.body)
    assert (body.id, body.name, body.enrolled_utc) == (person.id, "Zoë Example", NOON)
    assert [consent.text_version for consent in body.consents] == ["2025-01"]
    assert unpacked(body.faces[1].vector) == pytest.approx(an_embedding(2).vector, abs=1e-3)


def test_several_acts_on_one_person_are_told_once_in_the_place_of_the_first(store: Store) -> None:
    pair(store)
    settled(store)
    person = enrolled(store)
    store.passes.keep(a_pass(person))
    store.people.add_templates(person, somebody("Ignored", an_embedding(3)), NOON)
    items = of_kind(store.outbox.pending(100), Kind.PERSON, Kind.PASS)
    assert [item.kind for item in items] == [Kind.PERSON, Kind.PASS]
    assert len(items[0].body["faces"]) == 2
    answer_all(store, items)
    assert not of_kind(store.outbox.pending(100), Kind.PERSON, Kind.PASS)


def test_an_act_between_a_push_and_its_answer_still_waits(store: Store) -> None:
    pair(store)
    person = enrolled(store)
    items = store.outbox.pending(100)
    store.people.add_templates(person, somebody("Ignored", an_embedding(3)), NOON)
    answer_all(store, items)
    (item,) = of_kind(store.outbox.pending(100), Kind.PERSON)
    assert len(item.body["faces"]) == 2


def test_somebody_erased_before_they_were_told_of_is_not_told_of(store: Store) -> None:
    pair(store)
    person = enrolled(store)
    store.passes.keep(a_pass(person))
    store.people.rename(person, "Another Name", NOON)
    store.people.erase(person, LATER)
    items = store.outbox.pending(100)
    assert not of_kind(items, Kind.PERSON, Kind.PASS, Kind.EDIT)
    (erasure,) = of_kind(items, Kind.ERASURE)
    assert erasure.body == {"person": person, "erased_utc": LATER}
    assert store.outbox.waiting().waiting == len(items)


def test_the_outbox_holds_no_name(store: Store, folder: Path) -> None:
    pair(store)
    person = enrolled(store, "Quillfeather")
    store.people.rename(person, "Umbrage", NOON)
    assert "Quillfeather" not in str(query(folder, "SELECT * FROM outbox"))
    assert "Umbrage" not in str(query(folder, "SELECT * FROM outbox"))


def test_settling_twice_and_answers_to_nothing_change_nothing(store: Store) -> None:
    pair(store)
    enrolled(store)
    items = store.outbox.pending(3)
    answer_all(store, items)
    left = [item.id for item in store.outbox.pending(100)]
    answer_all(store, items, Answer.REJECTED, "too-late")
    assert [item.id for item in store.outbox.pending(100)] == left
    assert store.outbox.waiting().dead == 0


def test_what_central_rejects_is_kept_with_its_reason_until_it_is_revived(store: Store) -> None:
    pair(store)
    enrolled(store)
    items = store.outbox.pending(100)
    store.outbox.settle([Answered(id=items[0].id, answer=Answer.REJECTED, reason="not-here")], LATER)
    (letter,) = store.outbox.dead(10)
    assert (letter.id, letter.kind, letter.reason, letter.at_utc) == (items[0].id, items[0].kind, "not-here", LATER)
    assert items[0].id not in {item.id for item in store.outbox.pending(100)}
    assert store.outbox.revive() == 1
    assert items[0].id in {item.id for item in store.outbox.pending(100)}
    assert store.outbox.waiting().dead == 0


def test_what_can_not_be_put_into_a_message_is_a_dead_letter_and_holds_up_nothing(store: Store, folder: Path) -> None:
    pair(store)
    person = enrolled(store)
    other = enrolled(store, "Another One")
    query(folder, "UPDATE templates SET vector = zeroblob(541) WHERE person = ?", person)
    assert [item.body["id"] for item in of_kind(store.outbox.pending(100), Kind.PERSON)] == [other]
    assert [(letter.kind, letter.reason) for letter in store.outbox.dead(10)] == [(Kind.PERSON, "damaged")]


def test_a_decision_says_what_central_calls_it(store: Store) -> None:
    pair(store)
    settled(store)
    kinds = {}
    for place, outcome in enumerate(Outcome):
        number = f"0194213f-a000-7000-8000-00000000000{place}"
        decision = Decision(number, outcome, Reason.NOT_SURE_ENOUGH, 1000.0, 0.2, similarity=1.0000001)
        store.journal.record(decision, NOON)
        (item,) = settled(store)
        kinds[item.body["outcome"]] = item.body["kind"]
        assert (item.body["id"], item.body["similarity"]) == (number, 1.0)
    assert kinds == {
        "recognised": "recognised",
        "unknown": "unknown",
        "unsure": "asked-for-pass",
        "verified": "verified",
        "refused": "refused",
    }


def test_an_event_with_an_older_kind_of_id_always_travels_under_the_same_new_one(store: Store) -> None:
    store.journal.record(a_decision("0123456789abcdef0123456789abcdef"), NOON)
    pair(store)
    first = {item.body["seq"]: item.body["id"] for item in of_kind(settled(store), Kind.EVENT)}
    store.outbox.refill()
    again = {item.body["seq"]: item.body["id"] for item in of_kind(settled(store), Kind.EVENT)}
    assert first.items() <= again.items()
    assert first[1].split("-")[2][0] == "7"


def test_a_clock_that_was_never_set_does_not_keep_an_event_from_travelling(store: Store) -> None:
    pair(store)
    settled(store)
    store.journal.note("tested", NOON.replace(year=1970))
    (item,) = settled(store)
    assert item.body["taken_utc"].year == 2000


def test_pairing_tells_everything_that_was_there_and_a_refill_tells_it_again_once(store: Store) -> None:
    person = enrolled(store)
    store.passes.keep(a_pass(person))
    store.passes.revoke("pass-1", NOON)
    store.people.erase(enrolled(store, "Short Stay"), NOON)
    expected = pair(store)
    assert store.outbox.waiting().waiting == expected
    kinds = [item.kind for item in settled(store)]
    counted = {kind: kinds.count(kind) for kind in set(kinds)}
    assert counted == {"pass-key": 1, "person": 1, "pass": 1, "revocation": 1, "erasure": 1, "event": len(kinds) - 5}
    assert counted["event"] == len(store.journal.events())
    assert store.outbox.refill() == store.outbox.refill() == expected
    assert sorted(item.kind for item in settled(store)) == sorted(kinds)


def test_a_refill_loses_nothing_that_waits_or_was_rejected(store: Store) -> None:
    pair(store)
    person = enrolled(store)
    settled(store)
    store.people.rename(person, "Another Name", NOON)
    answer_all(store, of_kind(store.outbox.pending(100), Kind.EDIT), Answer.REJECTED, "not-now")
    store.people.erase(enrolled(store, "Short Stay"), NOON)
    store.outbox.refill()
    kinds = {item.kind for item in settled(store)}
    assert {Kind.EDIT, Kind.ERASURE, Kind.PERSON, Kind.EVENT} <= kinds
    assert store.outbox.waiting().dead == 0


@pytest.mark.parametrize("by_central", [True, False])
def test_a_refill_tells_again_that_a_key_was_dropped(store: Store, *, by_central: bool) -> None:
    pair(store)
    old = store.secrets.pass_key()
    if by_central:
        told(store, a_key(old.id.hex(), old.public_bytes, dropped_utc=NOON))
    else:
        store.secrets.roll_pass_key(NOON)
        store.secrets.drop_pass_key(old.id, NOON)
    settled(store)
    store.outbox.refill()
    keys = {item.body["id"]: item.body for item in of_kind(settled(store), Kind.PASS_KEY)}
    assert set(keys) == {old.id.hex(), store.secrets.pass_key().id.hex()}
    assert keys[old.id.hex()]["public"] == old.public_bytes
    assert keys[old.id.hex()]["dropped_utc"] == NOON
    assert "dropped_utc" not in keys[store.secrets.pass_key().id.hex()]


def test_a_long_journal_is_told_whole_and_in_order(store: Store) -> None:
    for number in range(1500):
        store.journal.note("tested", NOON + timedelta(seconds=number))
    pair(store)
    store.journal.note("last", NOON)
    events = [item.body["seq"] for item in of_kind(settled(store), Kind.EVENT)]
    assert sorted(events) == list(range(1, 1503))
    assert [one for one in events if one <= 1500] == list(range(1, 1501))


def test_a_refill_tells_of_templates_added_here_to_somebody_of_centrals(store: Store) -> None:
    pair(store)
    told(store, a_person("ann"), a_person("bea"))
    store.people.add_templates("ann", somebody("Ignored", an_embedding(3)), NOON)
    settled(store)
    assert len(store.people.templates(MODEL)) == 3
    store.outbox.refill()
    (item,) = of_kind(
        settled(store), Kind.PERSON
    )  # without the template that central told: whose that is, is its to say
    assert (item.body["id"], len(item.body["faces"])) == ("ann", 1)


def test_an_edit_says_the_version_that_the_first_waiting_one_was_made_to(store: Store) -> None:
    pair(store)
    told(store, a_person("ann", 3))
    store.people.rename("ann", "Ann Two", NOON)
    told(store, a_person("ann", 5, "Ann Central"))
    store.people.rename("ann", "Ann Three", NOON)
    (edit,) = of_kind(store.outbox.pending(100), Kind.EDIT)
    assert edit.body == {"person": "ann", "base": 3, "name": "Ann Three"}


def test_a_name_waits_for_its_answer_whatever_central_says_meanwhile(store: Store) -> None:
    pair(store)
    told(store, a_person("ann", 3))
    store.people.rename("ann", "Ann Here", NOON)
    told(store, a_person("ann", 4, "Ann There"))
    assert store.people.find("ann").name == "Ann Here"
    answer_all(store, of_kind(store.outbox.pending(100), Kind.EDIT))
    assert store.people.find("ann").name == "Ann Here"
    told(store, a_person("ann", 5, "Ann There"))
    assert store.people.find("ann").name == "Ann There"


@pytest.mark.parametrize(
    ("answer", "reason"), [(Answer.ACCEPTED, "conflict-kept"), (Answer.REJECTED, "unknown-person")]
)
def test_a_name_that_central_does_not_take_gives_way_to_centrals(store: Store, answer: Answer, reason: str) -> None:
    pair(store)
    told(store, a_person("ann", 3))
    store.people.rename("ann", "Ann Here", NOON)
    told(store, a_person("ann", 4, "Ann There"))
    answer_all(store, of_kind(store.outbox.pending(100), Kind.EDIT), answer, reason)
    assert store.people.find("ann").name == "Ann There"


def test_a_later_report_of_a_model_replaces_the_earlier(store: Store) -> None:
    pair(store)
    settled(store)
    for state, reason in (("failed", "golden-chips"), ("running", "")):
        store.outbox.report(ModelReport(tag="m2", state=state, reason=reason, at_utc=LATER))
    (item,) = settled(store)
    assert item.body == {"tag": "m2", "state": "running", "reason": "", "missing": 0, "at_utc": LATER}


def test_a_choice_of_staff_travels_as_an_event_under_its_own_code(store: Store) -> None:
    pair(store)
    settled(store)
    store.policy.choose(Levels(Strictness.STRICT, Strictness.NORMAL), NOON)
    (item,) = settled(store)
    assert (item.kind, item.body["kind"], "similarity" in item.body) == (Kind.EVENT, "levels-chosen", False)


def test_what_waits_is_told_after_what_it_needs_when_all_is_told_anew(store: Store) -> None:
    pair(store)
    person = store.people.enrol(somebody(), NOON).id
    for number in ("used-up", "withdrawn"):
        store.passes.keep(replace(a_pass(person, number), single_use=True))
    settled(store)
    store.passes.revoke("withdrawn", NOON)
    spent = Aftermath(spent="used-up", spent_until_utc=NOON + timedelta(hours=8))
    store.journal.record(a_decision(person=person), NOON, spent)
    store.outbox.refill()
    told_kinds = [item.kind for item in store.outbox.pending(100) if item.kind != Kind.EVENT]
    kinds = [Kind.PASS_KEY, Kind.PERSON, Kind.PASS, Kind.PASS, Kind.REVOCATION, Kind.SPENT]
    assert told_kinds == kinds


def test_what_is_told_anew_keeps_its_id(store: Store) -> None:
    pair(store)
    store.people.enrol(somebody(), NOON)
    before = of_kind(store.outbox.pending(100), Kind.PERSON)
    store.outbox.refill()
    assert [item.id for item in of_kind(store.outbox.pending(100), Kind.PERSON)] == [item.id for item in before]
