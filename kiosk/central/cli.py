"""`kiosk-central`: thin commands, each of which opens what it needs and says in one sentence what went wrong."""

import asyncio
import gc
import json
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from kiosk.age import Identity, Passphrase, Recipient
from kiosk.central.access.users import first_admin, has_admin, link_of
from kiosk.central.backup import Source, back_up
from kiosk.central.backup import restore as restored
from kiosk.central.database import Database, open_database
from kiosk.central.jobs.queue import open_queue
from kiosk.central.keeping import open_vault
from kiosk.central.logs import start_logging
from kiosk.central.migrating import is_current, migrate
from kiosk.central.opening import Foundation, models_of
from kiosk.central.settings import CONFIG, Settings, load_settings
from kiosk.central.vectors.filling import Filling, drop, fill
from kiosk.domain.errors import BadInput, KioskError, Refused
from kiosk.vision.manifest import load_manifest

FIRST_ADMIN = "admin"
ENDING = (signal.SIGTERM, signal.SIGHUP)


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
    import uvicorn  # here and below, what only one command needs is loaded by that command

    from kiosk.central.sockets import LIMITS

    _run(_prepared(settings, migrates))
    click.echo(f"Central listens on {settings.base_url}")
    start_logging()
    gc.disable()  # until the application is made, in serving.py
    uvicorn.run(
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
        **LIMITS,
    )


@main.command(epilog="\b\nExamples:\n  kiosk-central worker\n  kiosk-central worker --once")
@click.option("--once", is_flag=True, help="Do what there is to do now, then end.")
@click.option("--parent", type=int, hidden=True, help="End when that process is no longer the parent.")
@click.pass_obj
def worker(settings: Settings, once: bool, parent: int | None) -> None:
    """Do jobs: imports of archives, exports, retention. Any number of workers may run, on any number of machines."""
    from kiosk.central.jobs.daily import ask_daily
    from kiosk.central.jobs.worker import run_jobs

    start_logging()
    foundation = Foundation.usual(settings)
    vault = open_vault(settings.data)

    async def daily(database: Database) -> None:
        await ask_daily(database, vault, foundation.clock.utc())

    def look() -> None:
        _run(_with_database(settings, daily))
        _run(run_jobs(foundation))

    if parent is not None:
        _end_with(parent)
    _run(_with_database(settings, _check_tables))
    if once:
        look()
    else:
        open_queue(settings, vault, look).serve()


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
    from kiosk.central.app import create_app

    click.echo(json.dumps(create_app(Foundation.usual(settings)).openapi(), indent=2))


@main.command(epilog="\b\nExample:\n  kiosk-central doctor --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@click.pass_obj
def doctor(settings: Settings, as_json: bool) -> None:
    """Try out what central needs: space, key, database, audit trail, an admin, and a face through a worker."""
    from kiosk.central.doctor import Finding, examine

    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def findings() -> list[Finding]:
        return [finding async for finding in examine(settings)]

    found = _run(findings())
    ok = all(one.ok for one in found)
    if as_json:
        click.echo(json.dumps({"ok": ok, "checks": [asdict(one) for one in found]}))
    else:
        click.echo("\n".join(f"{'good' if one.ok else 'bad':<5} {one.name:<9} {one.sentence}" for one in found))
    sys.exit(0 if ok else 4)


@main.command(epilog="\b\nExample:\n  kiosk-central backup /backups/monday.age --to age1…")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--to", help="Public key of age (age1…); its secret key opens the backup.")
@click.option("--passphrase-file", type=click.Path(path_type=Path), help="File with a passphrase, instead of --to.")
@click.pass_obj
def backup(settings: Settings, out: Path, to: str | None, passphrase_file: Path | None) -> None:
    """Write an encrypted backup of the database and the key; the server may go on meanwhile."""
    if (to is None) == (passphrase_file is None):
        raise Refused("say whom the backup is for: either --to or --passphrase-file.")
    lock = Recipient(to) if to is not None else Passphrase(_text_of(passphrase_file))

    async def work(database: Database) -> str:
        now = Foundation.usual(settings).clock.utc()
        return (await back_up(Source(database, settings.data), out, lock, now)).sentence

    click.echo(f"{out}: {_run_or_clear_up(_with_database(settings, work))}")


@main.command(epilog="\b\nExample:\n  kiosk-central --config new.toml restore monday.age --identity key.txt")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--identity", type=click.Path(path_type=Path), help="age identity file with the secret key.")
@click.option("--passphrase-file", type=click.Path(path_type=Path), help="File with the passphrase.")
@click.pass_obj
def restore(settings: Settings, file: Path, identity: Path | None, passphrase_file: Path | None) -> None:
    """Fill an empty database and data folder from a backup, and check all of it."""
    if (identity is None) == (passphrase_file is None):
        raise Refused("say how the backup opens: either --identity or --passphrase-file.")
    lock = Identity(_text_of(identity)) if identity is not None else Passphrase(_text_of(passphrase_file))

    async def work(database: Database) -> str:
        return (await restored(file, lock, Source(database, settings.data))).sentence

    click.echo(f"Restored: {_run_or_clear_up(_with_database(settings, work))}")


@main.command(epilog="\b\nExamples:\n  kiosk-central vectors\n  kiosk-central vectors --drop")
@click.option("--drop", "drops", is_flag=True, help="Take the copy away again.")
@click.pass_obj
def vectors(settings: Settings, drops: bool) -> None:
    """Make, complete or drop the searchable copy of the templates in pgvector; the server may go on meanwhile."""
    if not drops and not settings.database.vectors:
        raise Refused("database.vectors is off; turn it on first, for whoever reads the database can then read faces.")
    model = load_manifest(models_of(settings)).embedding

    async def work(database: Database) -> str:
        await _check_tables(database)
        vault, clock = open_vault(settings.data), Foundation.usual(settings).clock
        filling = Filling(database, vault, clock, model, lambda line: click.echo(line, err=True))
        if drops:
            await drop(filling)
            return "The copy is gone."
        return f"The vectors of {await fill(filling):,} templates are in pgvector."

    click.echo(_run(_with_database(settings, work)))


@main.command(epilog="\b\nExamples:\n  kiosk-central bench\n  kiosk-central bench --large --json")
@click.option("--seconds", type=click.FloatRange(1, 600), default=15.0, show_default=True, help="Each measurement.")
@click.option("--people", type=click.IntRange(100, 1_000_000), default=100_000, show_default=True, help="To search.")
@click.option("--large", is_flag=True, help="Search with pgvector instead, in a PostgreSQL that is started for this.")
@click.option("--templates", type=click.IntRange(1000, 10_000_000), default=1_000_000, show_default=True, help="Of it.")
@click.option("--probes", type=click.IntRange(20, 100_000), default=1000, show_default=True, help="Searches of it.")
@click.option("--events", is_flag=True, help="How many events a second are durable instead.")
@click.option("--database", default="", help="An empty PostgreSQL database for --large or --events, instead.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def bench(
    *, seconds: float, people: int, large: bool, templates: int, probes: int, events: bool, database: str, as_json: bool
) -> None:
    """Measure this machine: under load, next to a Flask app, and searching. It takes some minutes."""
    # What either needs is not installed on every server.
    if events:
        from kiosk.central.bench.durable import Durable, measure_durable

        found = measure_durable(Durable(seconds, database), lambda line: click.echo(line, err=True))
    elif large:
        from kiosk.central.bench.large import Large, measure_large

        asked = Large(templates=templates, probes=probes, url=database)
        found = measure_large(asked, lambda line: click.echo(line, err=True))
    else:
        from kiosk.central.bench.measure import Bench, measure

        found = measure(Bench(seconds=seconds, people=people))
    click.echo(json.dumps(found) if as_json else "\n".join(f"{name:<32} {value}" for name, value in found.items()))


@main.command(
    epilog="\b\nExamples:\n  kiosk-central simulate --kiosks 10000\n  kiosk-central simulate --streams 5000 --json"
)
@click.option("--kiosks", type=click.IntRange(1, 100_000), default=10_000, show_default=True, help="How many.")
@click.option("--seconds", type=click.FloatRange(5, 86_400), default=120.0, show_default=True, help="For how long.")
@click.option("--streams", type=click.IntRange(0, 100_000), default=0, show_default=True, help="Held open meanwhile.")
@click.option("--web", type=click.IntRange(1, 64), help="Web processes; one for each 5,000 kiosks without.")
@click.option("--database", default="", help="An empty PostgreSQL database; a SQLite of its own without.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def simulate(kiosks: int, seconds: float, streams: int, web: int | None, database: str, *, as_json: bool) -> None:
    """Let a fleet beat and tell events to a server that is started for this: what fails, and what a kiosk costs."""
    from kiosk.central.bench.simulate import Fleet, simulate, web_processes_for

    web = web or web_processes_for(kiosks)
    asked = Fleet(kiosks=kiosks, seconds=seconds, streams=streams, web=web, database=database)
    found = simulate(asked, lambda line: click.echo(line, err=True))
    click.echo(json.dumps(found) if as_json else "\n".join(f"{name:<32} {value}" for name, value in found.items()))
    sys.exit(1 if found["errors"] else 0)


def _end_with(parent: int) -> None:
    """A signal a second asks whose child this is: a parent that is killed can tell nobody."""

    def ask(*_: object) -> None:
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGALRM, ask)
    signal.setitimer(signal.ITIMER_REAL, 1.0, 1.0)


def _text_of(path: Path | None) -> str:
    try:
        return path.read_text(encoding="utf-8").strip() if path is not None else ""
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} can't be read; check the path and its permissions.") from error


async def _prepared(settings: Settings, migrates: bool) -> None:
    async def work(database: Database) -> bool:
        if migrates:
            await migrate(database)
        await _check_tables(database)
        async with database.reading() as session:
            return await has_admin(session)

    if not await _with_database(settings, work):
        click.echo("There is no admin yet. Choose a password here, once:")
        click.echo(f"  {await _admin_link(settings, FIRST_ADMIN)}")


async def _admin_link(settings: Settings, name: str) -> str:
    foundation = Foundation.usual(settings)
    vault = open_vault(settings.data)

    async def work(database: Database) -> str:
        await _check_tables(database)
        async with database.writing() as session:
            hours = settings.sign_in.invitation_h
            return await first_admin(session, vault, name, foundation.clock.utc(), hours)

    return settings.base_url + link_of(await _with_database(settings, work))


async def _check_tables(database: Database) -> None:
    if not await is_current(database):
        raise Refused("the database's tables are of another version, or not made yet; run kiosk-central migrate.")


async def _with_database(settings: Settings, work: Callable[[Database], Coroutine[Any, Any, Any]]) -> Any:  # noqa: ANN401
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = open_database(settings.database_url, settings.database)
    try:
        return await work(database)
    finally:
        await database.close()


def _run(work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - whatever the work gives
    return asyncio.run(work)


def _run_or_clear_up(work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - whatever the work gives
    """The same of work that has everybody in plain text meanwhile: a signal, or a terminal that is gone, ends it as
    Ctrl+C does, so that nothing is left lying.
    """
    heard: list[int] = []

    async def heeding() -> Any:  # noqa: ANN401
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def end(number: int) -> None:
            heard.append(number)
            if task is not None:
                task.cancel()

        for number in ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
                loop.add_signal_handler(number, end, number)
        return await work

    try:
        return asyncio.run(heeding())
    except asyncio.CancelledError:
        sys.exit(128 + heard[0])
