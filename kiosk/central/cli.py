"""`kiosk-central`: thin commands, each of which opens what it needs and says in one sentence what went wrong."""

import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import click
import uvicorn

from kiosk.central.access.api import link_of
from kiosk.central.access.users import first_admin, has_admin
from kiosk.central.app import Foundation, create_app
from kiosk.central.database import Database, open_database
from kiosk.central.keeping import open_vault
from kiosk.central.migrating import is_current, migrate
from kiosk.central.serving import CONFIG
from kiosk.central.settings import Settings, load_settings
from kiosk.domain.errors import KioskError

FIRST_ADMIN = "admin"


class Refusing(click.Group):
    """Says every error of ours in one sentence, with its exit code."""

    def main(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as click has it
        """Run a command."""
        try:
            return super().main(*args, **kwargs)
        except KioskError as error:
            click.echo(f"kiosk-central: {error}", err=True)
            sys.exit(error.exit_code)


@click.group(cls=Refusing, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", type=click.Path(path_type=Path), help="Settings file; see config/central.toml.")
@click.pass_context
def main(context: click.Context, config: Path | None) -> None:
    """Central: the server from which admins run a fleet of face kiosks."""
    if config is not None:
        os.environ[CONFIG] = str(config)  # for the web processes
    context.obj = load_settings(config, os.environ)


@main.command(epilog="\b\nExamples:\n  kiosk-central serve\n  kiosk-central --config central.toml serve --workers 4")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Web processes.")
@click.option("--migrate/--no-migrate", "migrates", default=True, help="Bring the database to this version first.")
@click.pass_obj
def serve(settings: Settings, workers: int, migrates: bool) -> None:
    """Serve the API and the pages. At the first start a one-time link for the first admin is printed."""
    _run(_prepared(settings, migrates))
    click.echo(f"Central listens on {settings.base_url}")
    config = uvicorn.Config(
        "kiosk.central.serving:app",
        factory=True,
        host=settings.server.host,
        port=settings.server.port,
        workers=workers,
        log_config=None,
        access_log=False,
        forwarded_allow_ips=settings.server.proxies,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    raise SystemExit(_served(config))


@main.command("create-admin", epilog="\b\nExample:\n  kiosk-central create-admin Ada")
@click.argument("name", default=FIRST_ADMIN)
@click.pass_obj
def create_admin(settings: Settings, name: str) -> None:
    """Invite an admin: prints a one-time link by which they choose a password."""
    click.echo(_run(_admin_link(settings, name)))


@main.command("migrate", epilog="\b\nExample:\n  kiosk-central migrate")
@click.pass_obj
def migrate_command(settings: Settings) -> None:
    """Bring the database to this version. What is there stays."""

    async def work(database: Database) -> str:
        return await migrate(database)

    click.echo(f"The database is at version {_run(_with_database(settings, work))}.")


@main.command("openapi", epilog="\b\nExample:\n  kiosk-central openapi > openapi.json")
@click.pass_obj
def openapi(settings: Settings) -> None:
    """Print the OpenAPI document."""
    click.echo(json.dumps(create_app(Foundation.usual(settings)).openapi(), indent=2))


async def _prepared(settings: Settings, migrates: bool) -> None:
    async def work(database: Database) -> bool:
        if migrates:
            await migrate(database)
        elif not await is_current(database):
            raise KioskError("The database's tables are of another version; run kiosk-central migrate.")
        async with database.reading() as session:
            return await has_admin(session)

    if not await _with_database(settings, work):
        click.echo("There is no admin yet. Choose a password here, once:")
        click.echo(f"  {await _admin_link(settings, FIRST_ADMIN)}")


async def _admin_link(settings: Settings, name: str) -> str:
    foundation = Foundation.usual(settings)
    vault = open_vault(settings.data)

    async def work(database: Database) -> str:
        async with database.writing() as session:
            hours = settings.sign_in.invitation_h
            return await first_admin(session, vault, name, foundation.clock.utc(), hours)

    return settings.base_url + link_of(await _with_database(settings, work))


async def _with_database(settings: Settings, work: Callable[[Database], Coroutine[Any, Any, Any]]) -> Any:  # noqa: ANN401
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = open_database(settings.database_url, settings.database)
    try:
        return await work(database)
    finally:
        await database.close()


def _run(work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - whatever the work gives
    return asyncio.run(work)


def _served(config: uvicorn.Config) -> int:
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    server = uvicorn.Server(config)
    server.run()
    return 0 if server.started else 3
