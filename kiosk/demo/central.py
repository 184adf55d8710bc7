"""`scripts/demo --central`: the server with the demo people in it, and a link for the first admin."""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click
import uvicorn

from kiosk.central.access.api import link_of
from kiosk.central.access.users import first_admin, has_admin
from kiosk.central.app import Foundation, create_app, opened_house
from kiosk.central.audit.service import SYSTEM
from kiosk.central.house import House
from kiosk.central.migrating import migrate
from kiosk.central.people.enrolling import enrol_from
from kiosk.central.people.messages import Consented, NewPerson, Wanted
from kiosk.central.people.service import Doer, Register
from kiosk.central.settings import ServerOptions, Settings, load_settings
from kiosk.demo.faces import demo_faces
from kiosk.domain.errors import KioskError

ADMIN = "admin"
PEOPLE = (
    ("Ada Lovelace", ("obama", "obama2"), ("Staff",)),
    ("Charles Babbage", ("biden",), ("Staff", "Workshop")),
    ("Mary Somerville", ("astronaut",), ("Visitors",)),
)
INVITED = "Augustus De Morgan"
TEXT_VERSION = "demo"


@click.command(epilog="Example:  scripts/demo --central")
@click.option("--out", type=click.Path(path_type=Path), default=Path("demo-out"), help="Folder for its database.")
@click.option("--port", type=click.IntRange(0, 65535), default=8400, show_default=True, help="Port on loopback.")
@click.option("--json", "as_json", is_flag=True, help="Print address and link as one JSON object.")
def main(out: Path, port: int, as_json: bool) -> None:
    """Bring central up on a database of its own, with the demo people in it, and print where it is."""
    settings = load_settings(None, os.environ)
    settings = replace(settings, server=ServerOptions(data=(out / "central").absolute(), port=port, site="demo"))
    foundation = Foundation.usual(settings)
    try:
        link = asyncio.run(_prepared(foundation))
    except KioskError as error:
        click.echo(f"demo: {error}", err=True)
        sys.exit(error.exit_code)
    _tell(settings, link, as_json)
    config = uvicorn.Config(create_app(foundation), settings.server.host, port, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    server.run()
    sys.exit(0 if server.started else 3)


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
    for name, photos, groups in PEOPLE:
        pictures = [faces[photo].read_bytes() for photo in photos]
        await _enrol(house, NewPerson(name=name, groups=list(groups), host="Reception"), pictures)
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
