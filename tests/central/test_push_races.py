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
from tests.fleet.remote import pause

SOON_S = 1.0


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
