"""What kiosks tell: each item is answered by itself, twice is harmless, and nobody writes for another site."""

import base64
import gzip
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from kiosk.central.access.principal import KioskPrincipal
from kiosk.central.errors import Revoked
from kiosk.central.people.tables import TombstoneRow
from kiosk.central.sync.taking import take
from kiosk.passes.keys import PassKey
from kiosk.wire import forms
from kiosk.wire.forms import CBOR, JSON
from kiosk.wire.pulled import Gone
from kiosk.wire.pushed import Item, Push, PushAnswer
from tests.central.events import an_event
from tests.central.events import kept as events_kept
from tests.central.making import Running, settled
from tests.central.syncing import CONSENT, Puller, a_face, a_kiosk, an_item, somebody
from tests.central.test_erasing import everything, sealed_values
from tests.central.test_feed import edited, move

NOW = datetime.now(UTC).replace(microsecond=0)


def person_of(central: Running, person: str) -> dict[str, Any]:
    answer = central.admin("GET", f"/v1/people/{person}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def renamed(central: Running, person: str, name: str) -> None:
    now = person_of(central, person)
    edited = {"name": name, "groups": now["groups"], "version": now["version"]}
    assert central.admin("PUT", f"/v1/people/{person}", json=edited).status_code == 200


def a_pass(person: str, key: str, **more: Any) -> dict[str, Any]:
    times = {"not_before_utc": NOW, "expires_utc": NOW + timedelta(hours=2)}
    number = a_face()["id"]
    return {"id": number, "person": person, "site": "site", "key": key, "single_use": True, **times} | more


def dead(central: Running, kiosk: Puller) -> list[tuple[str, str]]:
    letters = central.admin("GET", f"/v1/kiosks/{kiosk.id}/dead-letters").json()
    return sorted((one["kind"], one["reason"]) for one in letters)


def test_who_is_enrolled_at_one_kiosk_is_known_at_the_next(central: Running) -> None:
    first, second = a_kiosk(central), a_kiosk(central)
    new = somebody("Enrolled There", faces=2)
    assert first.told("person", **new) == ("accepted", "")
    known = second.sync().people[new["id"]]
    assert (known.name, known.version) == ("Enrolled There", 1)
    assert {face.id: face.vector for face in known.faces} == {face["id"]: face["vector"] for face in new["faces"]}
    assert [one.text_version for one in known.consents] == ["kept-1"]
    assert known.enrolled_utc.isoformat() == "2026-11-20T09:00:00+00:00"
    details = person_of(central, new["id"])
    assert (details["site"], details["origin"], len(details["templates"])) == ("site", "kiosk", 2)
    assert details["consents"][0]["recorded_by"] == first.id


def test_pushing_twice_is_harmless_and_what_is_new_is_added(central: Running) -> None:
    kiosk, new = a_kiosk(central), somebody()
    assert kiosk.told("person", **new)[0] == "accepted"
    assert kiosk.told("person", **new)[0] == "duplicate"
    more = new | {"name": "Another name", "faces": [*new["faces"], a_face()]}
    assert kiosk.told("person", **more)[0] == "accepted"
    details = person_of(central, new["id"])
    assert len(details["templates"]) == 2 and len(details["consents"]) == 1 and details["name"] == new["name"]
    assert kiosk.told("person", **new)[0] == "duplicate"


def test_a_face_without_consent_is_not_taken(central: Running) -> None:
    kiosk = a_kiosk(central)
    assert kiosk.told("person", **somebody(consents=[])) == ("rejected", "consent")
    assert kiosk.told("person", **somebody(faces=0)) == ("accepted", "")


def test_a_face_that_can_not_be_of_the_model_it_names_is_not_taken(central: Running) -> None:
    kiosk, model = a_kiosk(central).sync(), central.house.model
    vector = a_face()["vector"]
    assert len(vector) == 2 * model.dimension
    short = a_face(model=model.name, vector=vector[:128])
    assert kiosk.told("person", **somebody(faces=0, consents=[CONSENT]) | {"faces": [short]}) == (
        "rejected",
        "bad-body",
    )
    good = [a_face(model=model.name), a_face(model="not known here", vector=vector[:128])]
    assert kiosk.told("person", **somebody(faces=0, consents=[CONSENT]) | {"faces": good}) == ("accepted", "")


def test_one_bad_item_holds_up_no_other_and_is_kept_without_its_body(central: Running) -> None:
    kiosk, good = a_kiosk(central), somebody("Good One")
    letters = [
        an_item("person", somebody("​")),
        an_item("person", {"id": "no"}),
        an_item("person", good),
        an_item("horoscope", {"sign": "leo"}),
        an_item("edit", {"person": "nobody", "base": 1, "name": "Nobody"}),
    ]
    answers = [(one.answer.value, one.reason) for one in kiosk.push(*letters)]
    assert answers == [
        ("rejected", "length"),
        ("rejected", "bad-body"),
        ("accepted", ""),
        ("rejected", "unknown-kind"),
        ("rejected", "unknown-person"),
    ]
    reasons = [("edit", "unknown-person"), ("horoscope", "unknown-kind"), ("person", "bad-body"), ("person", "length")]
    assert dead(central, kiosk) == reasons
    kiosk.push(letters[-1] | {"body": {"person": good["id"], "base": 1, "name": "Better One"}})
    assert dead(central, kiosk) == reasons[1:]


def test_what_was_not_taken_is_listed_until_the_kiosk_has_nothing_of_the_kind_any_more(fresh: Running) -> None:
    kiosk, other = a_kiosk(fresh), a_kiosk(fresh)
    for one in (kiosk, other):
        one.push(an_item("horoscope", {"sign": "leo"}))
    for said, listed in (({}, 1), ({"dead": 1}, 1), ({"dead": 0}, 0)):
        fresh.clock.forward(seconds=30)
        assert fresh.nobody("POST", "/v1/kiosk/heart-beat", headers=kiosk.token, json=said).status_code == 200
        settled(fresh)
        assert len(dead(fresh, kiosk)) == listed
    assert len(dead(fresh, other)) == 1


def test_what_a_newer_kiosk_says_of_somebody_comes_back(central: Running) -> None:
    kiosk, new = a_kiosk(central), somebody()
    more = {"badge_colour": "green", "shoes": {"size": 44}, "valid_until_utc": "2020-01-01T00:00:00Z", "version": 99}
    assert kiosk.told("person", **new, **more)[0] == "accepted"
    known = a_kiosk(central).sync().people[new["id"]]
    assert known.model_extra == {"badge_colour": "green", "shoes": {"size": 44}}
    assert (known.valid_until_utc, known.version) == (None, 1)
    assert kiosk.told("person", **somebody(), novel="x" * 5000) == ("rejected", "too-large")


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("value", ["\ud800", {"\udc00": 1}, nested(100)], ids=["text", "name", "nested"])
def test_what_no_page_can_say_again_is_not_kept_of_somebody(central: Running, value: Any) -> None:
    kiosk, new = a_kiosk(central), somebody()
    items = [an_item("person", new | {"faces": [], "novel": value})]
    sent = {"content": json.dumps({"store": "store", "items": items}), "headers": kiosk.token | {"Content-Type": JSON}}
    answer = central.nobody("POST", "/v1/kiosk/push", **sent).json()["answers"][0]
    assert (answer["answer"], answer["reason"]) == ("rejected", "too-large")
    assert new["id"] not in a_kiosk(central).sync().people


def test_an_edit_is_applied_where_nobody_else_changed_the_same(central: Running) -> None:
    kiosk, new = a_kiosk(central), somebody("First Name")
    kiosk.told("person", **new)
    who = {"person": new["id"], "base": 1}
    assert kiosk.told("edit", **who, name="Second Name") == ("accepted", "")
    assert kiosk.told("edit", **who, name="Third Name") == ("accepted", "")  # its own edits it knows
    assert kiosk.told("edit", **who, name="Third Name")[0] == "duplicate"
    known = kiosk.sync().people[new["id"]]
    assert (known.name, known.version) == ("Third Name", 3)


def test_of_two_edits_of_the_same_an_admin_says_which_it_is(central: Running) -> None:
    kiosk, person = a_kiosk(central), central.person("As Made")["id"]
    base = kiosk.sync().people[person].version
    renamed(central, person, "As Admins Have It")
    item = an_item("edit", {"person": person, "base": base, "name": "As The Kiosk Has It"})
    assert [(one.answer.value, one.reason) for one in kiosk.push(item)] == [("accepted", "conflict-kept")]
    assert kiosk.push(item)[0].answer.value == "duplicate"
    assert person_of(central, person)["name"] == "As Admins Have It"
    (kept,) = [one for one in central.admin("GET", "/v1/conflicts").json() if one["person"] == person]
    assert (kept["wanted"], kept["current"]) == ("As The Kiosk Has It", "As Admins Have It")
    address = f"/v1/conflicts/{kept['id']}"
    assert central.admin("POST", address, json={"take": "wanted"}).status_code == 204
    assert central.admin("POST", address, json={"take": "wanted"}).status_code == 404
    assert kiosk.sync().people[person].name == "As The Kiosk Has It"


def test_erasure_beats_everything(fresh: Running) -> None:
    one, other, new = a_kiosk(fresh), a_kiosk(fresh), somebody("Gone For Good")
    one.told("person", **new)
    other.sync()
    late = {"person": new["id"], "erased_utc": NOW}
    assert one.told("erasure", **late)[0] == "accepted"
    assert one.told("erasure", **late)[0] == "duplicate"
    assert other.told("edit", person=new["id"], base=1, name="Gone By Name") == ("rejected", "erased")
    assert other.told("person", **new) == ("rejected", "erased")
    assert other.sync().people == {} and other.gone == [(new["id"], True)]
    assert fresh.admin("GET", f"/v1/people/{new['id']}").status_code == 404
    assert "Gone For Good" not in everything(fresh) and "Gone By Name" not in everything(fresh)
    unheard = somebody()
    assert one.told("erasure", person=unheard["id"], erased_utc=NOW)[0] == "accepted"
    assert other.told("person", **unheard) == ("rejected", "erased")


def test_a_kiosk_writes_for_nobody_whom_it_can_t_know(central: Running) -> None:
    mine, foreign = a_kiosk(central), a_kiosk(central, site="far away")
    limited = a_kiosk(central, groups=["Chosen Few"])
    new = somebody("Of This Site")
    mine.told("person", **new)
    for other in (foreign, limited):
        assert other.told(
            "person",
            **new,
        ) == ("rejected", "not-yours")
        assert other.told("edit", person=new["id"], base=1, name="Hijacked") == ("rejected", "not-yours")
        assert other.told("erasure", person=new["id"], erased_utc=NOW) == ("rejected", "not-yours")
    own = somebody("Of The Few")
    assert limited.told("person", **own)[0] == "accepted" and own["id"] in limited.sync().people
    stolen = somebody(
        faces=0,
        consents=[CONSENT],
    )
    assert foreign.told("person", **stolen | {"faces": new["faces"]}) == ("rejected", "id-taken")


def test_events_are_taken_once_whatever_they_are_called(fresh: Running) -> None:
    kiosk = a_kiosk(fresh)
    events = [an_event(), an_event(kind="pin-changed"), an_event(kind="camera-lost"), an_event(novelty=1)]
    items = [an_item("event", event) for event in events]
    assert {one.answer.value for one in kiosk.push(*items)} == {"accepted"}
    assert {one.answer.value for one in kiosk.push(*items)} == {"duplicate"}
    kinds = {event["id"]: (event["kind"], event["reason"]) for event in events_kept(fresh)}
    wanted = [("recognised", ""), ("staff", "pin-changed"), ("fault", "camera-lost"), ("recognised", "")]
    assert [kinds[event["id"]] for event in events] == wanted
    bad = kiosk.push(an_item("event", an_event(id=events[0]["id"])), an_item("event", {"id": 3}))
    assert [one.reason for one in bad] == ["another-event-has-this-id", "bad-body"]


def test_an_event_beside_the_erasure_of_its_person_names_nobody(fresh: Running) -> None:
    kiosk, new = a_kiosk(fresh), somebody()
    kiosk.told("person", **new)
    erasure = an_item("erasure", {"person": new["id"], "erased_utc": NOW})
    kiosk.push(erasure, an_item("event", an_event(person=new["id"], similarity=0.8)))
    assert [event["person"] for event in events_kept(fresh)] == [None]


def test_a_pass_of_a_kiosk_is_good_at_its_site_and_ends_everywhere(central: Running) -> None:
    kiosk, other, foreign = a_kiosk(central), a_kiosk(central), a_kiosk(central, site="beyond")
    new, key = somebody(), PassKey.generate()
    made = {"id": key.id.hex(), "public": key.public_bytes}
    issued = a_pass(new["id"], key.id.hex())
    assert kiosk.told("pass", **issued) == ("rejected", "unknown-person")
    kiosk.told("person", **new)
    assert kiosk.told("pass", **issued) == ("rejected", "unknown-key")
    assert kiosk.told("pass-key", **made | {"id": "0" * 16}) == ("rejected", "bad-key")
    assert kiosk.told("pass-key", **made) == ("accepted", "")
    assert other.told("pass-key", **made) == ("rejected", "not-yours")
    assert kiosk.told("pass", **issued | {"site": "beyond"}) == ("rejected", "not-yours")
    assert kiosk.told("pass", **issued) == ("accepted", "")
    assert kiosk.told("pass", **issued)[0] == "duplicate"
    assert other.sync().keys[key.id.hex()].public == key.public_bytes and issued["id"] in other.passes
    assert key.id.hex() not in foreign.sync().keys
    ended = {"id": issued["id"], "at_utc": NOW}
    assert foreign.told("spent", **ended) == ("rejected", "not-yours")
    assert other.told("spent", **ended) == ("accepted", "")
    assert other.told("spent", **ended)[0] == "duplicate"
    known = kiosk.sync().passes[issued["id"]]
    assert known.used and known.ended_utc == NOW
    assert central.admin("GET", f"/v1/passes/{issued['id']}").json()["state"] == "used"
    assert kiosk.told("revocation", id="nothing", at_utc=NOW) == ("accepted", "gone")
    assert kiosk.told("pass-key", **made, dropped_utc=NOW)[0] == "accepted"
    assert other.sync().keys[key.id.hex()].dropped_utc == NOW


def test_central_shows_a_kiosk_s_pass_but_can_t_print_it(central: Running) -> None:
    kiosk, new, key = a_kiosk(central), somebody(), PassKey.generate()
    issued = a_pass(new["id"], key.id.hex())
    kiosk.told("person", **new)
    kiosk.told("pass-key", id=key.id.hex(), public=key.public_bytes)
    assert kiosk.told("pass", **issued)[0] == "accepted"
    page = central.admin("GET", f"/passes/{issued['id']}")
    assert page.status_code == 200 and "Its code is not shown" in page.text
    assert central.admin("GET", f"/v1/passes/{issued['id']}/qr.png").status_code == 409
    own = central.admin("POST", "/v1/passes", json={"person": new["id"]}).json()
    assert central.admin("GET", f"/v1/passes/{own['id']}/qr.png").status_code == 200
    keys = central.admin("GET", "/v1/passes/keys").json()
    assert [one["signs"] for one in keys if one["id"] == key.id.hex()] == [False]


def test_a_picture_is_kept_where_the_site_says_so(central: Running, demo_faces: dict[str, Any]) -> None:
    out = io.BytesIO()
    Image.open(demo_faces["obama"]).convert("RGB").resize((112, 112)).save(out, "JPEG")
    kiosk, new = a_kiosk(central), somebody(chip=out.getvalue())
    assert kiosk.told("person", **new) == ("accepted", "")
    assert kiosk.told("person", **new)[0] == "duplicate"
    assert central.admin("GET", f"/v1/people/{new['id']}/picture").content[:4] == b"RIFF"
    assert kiosk.told("person", **somebody(chip=b"no picture")) == ("accepted", "picture-refused")
    central.admin("PUT", "/v1/policies/discreet", json={"keep_pictures": False, "version": 0})
    discreet, other = a_kiosk(central, site="discreet"), somebody(chip=out.getvalue())
    assert discreet.told("person", **other) == ("accepted", "")
    assert central.admin("GET", f"/v1/people/{other['id']}/picture").status_code == 404


def test_a_kiosk_says_what_became_of_a_model(central: Running) -> None:
    kiosk = a_kiosk(central)
    report = {"tag": "a model", "state": "failed", "reason": "golden", "at_utc": NOW}
    assert kiosk.told("model", **report)[0] == "accepted"
    assert kiosk.told("model", **report)[0] == "accepted"


@pytest.mark.parametrize("form", [CBOR, JSON])
def test_either_form_is_read_packed_or_not(central: Running, form: str) -> None:
    kiosk, new = a_kiosk(central), somebody(faces=9)
    body = new if form == CBOR else textual(new)
    push = Push(store="store", items=[Item.model_validate(an_item("person", body))])
    content, is_packed = forms.packed(forms.written(push, form))
    assert is_packed
    headers = {**kiosk.token, "Content-Type": form, "Content-Encoding": "gzip", "Accept": form}
    answer = central.nobody("POST", "/v1/kiosk/push", headers=headers, content=content)
    assert answer.status_code == 200, answer.text
    assert forms.read(answer.content, PushAnswer, form).answers[0].answer.value == "accepted"
    assert len(person_of(central, new["id"])["templates"]) == 9


def textual(new: dict[str, Any]) -> dict[str, Any]:
    """As JSON has it."""
    faces = [face | {"vector": base64.b64encode(face["vector"]).decode()} for face in new["faces"]]
    return new | {"faces": faces}


def test_what_is_too_much_or_no_push_is_refused(central: Running) -> None:
    kiosk = a_kiosk(central)

    def status(content: bytes, **headers: str) -> int:
        usual = {**kiosk.token, "Content-Type": CBOR}
        return central.nobody("POST", "/v1/kiosk/push", headers=usual | headers, content=content).status_code

    bomb = gzip.compress(b"\x00" * 20_000_000)
    assert status(bomb, **{"Content-Encoding": "gzip"}) == 422
    assert status(b"\x00" * 9_000_000) == 413
    assert status(b"nonsense") == 422
    assert status(b"x", **{"Content-Encoding": "br"}) == 415
    assert status(b"x", **{"Content-Type": "text/plain"}) == 415
    assert kiosk.send(*(an_item("event", an_event()) for _ in range(100))).status_code == 200


def test_an_erasure_counts_though_they_were_moved_away_meanwhile(central: Running) -> None:
    kiosk, stranger, body = a_kiosk(central), a_kiosk(central, site="third"), somebody("Moved And Erased")
    assert kiosk.told("person", **body) == ("accepted", "")
    move(central, body["id"], "beyond the hill")
    assert stranger.told("erasure", person=body["id"], erased_utc=NOW) == ("rejected", "not-yours")
    assert kiosk.told("erasure", person=body["id"], erased_utc=NOW) == ("accepted", "")
    assert central.admin("GET", f"/v1/people/{body['id']}").status_code == 404


def merged(central: Running, kept: str, other: str) -> None:
    """They are one from now on."""
    asked = {"other": other, "version": person_of(central, kept)["version"]}
    assert central.admin("POST", f"/v1/people/{kept}/merge", json=asked).status_code == 200


def test_an_erasure_counts_though_they_were_merged_into_somebody_meanwhile(fresh: Running) -> None:
    kiosk, stranger, new = a_kiosk(fresh), a_kiosk(fresh, site="third"), somebody("Merged And Erased")
    kiosk.told("person", **new)
    kept, last = fresh.person("Kept One")["id"], fresh.person("Kept Last")["id"]
    merged(fresh, kept, new["id"])
    merged(fresh, last, kept)
    move(fresh, last, "beyond the hill")
    assert stranger.told("erasure", person=new["id"], erased_utc=NOW) == ("rejected", "not-yours")
    assert kiosk.told("erasure", person=new["id"], erased_utc=NOW) == ("accepted", "")
    assert fresh.admin("GET", f"/v1/people/{last}").status_code == 404
    assert sealed_values(fresh) == [] and "Kept Last" not in everything(fresh)
    assert kiosk.told("erasure", person=new["id"], erased_utc=NOW) == ("duplicate", "")
    assert kiosk.told("erasure", person=kept, erased_utc=NOW) == ("duplicate", "")
    assert into_whom(fresh) == {None}


def test_who_was_merged_is_no_erasure_when_a_kiosk_tells_everything_again(fresh: Running) -> None:
    kiosk, new = a_kiosk(fresh), somebody("Merged And Told Again")
    kiosk.told("person", **new)
    kept = fresh.person("Kept After All")["id"]
    merged(fresh, kept, new["id"])
    kiosk.sync()
    assert kiosk.last_gone == Gone(id=new["id"], erased=True, merged=True, into=kept)
    assert kiosk.told("receipt", person=new["id"], gone_utc=NOW) == ("accepted", "")
    assert kiosk.told("erasure", person=new["id"], erased_utc=NOW) == ("duplicate", "")  # by a kiosk of before
    assert fresh.admin("GET", f"/v1/people/{kept}").status_code == 200
    move(fresh, kept, "beyond the hill")
    other = a_kiosk(fresh)
    other.told("person", **new)
    assert other.sync().last_gone == Gone(id=new["id"], erased=True, merged=True)


def test_an_erasure_of_somebody_merged_counts_where_the_card_was_copied_back(fresh: Running) -> None:
    kiosk, new = a_kiosk(fresh), somebody("Erased On A Copy")
    kiosk.told("person", **new)
    kept = fresh.person("Kept And Erased")["id"]
    merged(fresh, kept, new["id"])
    kiosk.told("receipt", person=new["id"], gone_utc=NOW)
    later = NOW + timedelta(minutes=1)
    assert kiosk.told("erasure", person=new["id"], erased_utc=later) == ("accepted", "")
    assert fresh.admin("GET", f"/v1/people/{kept}").status_code == 404


def test_kiosks_hear_that_somebody_merged_is_erased_with_whoever_they_became(fresh: Running) -> None:
    kiosk, new = a_kiosk(fresh), somebody("Merged Then Erased")
    kiosk.told("person", **new)
    kept = fresh.person("Kept Then Erased")["id"]
    merged(fresh, kept, new["id"])
    assert (new["id"], True) in kiosk.sync().gone and kiosk.last_gone.merged
    kiosk.gone.clear()
    fresh.admin("DELETE", f"/v1/people/{kept}")
    assert sorted(kiosk.sync().gone) == sorted([(new["id"], True), (kept, True)]) and not kiosk.last_gone.merged


def test_events_of_somebody_erased_before_central_heard_of_them_name_nobody(fresh: Running) -> None:
    kiosk, person = a_kiosk(fresh), a_face()["id"]
    event = an_event(person=person, similarity=0.8)
    kiosk.push(an_item("event", event), an_item("erasure", {"person": person, "erased_utc": NOW}))
    assert [(one["person"], one["similarity"]) for one in events_kept(fresh)] == [(None, None)]
    acts = fresh.admin("GET", "/v1/audit", params={"subject": f"person:{person}"}).json()["acts"]
    assert [act["act"] for act in acts] == ["person-erased"]


def test_a_kiosk_that_is_revoked_in_the_middle_of_a_push_gets_no_further(fresh: Running) -> None:
    kiosk, key = a_kiosk(fresh), PassKey.generate()
    fresh.admin("POST", f"/v1/kiosks/{kiosk.id}/revoke")
    made = an_item("pass-key", {"id": key.id.hex(), "public": key.public_bytes})
    push = Push(store="store", items=[Item.model_validate(made)])
    with pytest.raises(Revoked):
        fresh.run(take, fresh.house, KioskPrincipal(kiosk.id, "site"), push)
    assert key.id.hex() not in a_kiosk(fresh).sync().keys


def test_a_pass_is_for_the_site_of_its_bearer(central: Running) -> None:
    kiosk, body = a_kiosk(central, site="where they are"), somebody()
    kiosk.told("person", **body)
    issued = central.admin("POST", "/v1/passes", json={"person": body["id"]}).json()
    assert issued["site"] == "where they are" and issued["id"] in kiosk.sync().passes


def test_a_kiosk_that_names_somebody_of_another_site_is_told_to_keep_nothing_of_them(central: Running) -> None:
    there, here, body = a_kiosk(central, site="where they are"), a_kiosk(central, site="here alone"), somebody()
    there.told("person", **body)
    here.sync()
    assert here.told("person", **body) == ("rejected", "not-yours")
    assert here.sync().last_gone == Gone(id=body["id"])
    assert here.told("erasure", person=body["id"], erased_utc=NOW) == ("rejected", "not-yours")


def into_whom(central: Running) -> set[str | None]:
    """What tombstones say of those who are still there."""

    async def work() -> set[str | None]:
        async with central.house.database.reading() as session:
            return set((await session.scalars(select(TombstoneRow.merged_into))).all())

    found: set[str | None] = central.run(work)
    return found


def test_an_event_that_names_somebody_merged_meanwhile_is_of_whom_they_became(fresh: Running) -> None:
    kiosk, new = a_kiosk(fresh), somebody("Merged And Seen")
    kiosk.told("person", **new)
    kept = fresh.person("Kept And Seen")["id"]
    merged(fresh, kept, new["id"])
    late = an_event(person=new["id"], similarity=0.8)
    kiosk.push(an_item("event", late))
    assert [(event["person"], event["similarity"]) for event in events_kept(fresh)] == [(kept, 0.8)]
    assert fresh.admin("DELETE", f"/v1/people/{kept}").status_code == 200
    kiosk.push(an_item("event", an_event(person=new["id"], similarity=0.8)))
    assert {(event["person"], event["similarity"]) for event in events_kept(fresh)} == {(None, None)}


def test_a_pass_of_somebody_merged_meanwhile_is_of_whom_they_became(fresh: Running) -> None:
    kiosk, new, key = a_kiosk(fresh), somebody("Merged With A Pass"), PassKey.generate()
    kiosk.told("person", **new)
    kiosk.told("pass-key", id=key.id.hex(), public=key.public_bytes)
    before, after = a_pass(new["id"], key.id.hex()), a_pass(new["id"], key.id.hex())
    assert kiosk.told("pass", **before) == ("accepted", "")
    kept = somebody("Kept With A Pass")
    kiosk.told("person", **kept)
    merged(fresh, kept["id"], new["id"])
    assert kiosk.told("pass", **before)[0] == "duplicate"
    assert kiosk.told("pass", **after) == ("accepted", "")
    assert {kiosk.sync().passes[one["id"]].person for one in (before, after)} == {kept["id"]}
    assert kiosk.told("pass", **before | {"person": a_face()["id"]}) == ("rejected", "id-taken")
    assert fresh.admin("DELETE", f"/v1/people/{kept['id']}").status_code == 200
    assert kiosk.told("pass", **a_pass(new["id"], key.id.hex())) == ("rejected", "erased")


def test_a_kiosk_that_names_somebody_who_was_moved_away_is_told_again(central: Running) -> None:
    kiosk, body = a_kiosk(central), somebody("Moved And Named Again")
    kiosk.told("person", **body)
    kiosk.sync()
    move(central, body["id"], "beyond the hill")
    assert body["id"] not in kiosk.sync().people
    kiosk.gone.clear()
    assert kiosk.told("person", **body) == ("rejected", "not-yours")
    assert (body["id"], False) in kiosk.sync().gone


def test_a_pass_for_somebody_who_was_moved_away_meanwhile_is_not_the_kiosk_s(central: Running) -> None:
    kiosk, body, key = a_kiosk(central), somebody("Moved And Invited"), PassKey.generate()
    kiosk.told("person", **body)
    kiosk.told("pass-key", id=key.id.hex(), public=key.public_bytes)
    move(central, body["id"], "beyond the hill")
    assert kiosk.told("pass", **a_pass(body["id"], key.id.hex())) == ("rejected", "not-yours")


def test_a_pass_counts_as_used_though_its_owner_or_the_kiosk_was_moved_meanwhile(fresh: Running) -> None:
    person = fresh.person("Used It", groups=["Guests"])
    kiosk = a_kiosk(fresh, groups=["Guests"])
    new = {"person": person["id"], "hours": 8, "single_use": True}
    first, second, third = (fresh.admin("POST", "/v1/passes", json=new).json()["id"] for _ in range(3))
    assert set(kiosk.sync().passes) == {first, second, third}
    edited(fresh, person, groups=[])
    assert kiosk.told("spent", id=first, at_utc=NOW) == ("accepted", "")
    row = fresh.admin("GET", f"/v1/kiosks/{kiosk.id}").json()
    moved = {"name": row["name"], "site": "beyond", "version": row["version"]}
    assert fresh.admin("PUT", f"/v1/kiosks/{kiosk.id}", json=moved).status_code == 200
    assert kiosk.told("spent", id=second, at_utc=NOW) == ("accepted", "")
    assert a_kiosk(fresh, site="beyond").told("spent", id=third, at_utc=NOW) == ("rejected", "not-yours")
    kiosk.sync().pull()
    assert kiosk.told("spent", id=third, at_utc=NOW) == ("rejected", "not-yours")


def test_a_pass_for_somebody_erased_is_not_taken_and_their_receipt_wanted_again(central: Running) -> None:
    kiosk, body, key = a_kiosk(central), somebody("Erased And Invited"), PassKey.generate()
    kiosk.told("person", **body)
    kiosk.told("pass-key", id=key.id.hex(), public=key.public_bytes)
    central.admin("DELETE", f"/v1/people/{body['id']}")
    kiosk.sync().told("receipt", person=body["id"], gone_utc=NOW)
    kiosk.gone = []
    assert kiosk.told("pass", **a_pass(body["id"], key.id.hex())) == ("rejected", "erased")
    assert kiosk.sync().gone == [(body["id"], True)]


def test_an_erasure_counts_though_the_kiosk_was_moved_meanwhile(central: Running) -> None:
    kiosk, body = a_kiosk(central, site="old"), somebody("Left Behind And Erased")
    assert kiosk.told("person", **body) == ("accepted", "")
    row = central.admin("GET", f"/v1/kiosks/{kiosk.id}").json()
    moved = {"name": row["name"], "site": "new", "version": row["version"]}
    assert central.admin("PUT", f"/v1/kiosks/{kiosk.id}", json=moved).status_code == 200
    assert kiosk.told("erasure", person=body["id"], erased_utc=NOW) == ("accepted", "")
    other = somebody("Left Behind For Good")
    assert a_kiosk(central, site="old").told("person", **other) == ("accepted", "")
    kiosk.sync().sync()  # now it has heard of it
    assert kiosk.told("erasure", person=other["id"], erased_utc=NOW) == ("rejected", "not-yours")


def test_no_kiosk_trusts_the_keys_of_one_that_was_revoked(central: Running) -> None:
    kiosk, other, key = a_kiosk(central), a_kiosk(central), PassKey.generate()
    kiosk.told("pass-key", id=key.id.hex(), public=key.public_bytes)
    assert other.sync().keys[key.id.hex()].dropped_utc is None
    assert central.admin("POST", f"/v1/kiosks/{kiosk.id}/revoke").status_code == 200
    assert other.sync().keys[key.id.hex()].dropped_utc is not None


def test_an_admin_drops_the_keys_of_a_kiosk_that_left_by_itself(fresh: Running) -> None:
    kiosk, other, key = a_kiosk(fresh), a_kiosk(fresh), PassKey.generate()
    kiosk.told("pass-key", id=key.id.hex(), public=key.public_bytes)
    html, offered = {"Accept": "text/html"}, f"/kiosks/{kiosk.id}/revoke"
    assert fresh.nobody("DELETE", "/v1/kiosk", headers=kiosk.token).status_code == 204
    assert other.sync().keys[key.id.hex()].dropped_utc is None, "passes of a kiosk that was given up stay good"
    page = fresh.admin("GET", "/kiosks", headers=html).text
    assert offered in page and "Drop its keys" in page
    assert fresh.admin("POST", offered, follow_redirects=False).status_code == 303
    assert other.sync().keys[key.id.hex()].dropped_utc is not None
    assert offered not in fresh.admin("GET", "/kiosks", headers=html).text


def test_pushes_and_pulls_are_counted_for_whoever_watches(fresh: Running) -> None:
    kiosk, new = a_kiosk(fresh), somebody()
    kiosk.told("person", **new)
    kiosk.told("person", **new)
    kiosk.told("edit", person="nobody", base=0, name="N")
    kiosk.sync()
    text = fresh.admin("GET", "/metrics").text
    for line in (
        *(f'central_pushed_items_total{{answer="{one}"}} 1.0' for one in ("accepted", "duplicate", "rejected")),
        'central_pulled_pages_total{reset="new"} 1.0',
        'central_feed_lag_bucket{le="10.0"} 1.0',
        "central_streams 0.0",
    ):
        assert line in text
