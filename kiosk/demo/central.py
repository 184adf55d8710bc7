"""`scripts/demo --central`: the server with the demo people in it, a link for its first admin, a kiosk beside it."""

import asyncio
import errno
import json
import logging
import os
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click
import uvicorn

from kiosk.central.access.users import first_admin, has_admin, link_of
from kiosk.central.app import create_app
from kiosk.central.audit.service import SYSTEM
from kiosk.central.house import House
from kiosk.central.migrating import migrate
from kiosk.central.opening import Foundation, opened_house
from kiosk.central.people.enrolling import enrol_from
from kiosk.central.people.messages import Consented, NewPerson, Wanted
from kiosk.central.people.service import Doer, Register
from kiosk.central.settings import ServerOptions, Settings, load_settings
from kiosk.central.sockets import LIMITS
from kiosk.demo.beside import Place, kiosk_beside
from kiosk.demo.command import has_display
from kiosk.demo.company import PEOPLE, SITE
from kiosk.demo.faces import demo_faces
from kiosk.domain.errors import KioskError, Refused
from kiosk.runtime.signals import stopped_by_signals

ADMIN = "admin"
LOOPBACK = "127.0.0.1"
LOOK_S = 0.1
END_S = 2
INVITED = "Augustus De Morgan"
TEXT_VERSION = "demo"


EXAMPLES = """\b
Examples:
  scripts/demo --central
  scripts/demo --central --headless --port 8500
  scripts/demo --central --no-kiosk --out elsewhere
"""


@click.command(epilog=EXAMPLES)
@click.option("--out", type=click.Path(path_type=Path), default=Path("demo-out"), help="Folder for what both keep.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8400, show_default=True, help="On loopback; 0: a free one."
)
@click.option(
    "--kiosk/--no-kiosk", "with_kiosk", default=True, help="A kiosk beside it, paired with it.  [default: kiosk]"
)
@click.option("--headless", is_flag=True, help="Draw the kiosk off-screen, whatever display there is.")
@click.option("--json", "as_json", is_flag=True, help="Print address and link as one JSON object.")
def main(out: Path, port: int, with_kiosk: bool, headless: bool, as_json: bool) -> None:
    """Bring central up on a database of its own, with the demo people in it, and a kiosk to which they come.

    Both run until Ctrl-C. What they keep is there again the next time; remove the folder to begin anew.
    """
    stop = threading.Event()
    place = Place((out / "kiosk").absolute(), headless or not has_display()) if with_kiosk else None
    try:
        # What is prepared is not broken off. The server heeds signals itself, and hands them on when it has ended.
        with closing(_listener(port)) as listener, stopped_by_signals(stop):
            server = ServerOptions(data=(out / "central").absolute(), port=listener.getsockname()[1], site=SITE)
            foundation = Foundation.usual(replace(load_settings(None, os.environ), server=server))
            link = asyncio.run(_prepared(foundation))
            if stop.is_set():
                sys.exit(0)
            _tell(foundation.settings, link, as_json)
            started = asyncio.run(_served(foundation, listener, place))
    except KioskError as error:
        click.echo(f"demo: {error}", err=True)
        sys.exit(error.exit_code)
    sys.exit(0 if started else 3)


def _listener(port: int) -> socket.socket:
    """The port, taken before anything else is done. Raises Refused where that can't be."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen()
    except OSError as error:
        listener.close()
        why = "is in use" if error.errno == errno.EADDRINUSE else f"can't be used ({error.strerror})"
        raise Refused(f"port {port} {why}; choose another one with --port, or 0 for any that is free") from error
    return listener


async def _served(foundation: Foundation, listener: socket.socket, place: Place | None) -> bool:
    """Serve until told to stop, with a kiosk beside it where there is a place for one; whether it ever started."""
    app = create_app(foundation)
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=END_S, **LIMITS)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(LOOK_S)
    beside = None if place is None or serving.done() else asyncio.create_task(_beside(app.state.house, place))
    while not server.should_exit and not serving.done():
        await asyncio.sleep(LOOK_S)
    # Who still listens for events is cut off, maybe in the middle of a look at the database: nothing to be told of.
    for name in ("uvicorn.error", "sqlalchemy.pool"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if beside is not None:
        beside.cancel()
        await asyncio.wait({beside})
    await serving
    return server.started


async def _beside(house: House, place: Place) -> None:
    """The kiosk; central goes on without it."""
    try:
        await kiosk_beside(house, place, _say)
    except KioskError as error:
        _say(f"The kiosk is not paired: {error}")


async def _prepared(foundation: Foundation) -> str | None:
    """The demo people, made where there is nobody, and a link for the first admin while nobody used one."""
    faces = demo_faces(say=_say)
    async with opened_house(foundation) as house:
        await migrate(house.database)
        async with house.database.reading() as session:
            somebody, _ = await Register(session, house.vault).page(Wanted(limit=1))
        if not somebody:
            await _enrol_everybody(house, faces)
        async with house.database.writing() as session:
            if await has_admin(session):
                return None
            hours = house.settings.sign_in.invitation_h
            return link_of(await first_admin(session, house.vault, ADMIN, house.clock.utc(), hours))


def _tell(settings: Settings, link: str | None, as_json: bool) -> None:
    url = None if link is None else settings.base_url + link
    if as_json:
        click.echo(json.dumps({"address": settings.base_url, "first_admin": url}))
        return
    click.echo(f"Central is at {settings.base_url}")
    if url is not None:
        click.echo(f"Choose the first admin's password here, once; their name is {ADMIN}:\n  {url}")


async def _enrol_everybody(house: House, faces: dict[str, Path]) -> None:
    _say("Enrolling the demo people ...")
    for someone in PEOPLE:
        pictures = [faces[photo].read_bytes() for photo in someone.photos]
        new = NewPerson(name=someone.name, groups=list(someone.groups), host="Reception")
        await _enrol(house, new, pictures)
    doer = Doer(SYSTEM, "demo", house.clock.utc())
    async with house.database.writing() as session:
        await Register(session, house.vault).create(NewPerson(name=INVITED, host="Ada Lovelace"), "demo", doer)


async def _enrol(house: House, new: NewPerson, pictures: Sequence[bytes]) -> None:
    face = await enrol_from(house, pictures, keep_picture=True)
    now = house.clock.utc()
    doer = Doer(SYSTEM, "demo", now)
    given = Consented(text_version=TEXT_VERSION, language="en", given_utc=now - timedelta(minutes=1), channel="demo")
    async with house.database.writing() as session:
        register = Register(session, house.vault)
        person = await register.create(new, house.settings.server.site, doer)
        await register.enrol(person.id, face, given, doer)


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)


if __name__ == "__main__":
    main()
