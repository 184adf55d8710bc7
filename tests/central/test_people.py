"""People over the API, on both databases."""

from pathlib import Path

import pytest

from tests.central.making import CONSENT, Running
from tests.central.syncing import a_kiosk, somebody


def test_somebody_is_made_read_edited_and_found(central: Running) -> None:
    window = {"weekdays": [0, 1, 2, 3, 4], "from_minute": 480, "until_minute": 1080}
    made = central.person("  Zoë   Quine ", host="Grace Hopper", groups=["Staff", "staff"], windows=[window])
    assert (made["name"], made["groups"], made["windows"], made["version"]) == ("Zoë Quine", ["staff"], [window], 1)
    read = central.admin("GET", f"/v1/people/{made['id']}").json()
    assert read["consents"] == [] and read["templates"] == [] and read["name"] == "Zoë Quine"
    edited = central.admin("PUT", f"/v1/people/{made['id']}", json={"name": "Zoe Q", "version": 1}).json()
    assert (edited["name"], edited["version"], edited["groups"], edited["windows"]) == ("Zoe Q", 2, [], [])
    found = central.admin("POST", "/v1/people/search", json={"text": "ZOÉ q"}).json()["people"]
    assert [person["id"] for person in found] == [made["id"]]


def test_a_stale_edit_is_refused_with_how_they_are_now(central: Running) -> None:
    made = central.person("Two Admins")
    address = f"/v1/people/{made['id']}"
    assert central.admin("PUT", address, json={"name": "First", "version": 1}).status_code == 200
    second = central.admin("PUT", address, json={"name": "Second", "version": 1})
    assert second.status_code == 409 and second.json()["error"] == "stale"
    assert (second.json()["current"]["name"], second.json()["current"]["version"]) == ("First", 2)


@pytest.mark.parametrize("year", ["1999", "2100", "9999"])
def test_a_moment_that_no_kiosk_could_be_told_is_refused_in_a_sentence(
    central: Running, demo_faces: dict[str, Path], year: str
) -> None:
    made, moment = central.person(f"Not Of {year}"), f"{year}-12-31T00:00:00Z"
    for member in ("valid_from_utc", "valid_until_utc"):
        edited = {"name": made["name"], "version": 1, member: moment}
        for method, path in (("PUT", f"/v1/people/{made['id']}"), ("POST", "/v1/people")):
            body = {name: value for name, value in edited.items() if method == "PUT" or name != "version"}
            answer = central.admin(method, path, json=body)
            assert answer.status_code == 422, answer.text
            (wrong,) = answer.json()["fields"]
            assert wrong["where"] == f"body.{member}" and "a year from 2000 to 2099 is needed" in wrong["what"]
    answer = central.enrol(made["id"], demo_faces["obama"], consent={**CONSENT, "given_utc": moment})
    assert answer.status_code == 422 and "of the years 2000 to 2099" in answer.json()["message"]
    assert central.admin("GET", f"/v1/people/{made['id']}").json()["consents"] == []


def test_pages_hold_everybody_once(central: Running) -> None:
    made = {central.person(f"Page {number}")["id"] for number in range(7)}
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = central.admin("POST", "/v1/people/search", json={"text": "page", "limit": 3, "cursor": cursor}).json()
        seen += [person["id"] for person in page["people"]]
        cursor = page["next"]
    assert len(seen) == len(made) and set(seen) == made


def test_somebody_is_enrolled_recognised_disabled_and_erased(central: Running, demo_faces: dict[str, Path]) -> None:
    person = central.enrolled("Face One", demo_faces["obama"], demo_faces["obama2"])
    other = central.enrolled("Face Two", demo_faces["biden"])
    details = central.admin("GET", f"/v1/people/{person['id']}").json()
    assert details["enrolled"] and details["has_picture"] and len(details["templates"]) == 1
    assert details["consents"][0]["text_version"] == CONSENT["text_version"]
    assert central.admin("GET", f"/v1/people/{person['id']}/picture").content[:4] == b"RIFF"

    def match() -> str | None:
        picture = {"picture": demo_faces["obama3"].read_bytes()}
        answer = central.admin("POST", "/v1/faces/identify", files=picture)
        assert answer.status_code == 200, answer.text
        found: str | None = answer.json()["match"]
        return found

    assert match() == person["id"]
    central.admin("POST", f"/v1/people/{person['id']}/disable", json={"version": details["version"]})
    assert match() is None
    central.admin("POST", f"/v1/people/{person['id']}/enable", json={"version": details["version"] + 1})
    assert match() == person["id"]
    receipt = central.admin("DELETE", f"/v1/people/{person['id']}").json()
    assert receipt["removed"] == {"templates": 1, "pictures": 1, "consents": 1, "passes": 0, "events": 0, "verdicts": 0}
    assert match() is None
    assert central.admin("GET", f"/v1/people/{person['id']}").status_code == 404
    central.admin("DELETE", f"/v1/people/{other['id']}")


def test_two_people_who_are_one_become_one(central: Running, demo_faces: dict[str, Path]) -> None:
    one = central.enrolled("Merge One", demo_faces["obama"])
    other = central.enrolled("Merge Two", demo_faces["obama2"])
    version = central.admin("GET", f"/v1/people/{one['id']}").json()["version"]
    merged = central.admin("POST", f"/v1/people/{one['id']}/merge", json={"other": other["id"], "version": version})
    assert merged.status_code == 200, merged.text
    details = central.admin("GET", f"/v1/people/{one['id']}").json()
    assert len(details["templates"]) == 2 and len(details["consents"]) == 2
    assert central.admin("GET", f"/v1/people/{other['id']}").status_code == 404
    central.admin("DELETE", f"/v1/people/{one['id']}")


def test_nobody_is_made_one_with_somebody_of_another_site_or_who_is_disabled(central: Running) -> None:
    kiosk, body = a_kiosk(central, site="beyond"), somebody("Elsewhere")
    kiosk.told("person", **body)
    kept, other = central.person("Kept"), central.person("Disabled")
    central.admin("POST", f"/v1/people/{other['id']}/disable", json={"version": 1})
    for one in (body["id"], other["id"]):
        asked = {"other": one, "version": kept["version"]}
        answer = central.admin("POST", f"/v1/people/{kept['id']}/merge", json=asked)
        assert answer.status_code == 409 and answer.json()["error"] == "conflict", answer.text
        assert central.admin("GET", f"/v1/people/{one}").status_code == 200
    both = {"other": kept["id"], "version": 2}
    assert central.admin("POST", f"/v1/people/{other['id']}/merge", json=both).status_code == 200


def test_photographs_without_a_face_or_with_two_say_which(central: Running, demo_faces: dict[str, Path]) -> None:
    person = central.person("No Face")
    blank = Path(__file__).resolve().parents[2] / "docs" / "pictures" / "staff.jpg"
    answer = central.enrol(person["id"], demo_faces["obama"], blank)
    assert answer.status_code == 422 and answer.json()["message"].startswith("Photograph 2:")
    mixed = central.enrol(person["id"], demo_faces["obama"], demo_faces["biden"])
    assert (mixed.status_code, mixed.json()["reason"]) == (422, "several-people")
    assert central.enrol(person["id"], demo_faces["obama"], consent={}).json()["reason"] == "consent"


def test_the_longest_name_is_taken_whatever_it_is_written_with(central: Running) -> None:
    one_letter = "\ufdfa"  # which is eighteen letters when it is folded
    name = one_letter * 80
    made = central.person(name, groups=[name])
    assert (made["name"], made["groups"]) == (name, [name])
    found = central.admin("POST", "/v1/people/search", json={"text": one_letter}).json()["people"]
    assert made["id"] in [one["id"] for one in found]
    kiosk, body = a_kiosk(central), somebody(name)
    assert kiosk.told("person", **body) == ("accepted", "")
    assert kiosk.told("edit", person=body["id"], base=1, name=f"{name[:-1]}!") == ("accepted", "")
    for number in (made["id"], body["id"]):
        central.admin("DELETE", f"/v1/people/{number}")


def test_a_group_has_windows_and_goes_without_its_people(central: Running) -> None:
    window = {"weekdays": [5, 6], "from_minute": 600, "until_minute": 720}
    made = central.admin("POST", "/v1/groups", json={"name": "Weekend", "windows": [window]}).json()
    person = central.person("Weekender", groups=["weekend"])
    (group,) = [one for one in central.admin("GET", "/v1/groups").json() if one["id"] == made["id"]]
    assert (group["people"], group["windows"]) == (1, [window])
    assert central.admin("POST", "/v1/groups", json={"name": "WEEKEND"}).status_code == 409
    wrong = {"weekdays": [0], "from_minute": 700, "until_minute": 600}
    address = f"/v1/groups/{made['id']}"
    assert central.admin("PUT", address, json={"name": "Weekend", "windows": [wrong]}).json()["reason"] == "window"
    assert central.admin("DELETE", address).status_code == 204
    assert central.admin("GET", f"/v1/people/{person['id']}").json()["groups"] == []


def test_somebody_enrolled_twice_is_found_and_others_are_not(fresh: Running, demo_faces: dict[str, Path]) -> None:
    one = fresh.enrolled("Twice", demo_faces["obama"])
    other = fresh.enrolled("Twice again", demo_faces["obama2"])
    fresh.enrolled("Once", demo_faces["biden"])
    (pair,) = fresh.admin("GET", "/v1/lookalikes").json()
    assert {pair["a"], pair["b"]} == {one["id"], other["id"]} and pair["is_duplicate"]
    fresh.admin("DELETE", f"/v1/people/{other['id']}")
    assert fresh.admin("GET", "/v1/lookalikes").json() == []
