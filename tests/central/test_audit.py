"""The audit trail: every act of an admin is in it, and nothing in it changes unnoticed."""

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from kiosk.central.access.users import first_admin
from kiosk.central.audit.service import SYSTEM, first_break
from kiosk.central.audit.tables import ActRow
from tests.central.making import Running
from tests.central.syncing import a_kiosk, somebody


def broken_at(central: Running) -> int | None:
    async def check() -> int | None:
        async with central.house.database.reading() as session:
            return await first_break(session, central.house.vault)

    found: int | None = central.run(check)
    return found


def without_triggers(central: Running, statement: object) -> None:
    """What somebody who owns the database can do to it."""

    async def work() -> None:
        async with central.house.database.writing() as session:
            if central.house.database.is_postgresql:
                await session.execute(text("DROP TRIGGER audit_no_change ON audit"))
            else:
                await session.execute(text("DROP TRIGGER audit_no_update"))
                await session.execute(text("DROP TRIGGER audit_no_delete"))
            await session.execute(statement)  # type: ignore[call-overload]

    central.run(work)


def test_what_an_admin_does_is_there_with_who_and_what(central: Running) -> None:
    person = central.person("Traced")
    central.admin("PUT", f"/v1/people/{person['id']}", json={"name": "Traced again", "version": 1})
    central.admin("DELETE", f"/v1/people/{person['id']}")
    trail = central.admin("GET", "/v1/audit", params={"subject": f"person:{person['id']}"}).json()["acts"]
    assert [act["act"] for act in trail] == ["person-erased", "person-edited", "person-made"]
    me = central.admin("GET", "/v1/me").json()["id"]
    assert {act["actor"] for act in trail} == {me} and {act["via"] for act in trail} == {"token"}
    assert "Traced" not in central.admin("GET", "/v1/audit").text


def acts_with(central: Running, subject: str) -> list[tuple[str, str]]:
    """What was done to it and by whom, oldest first."""
    acts = central.admin("GET", "/v1/audit", params={"subject": subject}).json()["acts"]
    return [(act["act"], act["actor"]) for act in reversed(acts)]


def group_of(central: Running, name: str) -> str:
    (group,) = [one["id"] for one in central.admin("GET", "/v1/groups").json() if one["name"] == name]
    return f"group:{group}"


def test_a_group_that_is_made_beside_something_else_is_there_too(central: Running) -> None:
    me = central.admin("GET", "/v1/me").json()["id"]
    person = central.person("Grouped", groups=["Made With Them"])
    edited = {"name": "Grouped", "groups": ["Made With Them", "Made Later"], "version": 1}
    assert central.admin("PUT", f"/v1/people/{person['id']}", json=edited).status_code == 200
    kiosk = a_kiosk(central, groups=["Made For A Kiosk"])
    assert kiosk.told("person", **somebody())[0] == "accepted"
    for name, who in (("Made With Them", me), ("Made Later", me), ("Made For A Kiosk", kiosk.id)):
        assert acts_with(central, group_of(central, name)) == [("group-made", who)]


@pytest.mark.parametrize("path", ["/v1/users", "/users"], ids=["API", "page"])
def test_a_new_link_for_somebody_else_is_there(central: Running, path: str) -> None:
    me = central.admin("GET", "/v1/me").json()["id"]
    made = central.admin("POST", "/v1/users", json={"name": f"Linked by {path}", "role": "operator"}).json()
    user = made["user"]["id"]
    assert central.admin("POST", f"{path}/{user}/link").status_code == 200
    assert acts_with(central, f"user:{user}") == [("user-invited", me), ("link-made", me)]


def test_a_new_link_for_an_admin_who_never_came_is_there(central: Running) -> None:
    async def asked() -> None:
        async with central.house.database.writing() as session:
            await first_admin(session, central.house.vault, "Never Came", central.clock.utc(), 24)

    for _ in range(2):
        central.run(asked)
    (user,) = [one["id"] for one in central.admin("GET", "/v1/users").json() if one["name"] == "Never Came"]
    assert acts_with(central, f"user:{user}") == [("user-invited", SYSTEM), ("link-made", SYSTEM)]


def test_a_key_that_is_made_with_a_pass_is_there(central: Running) -> None:
    me, person = central.admin("GET", "/v1/me").json()["id"], central.person("Passing")["id"]
    for _ in range(2):
        assert central.admin("POST", "/v1/passes", json={"person": person}).status_code == 201
        assert central.admin("POST", "/v1/passes", json={"person": person}).status_code == 201
        (key,) = [one["id"] for one in central.admin("GET", "/v1/passes/keys").json() if one["signs"]]
        assert acts_with(central, f"pass-key:{key}") == [("pass-key-made", me)]
        central.admin("DELETE", f"/v1/passes/keys/{key}")


def test_what_is_refused_leaves_no_act(central: Running) -> None:
    before = central.admin("GET", "/v1/audit").json()["acts"][0]["seq"]
    assert central.admin("POST", "/v1/people", json={"name": "   "}).status_code == 422
    assert central.admin("GET", "/v1/audit").json()["acts"][0]["seq"] == before


@pytest.mark.parametrize("statement", [update(ActRow).values(actor="me"), delete(ActRow)], ids=["change", "removal"])
def test_the_database_itself_refuses_to_edit_it(central: Running, statement: object) -> None:
    central.person("Recorded")

    async def edit() -> None:
        async with central.house.database.writing() as session:
            await session.execute(statement)  # type: ignore[call-overload]

    with pytest.raises(DBAPIError, match="never edited"):
        central.run(edit)
    assert broken_at(central) is None


@pytest.mark.parametrize(
    "statement",
    [
        update(ActRow).where(ActRow.seq == 3).values(actor="somebody else"),
        delete(ActRow).where(ActRow.seq == 3),
    ],
    ids=["change", "removal"],
)
def test_somebody_who_edits_it_all_the_same_is_found_out(fresh: Running, statement: object) -> None:
    for number in range(3):
        fresh.person(f"Recorded {number}")
    assert broken_at(fresh) is None
    without_triggers(fresh, statement)
    assert broken_at(fresh) == 3
    assert fresh.admin("GET", "/v1/audit/check").json() == {"first_break": 3}


def test_of_the_newest_alone_what_is_older_is_not_looked_at(fresh: Running) -> None:
    for number in range(6):
        fresh.person(f"Recorded {number}")
    without_triggers(fresh, update(ActRow).where(ActRow.seq == 3).values(actor="somebody else"))

    async def check(newest: int) -> int | None:
        async with fresh.house.database.reading() as session:
            return await first_break(session, fresh.house.vault, newest)

    last = len(fresh.admin("GET", "/v1/audit", params={"limit": 100}).json()["acts"])
    assert [fresh.run(check, newest) for newest in (1, last - 3, last - 2, last, 10 * last)] == [None, None, 3, 3, 3]


def test_a_cut_tail_is_found(fresh: Running) -> None:
    fresh.person("Last")
    last = fresh.admin("GET", "/v1/audit").json()["acts"][0]["seq"]
    without_triggers(fresh, delete(ActRow).where(ActRow.seq == last))
    assert broken_at(fresh) == last
