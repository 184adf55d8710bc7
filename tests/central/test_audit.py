"""The audit trail: every act of an admin is in it, and nothing in it changes unnoticed."""

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from kiosk.central.audit.service import first_break
from kiosk.central.audit.tables import ActRow
from tests.central.making import Running


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
