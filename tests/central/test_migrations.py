"""The tables that the migrations make are those that the program has in mind, in both databases."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, text

from kiosk.central.kiosks.moving import sites_left
from kiosk.central.migrating import HERE, is_current, migrate, newest, version
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


def upgraded(connection: Connection, to: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def test_where_a_kiosk_was_moved_from_is_still_known(tmp_path: Path) -> None:
    with create_engine(f"sqlite:///{tmp_path}/central.db").begin() as connection:
        upgraded(connection, "m0011")
        connection.execute(
            text(
                "INSERT INTO kiosks (id, name, folded, site, groups, digest, made_utc, said, version, moved_from)"
                " VALUES ('1', 'One', 'one', 'south', '[]', 'd1', '2026-11-21', '{}', 1, 'north'),"
                " ('2', 'Two', 'two', 'south', '[]', 'd2', '2026-11-21', '{}', 1, '')"
            )
        )
        upgraded(connection, "m0012")
        left = connection.execute(text("SELECT left_sites FROM kiosks ORDER BY id")).scalars().all()
    assert [sites_left(one) for one in left] == [{"north"}, frozenset()]
