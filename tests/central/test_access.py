"""Signing in and out: passwords, one-time codes, sessions, tokens, links; and what happens to those who guess."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import pyotp
import pytest
from httpx import Response

from kiosk.central.access.passwords import Hashes
from kiosk.central.access.rules import COOKIE, CSRF_HEADER
from kiosk.central.access.scopes import Role, Scope
from kiosk.central.access.service import Credentials, Door, SignedIn
from kiosk.central.errors import TooMany, Unauthorised
from tests.central.making import CHEAP, PASSWORD, Running
from tests.central.test_audit import acts_with

WRONG = "not the password at all"


def invited(central: Running, name: str, role: Role = Role.OPERATOR) -> tuple[str, str]:
    """Id of a new user, and the secret of their link."""
    made = central.admin("POST", "/v1/users", json={"name": name, "role": role.value}).json()
    return made["user"]["id"], made["link"].partition("#")[2]


def member(central: Running, name: str, role: Role = Role.OPERATOR) -> str:
    user, secret = invited(central, name, role)
    assert choose(central, secret).status_code == 204
    return user


def choose(central: Running, secret: str, password: str = PASSWORD) -> Response:
    return central.nobody("POST", "/v1/welcome", json={"secret": secret, "password": password})


def sign_in(central: Running, name: str, password: str = PASSWORD, code: str = "") -> Response:
    return central.nobody("POST", "/v1/token", data={"username": name, "password": password, "code": code})


def bearer(answer: Response) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def browser(central: Running, name: str) -> SignedIn:
    door: Door = central.app.state.door

    async def started() -> SignedIn:
        return await door.start_session(await door.admit(Credentials(name, PASSWORD, "", "192.0.2.7")))

    signed_in: SignedIn = central.run(started)
    return signed_in


def test_a_link_is_good_once_and_for_a_day(fresh: Running) -> None:
    _, secret = invited(fresh, "Once")
    assert choose(fresh, secret, "short").json()["reason"] == "password"
    assert choose(fresh, secret, "aaaaaaaaaaaaaaaa").json()["reason"] == "password"
    assert choose(fresh, secret).status_code == 204
    assert choose(fresh, secret).status_code == 401
    _, late = invited(fresh, "Late")
    fresh.clock.forward(hours=25)
    assert choose(fresh, late).status_code == 401
    assert choose(fresh, "fki_made-up").status_code == 401


def test_a_password_gives_a_token_that_ends(fresh: Running) -> None:
    member(fresh, "Grace")
    header = bearer(sign_in(fresh, " GRACE "))
    me = fresh.nobody("GET", "/v1/me", headers=header).json()
    assert (me["name"], me["role"]) == ("Grace", "operator")
    fresh.clock.forward(hours=1.1)
    assert fresh.nobody("GET", "/v1/me", headers=header).status_code == 401


def test_a_token_may_do_what_it_was_made_for_and_no_more_than_its_maker(central: Running) -> None:
    member(central, "Scoped", Role.OPERATOR)
    header = bearer(sign_in(central, "Scoped"))
    wanted = {"name": "reader", "scopes": ["people:read"], "hours": 1}
    made = central.nobody("POST", "/v1/tokens", headers=header, json=wanted).json()
    reader = {"Authorization": f"Bearer {made['token']}"}
    assert central.nobody("GET", "/v1/people", headers=reader).status_code == 200
    assert central.nobody("POST", "/v1/people", headers=reader, json={"name": "No"}).status_code == 403
    assert central.nobody("GET", "/v1/me", headers=reader).status_code == 403
    more = {"name": "more", "scopes": [Scope.USERS.value], "hours": 1}
    assert central.nobody("POST", "/v1/tokens", headers=header, json=more).status_code == 403
    listed = central.nobody("GET", "/v1/tokens", headers=header).text
    assert made["id"] in listed and made["token"] not in listed
    assert central.nobody("DELETE", f"/v1/tokens/{made['id']}", headers=header).status_code == 204
    assert central.nobody("GET", "/v1/people", headers=reader).status_code == 401


@pytest.mark.parametrize("right_name", [True, False], ids=["a name that exists", "a name that does not"])
def test_the_fifth_wrong_password_costs_half_a_minute_and_each_further_one_twice_as_much(
    fresh: Running, right_name: bool
) -> None:
    member(fresh, "Guessed")
    name = "Guessed" if right_name else "Nobody of that name"
    for _ in range(5):
        assert sign_in(fresh, name, WRONG).status_code == 401
    answer = sign_in(fresh, name)
    assert answer.status_code == 429 and 29 <= int(answer.headers["Retry-After"]) <= 31
    fresh.clock.forward(seconds=31)
    assert sign_in(fresh, name, WRONG).status_code == 401
    assert 59 <= int(sign_in(fresh, name).headers["Retry-After"]) <= 61
    fresh.clock.forward(seconds=61)
    assert sign_in(fresh, name).status_code == (200 if right_name else 401)


@dataclass(frozen=True, slots=True)
class Together(Hashes):
    """Looks at no wrong password before all of them came, and at the right one after all the others were answered."""

    come: asyncio.Barrier
    answered: asyncio.Event

    async def matches(self, password: str, kept: str | None) -> bool:
        await (self.answered.wait() if password == PASSWORD else self.come.wait())
        return await CHEAP.matches(password, kept)


def test_guesses_that_come_all_at_once_count_as_much_as_one_after_another(fresh: Running) -> None:
    member(fresh, "Hurried")

    async def burst() -> list[Any]:
        come, answered = asyncio.Barrier(20), asyncio.Event()
        door = replace(fresh.app.state.door, hashes=Together(CHEAP.hasher, come, answered))
        wrong = [Credentials("Hurried", f"{WRONG} {number}", "", "192.0.2.7") for number in range(20)]
        right = asyncio.create_task(door.admit(Credentials("Hurried", PASSWORD, "", "192.0.2.7")))
        refused = await asyncio.gather(*map(door.admit, wrong), return_exceptions=True)
        answered.set()
        return [*refused, *await asyncio.gather(right, return_exceptions=True)]

    *wrong, right = fresh.run(burst)
    assert [type(one) for one in wrong].count(Unauthorised) == 5
    assert [type(one) for one in (*wrong, right)].count(TooMany) == 16 and isinstance(right, TooMany)
    fresh.clock.forward(seconds=31)
    assert sign_in(fresh, "Hurried").status_code == 200


def test_a_one_time_code_is_asked_for_and_good_once(fresh: Running) -> None:
    member(fresh, "Coded")
    header = bearer(sign_in(fresh, "Coded"))
    secret = fresh.nobody("POST", "/v1/me/codes/new", headers=header).json()["secret"]
    wrong = fresh.nobody("PUT", "/v1/me/codes", headers=header, json={"secret": secret, "code": "000000"})
    assert wrong.status_code == 422
    totp = pyotp.TOTP(secret)
    right = {"secret": secret, "code": totp.at(fresh.clock.utc())}
    assert fresh.nobody("PUT", "/v1/me/codes", headers=header, json=right).status_code == 204
    assert sign_in(fresh, "Coded").status_code == 401
    fresh.clock.forward(seconds=60)
    code = totp.at(fresh.clock.utc())
    assert sign_in(fresh, "Coded", code=code).status_code == 200
    assert sign_in(fresh, "Coded", code=code).status_code == 401, "a code that was seen over a shoulder is no good"


def test_who_lost_their_telephone_comes_in_by_a_new_link_without_a_code(central: Running) -> None:
    user = member(central, "Telephoneless")
    header = bearer(sign_in(central, "Telephoneless"))
    secret = central.nobody("POST", "/v1/me/codes/new", headers=header).json()["secret"]
    right = {"secret": secret, "code": pyotp.TOTP(secret).at(central.clock.utc())}
    assert central.nobody("PUT", "/v1/me/codes", headers=header, json=right).status_code == 204
    link = central.admin("POST", f"/v1/users/{user}/link").json()
    assert not link["user"]["has_codes"] and choose(central, link["link"].partition("#")[2]).status_code == 204
    assert sign_in(central, "Telephoneless").status_code == 200
    assert [act for act, _ in acts_with(central, f"user:{user}") if act in ("link-made", "codes-off")] == [
        "link-made",
        "codes-off",
    ]


def signed_in_on_a_page(central: Running, to: str) -> Response:
    form = {"name": "admin", "password": PASSWORD, "to": to}
    answer = central.client.post("/sign-in", data=form, follow_redirects=False)
    central.client.cookies.clear()
    return answer


def test_after_signing_in_one_is_at_the_page_that_was_asked_for(central: Running) -> None:
    central.token(Role.ADMIN)
    html = {"Accept": "text/html"}
    asked = central.client.get("/kiosks?code=AB12-CD34", headers=html, follow_redirects=False)
    assert asked.headers["location"] == "/sign-in?to=%2Fkiosks%3Fcode%3DAB12-CD34"
    form = central.client.get(asked.headers["location"], headers=html)
    assert 'name="to" value="/kiosks?code=AB12-CD34"' in form.text
    answer = signed_in_on_a_page(central, "/kiosks?code=AB12-CD34")
    assert (answer.status_code, answer.headers["location"]) == (303, "/kiosks?code=AB12-CD34")
    wrong = central.client.post("/sign-in", data={"name": "admin", "password": "no", "to": "/people"}, headers=html)
    assert wrong.status_code == 401 and 'name="to" value="/people"' in wrong.text


ELSEWHERE = [
    "//evil.test",
    "/\\evil.test",
    "https://evil.test",
    "/\t/evil.test",
    "/\n//evil.test",
    "evil.test",
    "",
    "\\/x",
]


@pytest.mark.parametrize("number", range(len(ELSEWHERE)))
def test_signing_in_leads_to_no_other_server(central: Running, number: int) -> None:
    central.token(Role.ADMIN)
    assert signed_in_on_a_page(central, ELSEWHERE[number]).headers["location"] == "/"
    assert 'name="to" value="/"' in central.client.get("/sign-in", params={"to": ELSEWHERE[number]}).text


def test_a_session_changes_nothing_without_its_csrf_token(central: Running) -> None:
    member(central, "Browser")
    signed_in = browser(central, "Browser")
    cookie = {"Cookie": f"{COOKIE}={signed_in.secret}"}
    assert central.nobody("GET", "/v1/people", headers=cookie).status_code == 200
    new = {"name": "Made in a browser"}
    assert central.nobody("POST", "/v1/people", headers=cookie, json=new).status_code == 403
    wrong = cookie | {CSRF_HEADER: "fkc_wrong"}
    assert central.nobody("POST", "/v1/people", headers=wrong, json=new).status_code == 403
    right = cookie | {CSRF_HEADER: signed_in.principal.csrf}
    assert central.nobody("POST", "/v1/people", headers=right, json=new).status_code == 201


def test_a_session_ends_when_it_is_idle_and_when_it_is_old(fresh: Running) -> None:
    member(fresh, "Idle")
    cookie = {"Cookie": f"{COOKIE}={browser(fresh, 'Idle').secret}"}
    for _ in range(14):
        fresh.clock.forward(minutes=50)
        assert fresh.nobody("GET", "/v1/me", headers=cookie).status_code == 200
    fresh.clock.forward(minutes=50)
    assert fresh.nobody("GET", "/v1/me", headers=cookie).status_code == 401, "twelve hours are over"
    cookie = {"Cookie": f"{COOKIE}={browser(fresh, 'Idle').secret}"}
    fresh.clock.forward(minutes=61)
    assert fresh.nobody("GET", "/v1/me", headers=cookie).status_code == 401


def test_who_is_kept_out_is_out_at_once(central: Running) -> None:
    user = member(central, "Kept Out")
    header = bearer(sign_in(central, "Kept Out"))
    assert central.admin("PATCH", f"/v1/users/{user}", json={"disabled": True}).json()["disabled"]
    assert central.nobody("GET", "/v1/me", headers=header).status_code == 401
    assert sign_in(central, "Kept Out").status_code == 401


def test_the_last_admin_stays_one(central: Running) -> None:
    admins = [user for user in central.admin("GET", "/v1/users").json() if user["role"] == "admin"]
    assert len(admins) == 1
    address = f"/v1/users/{admins[0]['id']}"
    assert central.admin("PATCH", address, json={"role": "viewer"}).status_code == 409
    assert central.admin("PATCH", address, json={"disabled": True}).status_code == 409


def test_two_users_of_one_name_are_refused_in_whatever_case(central: Running) -> None:
    invited(central, "Same Name")
    again = central.admin("POST", "/v1/users", json={"name": "same  NAME", "role": "viewer"})
    assert again.status_code == 409
