"""Kiosks and the rules of their sites."""

import re
from html import escape, unescape
from typing import Any

import pytest

from tests.central.making import Running, settled


def made(central: Running, name: str, **more: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """A kiosk, and the header by which it shows its token."""
    answer = central.admin("POST", "/v1/kiosks", json={"name": name, **more})
    assert answer.status_code == 201, answer.text
    kiosk: dict[str, Any] = answer.json()["kiosk"]
    return kiosk, {"Authorization": f"Bearer {answer.json()['token']}"}


def test_a_kiosk_that_speaks_is_alive_and_one_that_does_not_is_silent(fresh: Running) -> None:
    kiosk, token = made(fresh, "Front door", groups=["East"])
    assert (kiosk["state"], kiosk["site"], kiosk["groups"]) == ("new", "site", ["East"])
    said = {"software": "0.1.0", "temperature_c": 61.5, "camera": "good", "waiting": 3}
    heard = fresh.nobody("POST", "/v1/kiosk/heart-beat", headers=token, json=said)
    assert heard.status_code == 200 and "at_utc" in heard.json()
    settled(fresh)
    now = fresh.admin("GET", f"/v1/kiosks/{kiosk['id']}").json()
    assert now["state"] == "alive" and {name: now["said"][name] for name in said} == said
    fresh.clock.forward(minutes=4)
    assert fresh.admin("GET", "/v1/kiosks").json()[0]["state"] == "silent"


def test_the_dashboard_names_some_silent_kiosks_and_says_how_many_more(fresh: Running) -> None:
    for number in range(8):
        kiosk, token = made(fresh, f"Door {number}")
        fresh.nobody("POST", "/v1/kiosk/heart-beat", headers=token, json={})
    settled(fresh)
    fresh.clock.forward(minutes=4)
    shown = fresh.admin("GET", "/", headers={"Accept": "text/html"})
    assert shown.status_code == 200, shown.text
    assert "Door 5" in shown.text and "Door 6" not in shown.text and "2 more" in shown.text
    assert "of 8<" in shown.text
    fresh.admin("POST", f"/v1/kiosks/{kiosk['id']}/revoke")
    assert "of 7<" in fresh.admin("GET", "/", headers={"Accept": "text/html"}).text


def test_a_token_that_was_replaced_or_revoked_is_good_no_more(central: Running) -> None:
    kiosk, old = made(central, "Rotated")
    address = f"/v1/kiosks/{kiosk['id']}"
    new = {"Authorization": f"Bearer {central.admin('POST', f'{address}/token').json()['token']}"}
    assert central.nobody("POST", "/v1/kiosk/heart-beat", headers=old, json={}).status_code == 401
    assert central.nobody("POST", "/v1/kiosk/heart-beat", headers=new, json={}).status_code == 200
    assert central.admin("POST", f"{address}/revoke").json()["state"] == "revoked"
    assert central.nobody("POST", "/v1/kiosk/heart-beat", headers=new, json={}).status_code == 410
    assert central.admin("POST", f"{address}/token").status_code == 409


def test_a_kiosk_s_token_opens_nothing_that_people_may(central: Running) -> None:
    _, token = made(central, "Curious")
    for address in ("/v1/people", "/v1/kiosks", "/v1/audit", "/v1/me"):
        assert central.nobody("GET", address, headers=token).status_code == 401


def test_two_kiosks_have_two_names_and_edits_need_the_newest_version(central: Running) -> None:
    kiosk, _ = made(central, "Back door")
    assert central.admin("POST", "/v1/kiosks", json={"name": "BACK  door"}).status_code == 409
    edited = {"name": "Back door", "site": "north", "version": kiosk["version"]}
    address = f"/v1/kiosks/{kiosk['id']}"
    assert central.admin("PUT", address, json=edited).json()["site"] == "north"
    stale = central.admin("PUT", address, json=edited)
    assert stale.status_code == 409 and stale.json()["current"]["site"] == "north"


def test_a_site_has_the_usual_rules_until_somebody_sets_some(central: Running) -> None:
    usual = central.admin("GET", "/v1/policies/south").json()
    assert (usual["version"], usual["search_level"], usual["claim_level"]) == (0, "normal", "strict")
    rules = {"search_level": "strictest", "languages": ["de", "en"], "retention_days": 30, "version": 0}
    first = central.admin("PUT", "/v1/policies/south", json=rules).json()
    assert (first["version"], first["search_level"], first["languages"]) == (1, "strictest", ["de", "en"])
    stale = central.admin("PUT", "/v1/policies/south", json=rules)
    assert stale.status_code == 409 and stale.json()["current"]["version"] == 1
    assert "south" in [policy["site"] for policy in central.admin("GET", "/v1/policies").json()]
    wrong = central.admin("PUT", "/v1/policies/south", json=rules | {"languages": ["../x"], "version": 1})
    assert wrong.status_code == 422


def test_a_notice_that_was_ever_shown_stays_readable(central: Running) -> None:
    address = "/v1/policies/west/notices/en"
    assert central.admin("GET", address).status_code == 404
    first = central.admin("PUT", address, json={"text": "What is kept."}).json()
    assert central.admin("PUT", address, json={"text": "What is kept."}).json() == first
    second = central.admin("PUT", address, json={"text": "What is kept, and for how long."}).json()
    assert (first["version"], second["version"]) == ("west-en-1", "west-en-2")
    assert central.admin("GET", address).json() == second
    assert central.admin("GET", f"{address}/all").json() == [second, first]


@pytest.mark.parametrize("site", ["R&D", "C#", "A+B", "50 %", "a=b?"])
def test_after_rules_are_saved_the_page_is_that_of_the_same_site(central: Running, site: str) -> None:
    known = central.admin("GET", "/policies", params={"site": site}, headers={"Accept": "text/html"})
    assert f'<h2 class="wrap">{escape(site)}</h2>' in known.text
    rules = {"site": site, "search_level": "strict", "claim_level": "normal", "events_days": "30", "version": "0"}
    rules["languages"] = "en"
    for address, form in (("/policies", rules), ("/policies/notice", {"site": site, "text": "What is kept."})):
        saved = central.admin("POST", address, data=form, headers={"Accept": "text/html"})
        assert saved.status_code == 200, saved.text
        assert f'<h2 class="wrap">{escape(site)}</h2>' in saved.text


def test_a_group_with_a_comma_in_its_name_is_one_group_on_pages_too(central: Running) -> None:
    groups = ["Sales, Lyon", 'The "A" team', "Staff"]
    person = central.person("Of Sales", groups=groups)
    address = f"/people/{person['id']}/edit"
    form = fields(central.admin("GET", address, headers={"Accept": "text/html"}).text)
    assert form["groups"] == '"Sales, Lyon", Staff, "The ""A"" team"'
    saved = central.admin("POST", address, data=form | {"name": "Renamed"})
    assert saved.status_code == 200, saved.text
    now = central.admin("GET", f"/v1/people/{person['id']}").json()
    assert (now["name"], now["groups"]) == ("Renamed", sorted(groups))
    form |= {"version": str(now["version"]), "groups": '"Sales, Lyon'}
    assert central.admin("POST", address, data=form).status_code == 422
    assert central.admin("GET", f"/v1/people/{person['id']}").json()["groups"] == sorted(groups)


def fields(page: str) -> dict[str, str]:
    """The fields of the form on that page, as a browser would send them."""
    form = page[page.index("<main") :]
    found = re.findall(r'<input[^>]*?name="(\w+)"[^>]*?value="([^"]*)"', form)
    return {name: unescape(value) for name, value in found}
