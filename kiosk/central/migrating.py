"""Migrations by Alembic: bringing a database to this version's tables, and knowing whether it is there."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from kiosk.central.database import Database

HERE = Path(__file__).resolve().parent / "migrations"


async def migrate(database: Database) -> str:
    """Bring the database to this version; what is there already stays. The version's name."""
    async with database.engine.connect() as connection:
        await connection.run_sync(_upgrade)
        await connection.commit()
    return newest()


async def is_current(database: Database) -> bool:
    """Whether the database's tables are those of this version. Raises Unavailable."""
    async with database.reading() as session:
        connection = await session.connection()
        return await connection.run_sync(_version) == newest()


async def version(database: Database) -> str | None:
    """The version of the database's tables; None for an empty database. Raises Unavailable."""
    async with database.reading() as session:
        return await (await session.connection()).run_sync(_version)


def newest() -> str:
    """The name of this version's tables."""
    return ScriptDirectory(str(HERE)).get_current_head() or ""


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
