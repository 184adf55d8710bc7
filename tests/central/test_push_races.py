"""Two at once about the same person, on PostgreSQL: erasure beats everything, whoever is a moment later."""

from asyncio import to_thread
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from kiosk.central.people.service import Doer, Register
from kiosk.central.people.tables import PersonRow
from tests.central.making import Running, running, settings_for
from tests.central.servers import Postgres
from tests.central.syncing import a_face, a_kiosk, somebody
from tests.central.test_erasing import sealed_values
from tests.fleet.remote import pause

SOON_S = 1.0
ROUNDS = 12


@pytest.fixture
def on_postgresql(postgres: Postgres, tmp_path: Path) -> Iterator[Running]:
    with running(settings_for(tmp_path / "central", postgres.new_database())) as here:
        yield here


def test_who_is_erased_while_a_kiosk_tells_more_of_them_is_not_made_again(on_postgresql: Running) -> None:
    central = on_postgresql
    kiosk, body = a_kiosk(central), somebody("Gone In A Moment")
    assert kiosk.told("person", **body) == ("accepted", "")

    with ThreadPoolExecutor(1) as other:

        async def erase() -> tuple[str, str]:
            async with central.house.database.writing() as session:
                doer = Doer("admin", "test", central.clock.utc())
                await Register(session, central.house.vault).erase(body["id"], doer)
                more = body | {"faces": [*body["faces"], a_face()]}
                telling = other.submit(kiosk.told, "person", **more)
                await to_thread(pause, SOON_S)
            return await to_thread(telling.result)

        answer = central.run(erase)

    async def there() -> object:
        async with central.house.database.reading() as session:
            return await session.scalar(select(PersonRow.id).where(PersonRow.id == body["id"]))

    assert answer == ("rejected", "erased")
    assert central.run(there) is None


def test_merging_erasing_disabling_and_pushing_at_once_never_get_into_each_other_s_way(on_postgresql: Running) -> None:
    central = on_postgresql
    kiosk = a_kiosk(central)
    for _ in range(ROUNDS):
        kept, other = somebody("Kept"), somebody("Other")
        for body in (kept, other):
            kiosk.told("person", **body)
        here, there = f"/v1/people/{kept['id']}", f"/v1/people/{other['id']}"
        more = other | {"faces": [*other["faces"], a_face()]}
        with ThreadPoolExecutor(6) as together:
            answers = [
                together.submit(central.admin, "POST", f"{here}/merge", json={"other": other["id"], "version": 1}),
                together.submit(central.admin, "POST", f"{there}/merge", json={"other": kept["id"], "version": 1}),
                together.submit(central.admin, "DELETE", there),
                together.submit(central.admin, "POST", f"{here}/disable", json={"version": 1}),
                together.submit(central.admin, "DELETE", here),
            ]
            pushed = together.submit(kiosk.told, "person", **more)
        assert {answer.result().status_code for answer in answers} <= {200, 404, 409}
        assert pushed.result()[0] in ("accepted", "rejected")
        for address in (here, there):
            assert central.admin("DELETE", address).status_code in (200, 404)
    assert sealed_values(central) == []


def test_of_two_who_save_a_group_at_once_one_has_it_their_way(on_postgresql: Running) -> None:
    central = on_postgresql
    group = central.admin("POST", "/v1/groups", json={"name": "Shift"}).json()["id"]
    ways = [[{"weekdays": [day], "from_minute": 60, "until_minute": 120}] for day in range(4)]
    for _ in range(ROUNDS):
        with ThreadPoolExecutor(len(ways)) as together:
            saved = [
                together.submit(central.admin, "PUT", f"/v1/groups/{group}", json={"name": "Shift", "windows": way})
                for way in ways
            ]
        assert {one.result().status_code for one in saved} == {200}
        (found,) = central.admin("GET", "/v1/groups").json()
        assert found["windows"] in ways
