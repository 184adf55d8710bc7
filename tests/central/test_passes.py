"""Passes over the API: what is issued can be read and checked at a door, and what is over can't."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pictures

from kiosk.central.access.scopes import Role
from kiosk.central.passes.service import Desk
from kiosk.domain.errors import PassRefused
from kiosk.domain.reckoning import Reckoning
from kiosk.passes import token
from kiosk.passes.keys import PassKey
from kiosk.passes.reading import Options, read_codes
from kiosk.vision.reading import load_image_bytes
from tests.central.making import Running


def issued(central: Running, person: str, **more: Any) -> dict[str, Any]:
    made = central.admin("POST", "/v1/passes", json={"person": person, **more})
    assert made.status_code == 201, made.text
    shown: dict[str, Any] = made.json()
    return shown


def text_in(picture: bytes) -> str:
    image = load_image_bytes(picture, "the code")
    (text,) = read_codes(image, Options())
    return text


def keys(central: Running) -> list[PassKey]:
    async def work() -> list[PassKey]:
        async with central.house.database.reading() as session:
            desk = Desk(session, central.house.vault)
            return [desk._opened(row) for row in await desk.keys() if row.sealed]

    found: list[PassKey] = central.run(work)
    return found


def now() -> Reckoning:
    return Reckoning(datetime.now(UTC), None)


def test_a_pass_is_good_at_a_door_that_has_the_key(central: Running) -> None:
    person = central.person("Invited Guest")
    made = issued(central, person["id"], hours=4, single_use=True)
    assert (made["state"], made["person_name"], made["single_use"]) == ("valid", "Invited Guest", True)
    text = text_in(central.admin("GET", f"/v1/passes/{made['id']}/qr.png").content)
    claims = token.check(text, keys(central), "site", now())
    assert (claims.pass_id, claims.person, claims.single_use) == (made["id"], person["id"], True)
    assert text_in(central.admin("GET", f"/v1/passes/{made['id']}/qr.png").content) == text


def test_a_code_as_svg_says_the_same(central: Running) -> None:
    made = issued(central, central.person("Drawn")["id"])
    png = text_in(central.admin("GET", f"/v1/passes/{made['id']}/qr.png").content)
    answer = central.admin("GET", f"/v1/passes/{made['id']}/qr.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert text_in(rasterised(answer.text)) == png


def rasterised(svg: str) -> bytes:
    """The squares of the path, four pixels each."""
    side = int(svg.split('viewBox="0 0 ')[1].split()[0])
    modules = np.full((side, side), 255, np.uint8)
    for run in svg.split('<path d="')[1].split('"')[0].split("M")[1:]:
        x, rest = run.split(" ", 1)
        y, length = rest.split("h")[0], rest.split("h")[1].split("v")[0]
        modules[int(y), int(x) : int(x) + int(length)] = 0
    out = io.BytesIO()
    Pictures.fromarray(modules.repeat(4, 0).repeat(4, 1)).save(out, "PNG")
    return out.getvalue()


def test_a_revoked_an_expired_and_a_keyless_pass_have_no_code(fresh: Running) -> None:
    person = fresh.person("Over")["id"]
    revoked, expired, keyless = (issued(fresh, person, hours=hours) for hours in (4, 1, 5))
    assert fresh.admin("POST", f"/v1/passes/{revoked['id']}/revoke").json()["state"] == "revoked"
    fresh.clock.forward(hours=2)
    (key,) = fresh.admin("GET", "/v1/passes/keys").json()
    assert fresh.admin("GET", f"/v1/passes/{keyless['id']}/qr.png").status_code == 200
    fresh.admin("DELETE", f"/v1/passes/keys/{key['id']}")
    states = {one["id"]: one["state"] for one in fresh.admin("GET", "/v1/passes").json()["passes"]}
    assert states == {revoked["id"]: "revoked", expired["id"]: "key-dropped", keyless["id"]: "key-dropped"}
    for one in (revoked, expired, keyless):
        for form in ("qr.png", "qr.svg", "badge.pdf"):
            assert fresh.admin("GET", f"/v1/passes/{one['id']}/{form}").status_code == 409
    assert issued(fresh, person)["state"] == "valid", "a new key signs"


def test_a_new_key_signs_and_the_old_one_still_checks(fresh: Running) -> None:
    person = fresh.person("Rolled")["id"]
    old = issued(fresh, person)
    fresh.admin("POST", "/v1/passes/keys")
    new = issued(fresh, person)
    for one in (old, new):
        text = text_in(fresh.admin("GET", f"/v1/passes/{one['id']}/qr.png").content)
        assert token.check(text, keys(fresh), "site", now()).pass_id == one["id"]
    newest = keys(fresh)[:1]
    with pytest.raises(PassRefused):
        old_text = text_in(fresh.admin("GET", f"/v1/passes/{old['id']}/qr.png").content)
        token.check(old_text, newest, "site", now())


def test_the_code_of_a_pass_is_not_shown_to_those_who_may_only_look(central: Running) -> None:
    made = issued(central, central.person("Bearer")["id"])
    address = f"/v1/passes/{made['id']}"
    assert central.as_role(Role.VIEWER, "GET", address).status_code == 200
    for form in ("qr.png", "qr.svg", "badge.pdf"):
        assert central.as_role(Role.VIEWER, "GET", f"{address}/{form}").status_code == 403
    sheet = {"passes": [made["id"]]}
    assert central.as_role(Role.VIEWER, "POST", "/v1/passes/badges.pdf", json=sheet).status_code == 403
    shown = [central.as_role(role, "GET", f"/passes/{made['id']}").text for role in (Role.VIEWER, Role.OPERATOR)]
    assert ["<svg xmlns" in page or 'aria-label="QR code' in page for page in shown] == [False, True]


def test_a_badge_has_a_page_for_each_pass(central: Running, demo_faces: dict[str, Path]) -> None:
    with_picture = central.enrolled("Zoë of the Long Double-Barrelled Name that hardly fits", demo_faces["astronaut"])
    without = central.person("Łucja Żółć", host="Somebody")
    passes = [issued(central, person["id"])["id"] for person in (with_picture, without)]
    answer = central.admin("POST", "/v1/passes/badges.pdf", json={"passes": passes})
    assert answer.headers["content-type"] == "application/pdf" and answer.content[:5] == b"%PDF-"
    assert answer.content.count(b"/Type /Page\n") == 2
    central.admin("DELETE", f"/v1/people/{with_picture['id']}")


def test_passes_go_with_their_owner(central: Running) -> None:
    person = central.person("Leaving")
    made = issued(central, person["id"])
    receipt = central.admin("DELETE", f"/v1/people/{person['id']}").json()
    assert receipt["removed"]["passes"] == 1
    assert central.admin("GET", f"/v1/passes/{made['id']}").status_code == 404


def test_passes_of_somebody_merged_become_the_other_s(central: Running) -> None:
    kept, other = central.person("Kept"), central.person("Other")
    made = issued(central, other["id"])
    merged = central.admin("POST", f"/v1/people/{kept['id']}/merge", json={"other": other["id"], "version": 1})
    assert merged.status_code == 200
    assert central.admin("GET", f"/v1/passes/{made['id']}").json()["person"] == kept["id"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"hours": 0},
        {"hours": 9000},
        {"not_before_utc": "2020-01-01T00:00:00Z"},
        {"not_before_utc": "soon"},
        {"not_before_utc": "2100-01-01T00:00:00Z"},
        {"not_before_utc": "2099-12-31T20:00:00Z", "hours": 4},
    ],
)
def test_a_pass_that_could_never_be_used_is_refused(central: Running, wrong: dict[str, Any]) -> None:
    person = central.person("Refused")["id"]
    assert central.admin("POST", "/v1/passes", json={"person": person, **wrong}).status_code == 422


def test_a_pass_is_not_valid_when_its_owner_is_not(central: Running) -> None:
    until = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    person = central.person("Until Noon", valid_until_utc=until)["id"]
    assert central.admin("POST", "/v1/passes", json={"person": person, "hours": 3}).json()["reason"] == "validity"
    assert issued(central, person, hours=1)["state"] == "valid"
    assert central.admin("POST", "/v1/passes", json={"person": "nobody"}).status_code == 404


def test_pages_of_passes_hold_each_once(central: Running) -> None:
    person = central.person("Many Passes")["id"]
    made = {issued(central, person)["id"] for _ in range(5)}
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = central.admin("GET", "/v1/passes", params={"person": person, "limit": 2, "cursor": cursor}).json()
        seen += [one["id"] for one in page["passes"]]
        cursor = page["next"]
    assert len(seen) == 5 and set(seen) == made
