"""Starts the kiosk beside the demo's central, confirms its code as an admin does, and says what happens at it."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kiosk.central.audit.service import SYSTEM
from kiosk.central.errors import Conflict
from kiosk.central.house import House
from kiosk.central.kiosks.desk import Desk
from kiosk.central.kiosks.messages import KioskOut, NewKiosk
from kiosk.central.people.service import Doer
from kiosk.demo.company import DOOR, PEOPLE
from kiosk.demo.story import PIN

END_S = 10.0
NAMES_MOST = 100

Say = Callable[[str], None]
TRY = """
The kiosk is paired, as "{name}". Try this:

  {url}/kiosks   the kiosk, how it is, and when it was last heard of
  {url}/events   every visit, as it comes
  {url}/people   erase one of those who come: {people}.
  {gap}   Within two seconds they are unknown at the door.

At the kiosk, staff's PIN is {pin}: enrol whoever stands there, and central has them too.
Ctrl-C ends both.
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a kiosk keeps its things, and whether its window is to be seen."""

    folder: Path
    headless: bool

    def command(self, url: str) -> tuple[str, ...]:
        """What starts it."""
        hidden = ("--headless",) if self.headless else ()
        return (sys.executable, "-m", "kiosk.demo.door", str(self.folder), url, *hidden)

    @property
    def log(self) -> Path:
        """What it logs."""
        return self.folder.with_suffix(".log")


async def kiosk_beside(house: House, place: Place, say: Say) -> None:
    """Run a kiosk until it ends or this is cancelled."""
    place.folder.parent.mkdir(parents=True, exist_ok=True)
    with place.log.open("wb") as log:
        # In a group of its own, it does not hear Ctrl-C: it ends first, and then central, which it talks to.
        process = await asyncio.create_subprocess_exec(
            *place.command(house.settings.base_url), stdin=PIPE, stdout=PIPE, stderr=log, process_group=0
        )
    try:
        await _followed(process, house, say)
        await process.wait()
        say(f"The kiosk ended; central goes on. What it logged is in {place.log}. Ctrl-C ends central.")
    finally:
        await _ended(process)


async def _followed(process: Process, house: House, say: Say) -> None:
    """Do and say what follows from each of its lines."""
    if process.stdout is None:
        return
    async for line in process.stdout:
        told = json.loads(line)
        at = f"  {house.clock.utc().astimezone():%H:%M:%S}  "
        match told["type"]:
            case "asks":
                await _confirm(house, told["code"], told["fingerprint"], say)
            case "paired":
                say(_to_try(house, told["name"]))
            case "visit":
                name = f" as {told['name']}" if told["name"] else ""
                say(f"{at}{told['who']} is at the door: {told['outcome']}{name}")
            case "erased":
                say(f"{at}{told['who']} was erased, and comes once more.")
            case _:
                say(f"The kiosk can't go on: {told['sentence']}")


async def _confirm(house: House, code: str, fingerprint: str, say: Say) -> None:
    """As an admin does it: look who asks, compare the fingerprint, give it a name."""
    desk, doer = Desk(house.database, house.vault), Doer(SYSTEM, "demo", house.clock.utc())
    asks = await desk.find(code, doer)
    if asks.fingerprint != fingerprint:
        await desk.refuse(code, doer)
        say("Another kiosk asks with that code; it was refused.")
        return
    name = DOOR if asks.known is None else asks.known.name
    kiosk = await _named(desk, code, NewKiosk(name=name, site=house.settings.server.site), doer)
    say(f"The kiosk shows the code {code}, and its fingerprint is {fingerprint}: confirmed, as {kiosk.name}.")


async def _named(desk: Desk, code: str, new: NewKiosk, doer: Doer) -> KioskOut:
    """By another name where a kiosk of an earlier demo has that one. Raises Conflict."""
    for number in range(2, NAMES_MOST):
        with suppress(Conflict):
            return await desk.confirm(code, new, new.site, doer)
        new = new.model_copy(update={"name": f"{DOOR} {number}"})
    return await desk.confirm(code, new, new.site, doer)


def _to_try(house: House, name: str) -> str:
    url = house.settings.base_url
    people = ", ".join(someone.name for someone in PEOPLE)
    return TRY.format(name=name, url=url, people=people, gap=" " * len(f"{url}/people"), pin=PIN)


async def _ended(process: Process) -> None:
    """It ends with its stdin; what does not is killed."""
    if process.stdin is not None:
        process.stdin.close()
    with suppress(TimeoutError):
        async with asyncio.timeout(END_S):
            await process.wait()
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()
