"""What kiosks push: once, item by item, and what becomes of people, edits, passes."""

from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.sync.conformance.findings import NotKept, need
from kiosk.sync.conformance.probe import Kept, key_id
from kiosk.sync.conformance.trial import NAME, Trial, not_taken, spoken, taken
from kiosk.sync.signature import public_of
from kiosk.wire.pulled import KnownPass
from kiosk.wire.pushed import Kind

EXTRA = "conformance_extra"


def events_are_one(trial: Trial) -> None:
    """An event that is pushed twice is one, under the same item or another; another event can't have its id."""
    probe, event = trial.first, trial.event()
    item = probe.item(Kind.EVENT, event)
    (first,) = probe.push(item)
    taken((first.answer.value, first.reason), "an event")
    (again,) = probe.push(item)
    need(again.answer.value == "duplicate", f"the same event pushed again is answered {again.answer.value}")
    anew = probe.told(Kind.EVENT, event)
    need(anew[0] == "duplicate", f"the same event under another item is answered {spoken(anew)}")
    other = probe.told(Kind.EVENT, event | {"seq": 2})
    need(other[0] == "rejected", f"another event under the same id is answered {spoken(other)}, not rejected")


def items_stand_alone(trial: Trial) -> None:
    """An item that the server does not know, or can't read, is rejected by itself; its neighbours are taken."""
    probe = trial.first
    items = [probe.item(Kind.EVENT, trial.event()), probe.item("unheard-of", {}), probe.item(Kind.PERSON, {"id": "!"})]
    items.append(probe.item(Kind.EVENT, trial.event()))
    answers = [(one.answer.value, one.reason) for one in probe.push(*items)]
    taken(answers[0], "an event before a bad item")
    not_taken(answers[1], "unknown-kind", "an item of a kind not known")
    not_taken(answers[2], "bad-body", "an item that can't be read")
    taken(answers[3], "an event after a bad item")


def people_come_back(trial: Trial) -> None:
    """Somebody enrolled at one kiosk comes to the other with template, consent, and members that nobody knows."""
    body = trial.enrolled(**{EXTRA: {"kept": ["as", 1, "came"]}})
    change = trial.second.kept.people[body["id"]]
    known = change.person
    if known is None:
        raise NotKept("a change of the kind person has no person")
    need(known.name == NAME and known.version >= 1, "name or version of somebody enrolled is not as it should be")
    face = body["faces"][0]
    need([(one.id, one.vector) for one in known.faces] == [(face["id"], face["vector"])], "the template came otherwise")
    need([one.text_version for one in known.consents] == ["conformance"], "the consent came otherwise")
    need((known.model_extra or {}).get(EXTRA) == body[EXTRA], "a member that the server does not know was lost")
    again = trial.first.told(Kind.PERSON, body)
    need(again[0] == "duplicate", f"the same enrolment pushed again is answered {spoken(again)}")


def consent_is_needed(trial: Trial) -> None:
    """Faces without any consent are rejected."""
    not_taken(trial.first.told(Kind.PERSON, trial.body(consents=[])), "consent", "a template without consent")


def edits_travel(trial: Trial) -> None:
    """An edit of what nobody else changed is applied, and comes to the other kiosk."""
    person = trial.enrolled()["id"]
    base = _version(trial, person)
    taken(trial.first.told(Kind.EDIT, {"person": person, "base": base, "name": f"{NAME} A"}), "an edit")
    need(_name(trial, person) == f"{NAME} A", "an edit does not come to the other kiosk")
    taken(trial.first.told(Kind.EDIT, {"person": person, "base": base, "name": f"{NAME} B"}), "the same kiosk's next")
    need(_name(trial, person) == f"{NAME} B", "a kiosk's own earlier edit counts as somebody else's")


def conflicts_are_kept(trial: Trial) -> None:
    """An edit of what somebody else changed meanwhile is kept for an admin and changes nothing."""
    person = trial.enrolled()["id"]
    base = _version(trial, person)
    taken(trial.first.told(Kind.EDIT, {"person": person, "base": base, "name": f"{NAME} A"}), "an edit")
    answer = trial.second.told(Kind.EDIT, {"person": person, "base": base, "name": f"{NAME} C"})
    need(answer == ("accepted", "conflict-kept"), f"a contradicting edit is answered {spoken(answer)}")
    need(_name(trial, person) == f"{NAME} A", "a contradicting edit was applied")


def passes_travel(trial: Trial) -> None:
    """A pass and its key come to the other kiosk; a withdrawn pass, and a dropped key, are ended there."""
    person, key = trial.enrolled()["id"], _a_key()
    taken(trial.first.told(Kind.PASS_KEY, key), "a pass key")
    body = _a_pass(trial, person, key["id"])
    taken(trial.first.told(Kind.PASS, body), "a pass")
    kept = trial.second.pull()
    need(key["id"] in kept.keys, "a pass key does not come to the other kiosk")
    need(_pass(trial, body["id"]).ended_utc is None, "a pass comes ended")
    taken(trial.first.told(Kind.REVOCATION, {"id": body["id"], "at_utc": trial.at()}), "a withdrawal")
    need(_pass(trial, body["id"]).ended_utc is not None, "a withdrawn pass is still good at the other kiosk")
    taken(trial.first.told(Kind.PASS_KEY, key | {"dropped_utc": trial.at()}), "a key that is dropped")
    dropped = trial.second.pull().keys[key["id"]].key
    need(dropped is not None and dropped.dropped_utc is not None, "a dropped key is still good at the other kiosk")


def keys_are_ones_own(trial: Trial) -> None:
    """A key has the id of its bytes, and no kiosk drops another's; a pass needs a person and a key that are known."""
    person, key = trial.enrolled()["id"], _a_key()
    not_taken(trial.first.told(Kind.PASS_KEY, key | {"id": "0" * 16}), "bad-key", "a key with another id")
    taken(trial.first.told(Kind.PASS_KEY, key), "a pass key")
    dropped = key | {"dropped_utc": trial.at()}
    not_taken(trial.second.told(Kind.PASS_KEY, dropped), "not-yours", "another kiosk's key")
    not_taken(trial.first.told(Kind.PASS, _a_pass(trial, person, "0" * 16)), "unknown-key", "a pass by no known key")
    nobody = trial.first.told(Kind.PASS, _a_pass(trial, trial.first.id(), key["id"]))
    not_taken(nobody, "unknown-person", "a pass for nobody")
    taken(trial.first.told(Kind.PASS_KEY, dropped), "a key that is dropped")


def passes_end_for_good(trial: Trial) -> None:
    """A pass for one visit that was used is used up at the other kiosk; what ended, no later push brings back."""
    person, key = trial.enrolled()["id"], _a_key()
    taken(trial.first.told(Kind.PASS_KEY, key), "a pass key")
    body = _a_pass(trial, person, key["id"]) | {"single_use": True}
    taken(trial.first.told(Kind.PASS, body), "a pass for one visit")
    taken(trial.first.told(Kind.SPENT, {"id": body["id"], "at_utc": trial.at()}), "a visit")
    spent = _pass(trial, body["id"])
    need(spent.used and spent.ended_utc is not None, "a pass that was used is good once more at the other kiosk")
    taken(trial.first.told(Kind.PASS_KEY, key | {"dropped_utc": trial.at()}), "a key that is dropped")
    for kind, again in ((Kind.PASS, body), (Kind.PASS_KEY, key)):
        answer = trial.first.told(kind, again)
        need(answer[0] == "duplicate", f"a {kind} that ended, pushed again as it was, is answered {spoken(answer)}")
    whole = Kept()
    trial.second.pulled("", whole)
    change, dropped = whole.passes.get(body["id"]), whole.keys.get(key["id"])
    is_good = change is not None and change.pass_ is not None and change.pass_.ended_utc is None
    need(not is_good, "a pass that was used is good again once it is pushed again")
    is_kept = dropped is not None and dropped.key is not None and dropped.key.dropped_utc is None
    need(not is_kept, "a key that was dropped is good again once it is pushed again")


def sites_are_apart(trial: Trial) -> None:
    """A kiosk of another site is told of nobody here, and changes, erases and ends nothing here."""
    person, key, other = trial.enrolled()["id"], _a_key(), trial.third
    taken(trial.first.told(Kind.PASS_KEY, key), "a pass key")
    body = _a_pass(trial, person, key["id"])
    taken(trial.first.told(Kind.PASS, body), "a pass")
    kept = other.pull()
    need(person not in kept.people, "somebody is told to a kiosk of another site")
    need(body["id"] not in kept.passes, "a pass is told to a kiosk of another site")
    foreign = {
        Kind.EDIT: {"person": person, "base": 1, "name": f"{NAME} X"},
        Kind.ERASURE: {"person": person, "erased_utc": trial.at()},
        Kind.REVOCATION: {"id": body["id"], "at_utc": trial.at()},
        Kind.PASS: _a_pass(trial, person, key["id"]),
    }
    for kind, said in foreign.items():
        answer = other.told(kind, said)
        need(answer[0] == "rejected", f"{kind} by a kiosk of another site is answered {spoken(answer)}, not rejected")
    need(_name(trial, person) == NAME, "a kiosk of another site has changed or erased somebody")
    need(_pass(trial, body["id"]).ended_utc is None, "a kiosk of another site has withdrawn a pass")
    taken(trial.first.told(Kind.PASS_KEY, key | {"dropped_utc": trial.at()}), "a key that is dropped")


def _a_key() -> dict[str, Any]:
    public = public_of(Ed25519PrivateKey.generate())
    return {"id": key_id(public), "public": public}


def _a_pass(trial: Trial, person: str, key: str) -> dict[str, Any]:
    site = trial.first.member.site
    need(bool(site), "the test kiosks have no site, so passes can't be tried; confirm them with one")
    now = trial.at().replace(microsecond=0)
    times = {"not_before_utc": now, "expires_utc": now + timedelta(hours=1)}
    return {"id": trial.first.id(), "person": person, "site": site, "key": key} | times


def _pass(trial: Trial, wanted: str) -> KnownPass:
    change = trial.second.pull().passes.get(wanted)
    if change is None or change.pass_ is None:
        raise NotKept("a pass does not come to the other kiosk")
    return change.pass_


def _version(trial: Trial, person: str) -> int:
    known = trial.second.kept.people[person].person
    return known.version if known is not None else 0


def _name(trial: Trial, person: str) -> str:
    change = trial.second.pull().people.get(person)
    return change.person.name if change is not None and change.person is not None else ""
