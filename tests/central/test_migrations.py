"""The tables that the migrations make are those that the program has in mind, in both databases."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from kiosk.central.migrating import is_current, migrate, newest, version
from kiosk.central.schema import metadata
from tests.central.making import Running


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata()))


def test_the_migrations_make_the_tables_of_the_program(central: Running) -> None:
    async def compare() -> list[object]:
        async with central.house.database.engine.connect() as connection:
            return await connection.run_sync(differences)

    assert central.run(compare) == []


def test_migrating_again_changes_nothing(central: Running) -> None:
    person = central.person("Still here after it")
    assert central.run(migrate, central.house.database) == newest()
    assert central.run(is_current, central.house.database)
    assert central.run(version, central.house.database) == newest()
    assert central.admin("GET", f"/v1/people/{person['id']}").status_code == 200
