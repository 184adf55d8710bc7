"""How a kiosk becomes one of the fleet, on both databases and through HTTP alone."""

import gzip

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.central.access.scopes import Role
from kiosk.wire import forms
from kiosk.wire.beating import Heard
from kiosk.wire.pairing import CODE_LETTERS, Asked, Claim, PairingState
from kiosk.wire.pulled import Page
from kiosk.wire.signing import claim_text
from tests.central.kiosks_making import CBOR, PairedKiosk, confirm, paired
from tests.central.making import Running, settled


def find(central: Running, code: str) -> dict[str, object]:
    answer = central.admin("POST", "/v1/pairings/find", json={"code": code})
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def state(central: Running, kiosk: PairedKiosk) -> str:
    told: str = central.admin("GET", f"/v1/kiosks/{kiosk.id}").json()["state"]
    return told


def test_a_kiosk_asks_is_confirmed_and_has_its_token(fresh: Running) -> None:
    kiosk = PairedKiosk(fresh.client)
    asked = kiosk.ask()
    assert len(asked.code) == 8 and set(asked.code) <= set(CODE_LETTERS)
    assert kiosk.claimed(asked.id).state is PairingState.WAITING
    found = find(fresh, f" {asked.code[:4].lower()}-{asked.code[4:]}")
    assert (found["fingerprint"], found["software"], found["known"]) == (kiosk.fingerprint, "0.9", None)
    made = confirm(fresh, asked.code, "Front door", site="north", groups=["East"]).json()
    assert (made["name"], made["site"], made["groups"], made["state"]) == ("Front door", "north", ["East"], "new")
    given = kiosk.claim(asked.id)
    assert (given.kiosk, given.name, given.site) == (made["id"], "Front door", "north")
    heard = kiosk.beat(software="0.9", dead=2, cursor="a.1.b")
    assert heard.status_code == 200
    settled(fresh)
    now = fresh.admin("GET", f"/v1/kiosks/{kiosk.id}").json()
    assert (now["state"], now["said"]["dead"], now["wire"], now["fingerprint"]) == ("alive", 2, 1, kiosk.fingerprint)
    acts = [act["act"] for act in fresh.admin("GET", "/v1/audit").json()["acts"]]
    assert "kiosk-paired" in acts


def test_a_claim_whose_answer_was_lost_is_repeated_until_its_token_is_used(central: Running) -> None:
    kiosk = PairedKiosk(central.client)
    asked = kiosk.ask()
    confirm(central, asked.code)
    lost, kept = kiosk.claimed(asked.id), kiosk.claim(asked.id)
    assert lost.credentials is not None and lost.credentials.token != kept.token
    assert (lost.credentials.signer, lost.credentials.epoch) == (kept.signer, kept.epoch)
    assert kiosk.send("GET", "/v1/kiosk/model").status_code == 200
    again = kiosk.claimed(asked.id)
    assert again.state is PairingState.CONFIRMED and again.credentials is None
    kiosk.token = lost.credentials.token
    assert kiosk.send("GET", "/v1/kiosk/model").status_code == 401


def test_a_heart_beat_is_a_first_use_too(central: Running) -> None:
    kiosk = PairedKiosk(central.client)
    asked = kiosk.ask()
    confirm(central, asked.code)
    kiosk.claim(asked.id)
    assert kiosk.beat().status_code == 200
    settled(central)
    assert kiosk.claimed(asked.id).credentials is None


def test_who_asks_must_have_the_key_that_they_name(central: Running) -> None:
    kiosk, other = PairedKiosk(central.client), Ed25519PrivateKey.generate()
    for wrong in (
        kiosk.asking(public=other.public_key().public_bytes_raw()),
        kiosk.asking(store="another"),
        kiosk.asking(signature=bytes(64)),
        kiosk.asking(public=bytes(32)),
    ):
        answer = kiosk.open("/v1/pairings", wrong)
        assert (answer.status_code, answer.json()["error"]) == (401, "bad-signature")
    asked = kiosk.ask()
    claim = Claim(signature=other.sign(claim_text(asked.id)))
    assert kiosk.open(f"/v1/pairings/{asked.id}/claim", claim).json()["error"] == "bad-signature"
    assert kiosk.open("/v1/pairings/nobody/claim", claim).status_code == 404


def test_asking_again_with_the_same_key_ends_the_earlier_code(central: Running) -> None:
    kiosk = PairedKiosk(central.client)
    first, second = kiosk.ask(), kiosk.ask()
    assert confirm(central, first.code).status_code == 404
    assert kiosk.claimed(first.id).state is PairingState.EXPIRED
    assert confirm(central, second.code).status_code == 200


def test_a_code_is_good_for_a_quarter_of_an_hour(fresh: Running) -> None:
    kiosk = PairedKiosk(fresh.client)
    asked = kiosk.ask()
    fresh.clock.forward(minutes=16)
    assert fresh.admin("POST", "/v1/pairings/find", json={"code": asked.code}).status_code == 404
    assert confirm(fresh, asked.code).status_code == 404
    assert kiosk.claimed(asked.id).state is PairingState.EXPIRED


def test_a_confirmed_pairing_waits_a_day_for_its_kiosk(fresh: Running) -> None:
    kiosk = PairedKiosk(fresh.client)
    asked = kiosk.ask()
    confirm(fresh, asked.code)
    fresh.clock.forward(hours=23)
    assert kiosk.claimed(asked.id).credentials is not None
    fresh.clock.forward(hours=2)
    assert kiosk.claimed(asked.id).state is PairingState.EXPIRED


def test_wrong_codes_cost_time_like_wrong_passwords(fresh: Running) -> None:
    asked = PairedKiosk(fresh.client).ask()
    wrong = "BBBBBBBB" if asked.code != "BBBBBBBB" else "CCCCCCCC"
    answers = [fresh.admin("POST", "/v1/pairings/find", json={"code": wrong}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [404] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert confirm(fresh, asked.code).status_code == 429
    fresh.clock.forward(seconds=40)
    assert confirm(fresh, asked.code).status_code == 200


def test_what_is_no_code_is_said_so_and_not_counted(fresh: Running) -> None:
    asked = PairedKiosk(fresh.client).ask()
    for code in ("short", "12345678", asked.code + "2", "\x00" * 8):
        assert fresh.admin("POST", "/v1/pairings/find", json={"code": code}).status_code == 422
    assert find(fresh, asked.code)["known"] is None
    assert confirm(fresh, asked.code, "  ").status_code == 422
    assert confirm(fresh, asked.code, "Now it has one").status_code == 200


def test_a_kiosk_that_was_refused_hears_so(central: Running) -> None:
    kiosk = PairedKiosk(central.client)
    asked = kiosk.ask()
    assert central.admin("POST", "/v1/pairings/refuse", json={"code": asked.code}).status_code == 204
    assert kiosk.claimed(asked.id).state is PairingState.REFUSED
    assert confirm(central, asked.code).status_code == 404


def test_only_who_may_change_kiosks_confirms_them(central: Running) -> None:
    asked = PairedKiosk(central.client).ask()
    for role in (Role.VIEWER, Role.OPERATOR):
        for what in ("find", "confirm", "refuse"):
            wanted = {"code": asked.code, "name": "Mine"} if what == "confirm" else {"code": asked.code}
            assert central.as_role(role, "POST", f"/v1/pairings/{what}", json=wanted).status_code == 403


def test_a_store_that_comes_again_is_the_same_kiosk_with_another_key(central: Running) -> None:
    kiosk = paired(central, "Side door")
    old = kiosk.id, kiosk.token, kiosk.key
    kiosk.send("GET", "/v1/kiosk/model")
    kiosk.key = Ed25519PrivateKey.generate()
    kiosk.counters.clear()
    asked = kiosk.ask()
    found = find(central, asked.code)
    assert isinstance(found["known"], dict) and found["known"]["name"] == "Side door"
    assert found["same_key"] is False
    assert confirm(central, asked.code, "Side door").status_code == 200
    assert kiosk.claim(asked.id).kiosk == old[0]
    assert kiosk.send("GET", "/v1/kiosk/model").status_code == 200
    was = PairedKiosk(central.client, old[2], credentials=kiosk.credentials, token=old[1], counters={"main": 50})
    assert was.send("GET", "/v1/kiosk/model").status_code == 401


def test_a_key_that_comes_again_counts_on(central: Running) -> None:
    kiosk = paired(central)
    recorded = kiosk.request("GET", "/v1/kiosk/model")
    assert kiosk.post(recorded).status_code == 200
    asked = kiosk.ask()
    confirm(central, asked.code)
    kiosk.claim(asked.id)
    recorded.headers["Authorization"] = f"Bearer {kiosk.token}"
    replayed = kiosk.post(recorded)
    assert (replayed.status_code, replayed.json()["error"]) == (409, "counter")


def test_a_revoked_kiosk_is_told_so_and_may_be_paired_again(central: Running) -> None:
    kiosk = paired(central, "Revoked door")
    address = f"/v1/kiosks/{kiosk.id}"
    version = central.admin("GET", address).json()["version"]
    assert central.admin("POST", f"{address}/revoke").json()["state"] == "revoked"
    for answer in (kiosk.beat(), kiosk.send("GET", "/v1/kiosk/model"), kiosk.send("POST", "/v1/kiosk/token")):
        assert (answer.status_code, answer.json()["error"]) == (410, "kiosk-revoked")
    edited = {"name": "Revoked door", "version": version}
    assert central.admin("PUT", address, json=edited).status_code == 409
    paired(central, "Revoked door")  # its name is free
    asked = kiosk.ask()
    assert confirm(central, asked.code, "Revoked door").status_code == 409
    assert confirm(central, asked.code, "Revoked door, back").status_code == 200
    kiosk.claim(asked.id)
    assert kiosk.beat().status_code == 200
    settled(central)
    assert state(central, kiosk) == "alive"


def test_a_kiosk_that_is_revoked_before_it_claims_gets_nothing(central: Running) -> None:
    kiosk = PairedKiosk(central.client)
    asked = kiosk.ask()
    made = confirm(central, asked.code).json()
    central.admin("POST", f"/v1/kiosks/{made['id']}/revoke")
    claimed = kiosk.claimed(asked.id)
    assert (claimed.state, claimed.credentials) == (PairingState.REFUSED, None)


def test_a_kiosk_leaves_by_itself(central: Running) -> None:
    kiosk = paired(central)
    assert kiosk.send("DELETE", "/v1/kiosk").status_code == 204
    assert state(central, kiosk) == "revoked"
    assert kiosk.beat().status_code == 410
    act = central.admin("GET", "/v1/audit").json()["acts"][0]
    assert (act["act"], act["actor"], act["via"]) == ("kiosk-unpaired", kiosk.id, "kiosk")


def test_a_new_token_is_the_only_one_once_it_is_used(central: Running) -> None:
    kiosk = paired(central)
    old = kiosk.token
    lost, new = kiosk.renew(), kiosk.renew()  # the first answer never arrived
    assert len({old, lost, new}) == 3
    assert kiosk.beat().status_code == 200
    kiosk.token = lost
    assert kiosk.beat().status_code == 401
    kiosk.token = new
    assert kiosk.send("GET", "/v1/kiosk/model").status_code == 200
    kiosk.token = old
    assert kiosk.beat().status_code == 401


def test_tokens_of_a_paired_kiosk_are_not_made_by_hand(central: Running) -> None:
    kiosk = paired(central)
    assert central.admin("POST", f"/v1/kiosks/{kiosk.id}/token").status_code == 409
    assert kiosk.beat().status_code == 200


def test_few_may_ask_at_a_time(fresh: Running) -> None:
    statuses = [kiosk.open("/v1/pairings", kiosk.asking()).status_code for kiosk in (PairedKiosk(fresh.client),) * 3]
    assert statuses == [201] * 3  # in place of each other
    crowd = [PairedKiosk(fresh.client) for _ in range(20)]
    answers = [kiosk.open("/v1/pairings", kiosk.asking()) for kiosk in crowd]
    assert [answer.status_code for answer in answers].count(201) == 19
    assert (answers[-1].status_code, answers[-1].json()["error"]) == (429, "too-many")
    fresh.clock.forward(minutes=16)
    assert forms.read(crowd[-1].open("/v1/pairings", crowd[-1].asking()).content, Asked).code


@pytest.mark.parametrize("form", [forms.CBOR, forms.JSON])
@pytest.mark.parametrize("is_packed", [False, True])
def test_both_forms_are_taken_packed_or_not(central: Running, form: str, is_packed: bool) -> None:
    content = forms.written(PairedKiosk(central.client).asking(), form)
    headers = {"Content-Type": f"{form}; charset=utf-8", "Accept": form} | (
        {"Content-Encoding": "gzip"} if is_packed else {}
    )
    body = gzip.compress(content) if is_packed else content
    answer = central.nobody("POST", "/v1/pairings", content=body, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (201, form)
    assert forms.read(answer.content, Asked, form).code


def test_what_can_t_be_read_is_refused_with_a_reason(central: Running) -> None:
    good = forms.written(PairedKiosk(central.client).asking())
    bomb = gzip.compress(bytes(10_000_000))
    for content, headers, status in (
        (b"", CBOR, 422),
        (good[:-3], CBOR, 422),
        (good, CBOR | {"Content-Type": "text/plain"}, 415),
        (good, CBOR | {"Content-Encoding": "br"}, 415),
        (good, CBOR | {"Content-Encoding": "gzip"}, 422),
        (bomb[:4000], CBOR | {"Content-Encoding": "gzip"}, 422),
        (bomb, CBOR | {"Content-Encoding": "gzip"}, 413),
        (bytes(5000), CBOR, 413),
    ):
        answer = central.nobody("POST", "/v1/pairings", content=content, headers=headers)
        assert answer.status_code == status, (len(content), headers, answer.text)


def test_a_large_fleet_is_told_to_come_back_more_slowly(fresh: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    kiosk = paired(fresh, site="north")
    assert kiosk.said(kiosk.beat(), Heard).longest_pause_s == 3.0
    monkeypatch.setattr("kiosk.central.kiosks.horizon.A_SECOND", 1 / 20)
    fresh.clock.forward(seconds=120)
    assert kiosk.said(kiosk.beat(), Heard).longest_pause_s == 20.0


def test_a_heart_beat_tells_whether_there_is_something_to_pull(fresh: Running) -> None:
    def heard() -> Heard:
        fresh.clock.forward(seconds=2)  # it may lag by one
        said: Heard = kiosk.said(kiosk.beat(cursor=cursor), Heard)
        return said

    def pull() -> Page:
        page: Page = kiosk.said(kiosk.send("GET", "/v1/kiosk/pull", params={"cursor": cursor}), Page)
        return page

    kiosk, cursor = paired(fresh, site="north", groups=["Staff"]), ""
    assert heard().is_behind
    page = pull()
    while page.more:
        cursor = page.cursor
        page = pull()
    cursor = page.cursor
    first = heard()
    assert (first.is_behind, first.site, first.epoch) == (False, "north", page.epoch)
    rules = {"search_level": "strictest", "languages": ["de"], "version": 0}
    assert fresh.admin("PUT", "/v1/policies/south", json=rules).status_code == 200
    assert not heard().is_behind
    fresh.admin("PUT", "/v1/policies/north", json=rules)
    assert heard().is_behind
    cursor = pull().cursor
    assert not heard().is_behind and heard().newest >= first.newest
    version = fresh.admin("GET", f"/v1/kiosks/{kiosk.id}").json()["version"]
    moved = {"name": "Moved", "site": "south", "version": version}
    fresh.admin("PUT", f"/v1/kiosks/{kiosk.id}", json=moved)
    there = heard()
    assert there.is_behind and there.site == "south"
