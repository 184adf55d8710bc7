"""Who confirmed an erasure, who has not been heard from, and that it shows."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.central.kiosks_making import confirm, paired
from tests.central.making import Running, running, settings_for
from tests.central.syncing import Puller, a_kiosk, somebody
from tests.central.test_backup import restored, saved
from tests.central.test_feed import move

NOW = datetime.now(UTC)


def receipts(central: Running, person: str) -> dict[str, bool]:
    """Which kiosks were asked, and whether each has confirmed."""
    answer = central.admin("GET", f"/v1/people/{person}/receipts")
    assert answer.status_code == 200, answer.text
    return {one["kiosk"]: one["confirmed_utc"] is not None for one in answer.json()}


def erased(central: Running, person: str) -> None:
    assert central.admin("DELETE", f"/v1/people/{person}").status_code == 200


def test_each_kiosk_of_the_site_confirms_for_itself(fresh: Running) -> None:
    one, other, foreign, gone = a_kiosk(fresh), a_kiosk(fresh), a_kiosk(fresh, site="away"), a_kiosk(fresh)
    fresh.admin("POST", f"/v1/kiosks/{gone.id}/revoke")
    person = fresh.person("To Be Forgotten")["id"]
    assert fresh.admin("GET", f"/v1/people/{person}/receipts").status_code == 404
    erased(fresh, person)
    assert receipts(fresh, person) == {one.id: False, other.id: False}
    one.sync()
    assert one.told("receipt", person=person, gone_utc=NOW) == ("accepted", "")
    assert one.told("receipt", person=person, gone_utc=NOW)[0] == "duplicate"
    assert foreign.told("receipt", person=person, gone_utc=NOW)[0] == "duplicate"
    assert receipts(fresh, person) == {one.id: True, other.id: False}


def test_a_kiosk_that_was_told_before_somebody_moved_confirms_too(fresh: Running) -> None:
    old, new = a_kiosk(fresh), a_kiosk(fresh, site="new site")
    enrolled = somebody()
    old.told("person", **enrolled)
    person = enrolled["id"]
    move(fresh, person, "new site")
    erased(fresh, person)
    assert set(receipts(fresh, person)) == {old.id, new.id}
    assert old.sync().gone == [(person, True)] == new.sync().gone


def test_a_kiosk_that_begins_anew_still_owes_its_receipt(fresh: Running) -> None:
    kiosk = a_kiosk(fresh)
    person = fresh.person("Still Owed")["id"]
    kiosk.sync()
    erased(fresh, person)
    kiosk.cursor = ""
    assert kiosk.sync().gone == [(person, True)]
    kiosk.told("receipt", person=person, gone_utc=NOW)
    kiosk.cursor, kiosk.gone = "", []
    assert kiosk.sync().gone == []


def test_a_kiosk_that_stands_elsewhere_now_is_asked_there(fresh: Running) -> None:
    kiosk = a_kiosk(fresh)
    person = fresh.person("Left Behind")["id"]
    kiosk.sync()
    erased(fresh, person)
    now = fresh.admin("GET", f"/v1/kiosks/{kiosk.id}").json()
    moved = {"name": now["name"], "site": "elsewhere", "version": now["version"]}
    fresh.admin("PUT", f"/v1/kiosks/{kiosk.id}", json=moved)
    assert kiosk.sync().gone == [(person, True)]


def moved(central: Running, kiosk: Puller, site: str) -> None:
    now = central.admin("GET", f"/v1/kiosks/{kiosk.id}").json()
    new = {"name": now["name"], "site": site, "version": now["version"]}
    assert central.admin("PUT", f"/v1/kiosks/{kiosk.id}", json=new).status_code == 200


def test_a_kiosk_that_was_moved_is_asked_until_it_has_heard_of_everybody_there(fresh: Running) -> None:
    kiosk, people = a_kiosk(fresh), [fresh.person(f"Left {number}")["id"] for number in range(4)]
    for number in range(4):
        move(fresh, fresh.person(f"Met {number}")["id"], "next")
    kiosk.sync()
    moved(fresh, kiosk, "next")
    kiosk.pull(1)
    erased(fresh, people[0])
    for _ in range(2):  # it asks after a page of the reset: those of before are still there
        kiosk.pull(1)
    erased(fresh, people[1])
    assert [receipts(fresh, person) for person in people[:2]] == [{kiosk.id: False}] * 2
    kiosk.sync()
    assert {(person, True) for person in people[:2]} <= set(kiosk.gone)
    erased(fresh, people[2])
    assert receipts(fresh, people[2]) == {kiosk.id: False}  # the last page may not have arrived
    kiosk.pull()
    erased(fresh, people[3])
    assert receipts(fresh, people[3]) == {}


def test_a_kiosk_that_was_moved_on_before_it_had_heard_of_everybody_is_asked_for_both(fresh: Running) -> None:
    kiosk, first = a_kiosk(fresh, site="first"), fresh.person("Of the first")["id"]
    second = [fresh.person(f"Of the second {number}")["id"] for number in range(3)]
    move(fresh, first, "first")
    for person in second:
        move(fresh, person, "second")
    kiosk.sync()
    moved(fresh, kiosk, "second")
    kiosk.pull(2)
    for site in ("third", "first"):
        moved(fresh, kiosk, site)
        kiosk.pull(1)
    moved(fresh, kiosk, "fourth")
    for person in (first, second[0]):
        erased(fresh, person)
        assert receipts(fresh, person) == {kiosk.id: False}
    kiosk.sync().pull()
    erased(fresh, second[1])
    assert receipts(fresh, second[1]) == {}


def test_a_kiosk_that_was_paired_again_elsewhere_is_asked_too(fresh: Running) -> None:
    kiosk, person = paired(fresh, site="first"), fresh.person("Of before")["id"]
    move(fresh, person, "first")
    asked = kiosk.ask()
    assert confirm(fresh, asked.code, "There now", site="second").status_code == 200
    erased(fresh, person)
    assert receipts(fresh, person) == {kiosk.id: False}


def test_a_kiosk_that_speaks_of_somebody_erased_is_asked_again(fresh: Running) -> None:
    kiosk, new = a_kiosk(fresh), somebody()
    kiosk.told("person", **new)
    kiosk.sync()
    erased(fresh, new["id"])
    kiosk.sync().told("receipt", person=new["id"], gone_utc=NOW)
    assert receipts(fresh, new["id"]) == {kiosk.id: True}
    kiosk.gone = []
    assert kiosk.told("person", **new) == ("rejected", "erased")  # its card was copied back
    assert receipts(fresh, new["id"]) == {kiosk.id: False}
    assert kiosk.sync().gone == [(new["id"], True)]


def test_receipts_survive_a_restore_and_are_asked_for_again(fresh: Running, tmp_path: Path) -> None:
    kiosk = a_kiosk(fresh)
    person = fresh.person("Restored And Gone")["id"]
    kiosk.sync()
    erased(fresh, person)
    saved(fresh, tmp_path / "b.age")
    with running(settings_for(tmp_path / "unused", "")) as empty:
        restored(empty, tmp_path / "new", tmp_path / "b.age")
    url = f"sqlite+aiosqlite:///{tmp_path}/unused/central.db"
    with running(settings_for(tmp_path / "new", url)) as there:
        kiosk.central = there
        assert (person, True) in kiosk.sync().gone


def test_the_pages_say_who_has_confirmed(fresh: Running) -> None:
    kiosk = a_kiosk(fresh)
    person = fresh.person("On The Page")["id"]
    erased(fresh, person)

    def shown(address: str) -> Any:
        answer = fresh.admin("GET", address)
        assert answer.status_code == 200, answer.text
        return answer.text

    assert "0 of 1 kiosks" in shown("/erasures") and "Waiting" in shown(f"/erasures/{person}")
    kiosk.told("receipt", person=person, gone_utc=NOW)
    assert "1 of 1 kiosks" in shown("/erasures") and "Confirmed" in shown(f"/erasures/{person}")
    assert "Erasures" in shown("/events")
    other = fresh.person("Erased On A Page")["id"]
    page = fresh.admin("POST", f"/people/{other}/erase")
    assert page.status_code == 200 and "Waiting" in page.text
