"""kill -9 of kiosks, of central and of PostgreSQL, at random points while all of them are at work.

Every few kills everything is started again and left in peace; what was acknowledged must then be everywhere, what was
erased nowhere, and central and every kiosk must have the same.
"""

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from kiosk.runtime.clock import SystemClock
from tests.central.servers import Postgres
from tests.central.waiting import until
from tests.fleet import rough
from tests.fleet.hub import ROOT, Hub, hub_in
from tests.fleet.promises import Card, Central, Promised
from tests.fleet.remote import pause

KIOSKS = 3
SITE = "site"  # where people made on central are
PEACE_EVERY = 10
LONGEST_S = 0.7
AT_WORK = 0.85  # the others are killed while something is still starting
PATIENCE_S = 180.0
VICTIMS = {"kiosk": 5.0, "central": 3.0, "backend": 2.0, "postgres": 1.0}


@dataclass
class Acting:
    """A kiosk that acts and syncs in a process of its own; what it says is in a new file a start."""

    folder: Path
    url: str
    seed: int
    starts: int = 0
    process: "subprocess.Popen[bytes] | None" = None
    _read: int = 0

    @property
    def card(self) -> Card:
        return Card(self.folder)

    @property
    def _said(self) -> Path:
        return self.folder.with_suffix(f".{self.starts}.said")

    def start(self) -> None:
        self.starts += 1
        self._read = 0
        command = [sys.executable, "-m", "tests.fleet.acting", str(self.folder), self.url, str(self.seed + self.starts)]
        with self._said.open("wb") as out, self.folder.with_suffix(".log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=log)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def said(self) -> list[list[str]]:
        """The whole lines that came since it was last asked."""
        fresh = self._said.read_bytes()[self._read :]
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self._read += len(whole)
        return [json.loads(line) for line in whole.splitlines()]

    def quiet(self, *, be: bool) -> None:
        """Whether it is to do nothing but sync."""
        mark = self.folder.with_suffix(".quiet")
        mark.touch() if be else mark.unlink(missing_ok=True)


@dataclass
class Fleet:
    """Everything that is killed, and what it promised."""

    hub: Hub
    postgres: Postgres
    kiosks: list[Acting]
    dice: random.Random
    promised: Promised = field(default_factory=Promised)
    ids: list[str] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)
    pieces: dict[str, dict[int, list[bytes]]] = field(default_factory=dict)
    clock: SystemClock = field(default_factory=SystemClock)
    _admin: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    @property
    def central(self) -> Central:
        return Central(self.hub.database)

    def pair(self) -> None:
        """An admin confirms all of them."""
        for number, kiosk in enumerate(self.kiosks):
            kiosk.start()
            shown: list[list[str]] = []
            until(lambda kiosk=kiosk, shown=shown: bool(shown.extend(kiosk.said()) or shown), "a code")  # type: ignore[misc]
            (_, code, fingerprint), *_ = shown
            self.ids.append(self.hub.confirm(code, fingerprint, f"Door {number}", SITE))
            until(lambda kiosk=kiosk: kiosk.card.is_paired, "a kiosk to claim its token")  # type: ignore[misc]

    def cycle(self) -> None:
        """Start what is down, kill something at a moment of chance, and listen to what was done until then."""
        at_work = self.dice.random() < AT_WORK
        self.start(wait=at_work)
        asked = self._asked() if at_work else None
        pause(self.dice.uniform(0.0, LONGEST_S))
        self._kill(self.dice.choices(list(VICTIMS), list(VICTIMS.values()))[0])
        if asked is not None:
            asked.result()
        self._listen()

    def start(self, *, wait: bool = True) -> None:
        """Everything runs again."""
        rough.start(self.postgres)
        for kiosk in self.kiosks:
            if kiosk.process is not None and kiosk.process.poll() is not None:
                raise AssertionError(kiosk.folder.with_suffix(".log").read_text(encoding="utf-8")[-3000:])
            if kiosk.process is None:
                kiosk.start()
        if self.hub.process is None or self.hub.process.poll() is not None:
            self.hub.kill()
            self.hub.start(wait=False)
        if wait:
            self._wait(self._is_up, "central to answer")

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        """Until it is so. Fails with what everybody had to say of themselves."""
        try:
            until(condition, what, PATIENCE_S)
        except AssertionError as error:
            there = dict(self.central.people)
            waiting: list[object] = [
                self.central.rows("SELECT kind, id, site, position FROM changes ORDER BY position")[-9:]
            ]
            for kiosk in self.kiosks:
                here, marks = dict(kiosk.card.people), kiosk.card.rows("SELECT name, value FROM sync")
                differ = set(here.items()) ^ set(there.items())
                waiting.append((kiosk.card.waiting, kiosk.card.dead[:3], differ, marks))
            logs = [kiosk.folder.with_suffix(".log").read_text(encoding="utf-8")[-1500:] for kiosk in self.kiosks]
            base = self.postgres.server.log.read_text(encoding="utf-8")[-2500:]
            told = "\n".join((str(error), str(dict(self.killed)), str(waiting), self.hub.said[-2500:], base, *logs))
            raise AssertionError(told) from error

    def _is_up(self) -> bool:
        """A central that found no database ends by itself, and is started again, as its service manager would."""
        if self.hub.process is None or self.hub.process.poll() is not None:
            self.hub.kill()
            self.hub.start(wait=False)
            return False
        return self.hub.is_alive()

    def drain(self) -> float:
        """Everything is whole and nobody acts; how many seconds until nobody has anything left to say."""
        for kiosk in self.kiosks:
            kiosk.quiet(be=True)
        self.start()
        begun = self.clock.monotonic()
        self._wait(self._is_quiet, "the queues to drain")
        self._listen()
        return self.clock.monotonic() - begun

    def wrong(self) -> Iterator[str]:
        """What is not as it must be, now that nobody has anything left to say; then they act again."""
        cards = {number: kiosk.card for number, kiosk in zip(self.ids, self.kiosks, strict=True)}
        yield from self.promised.broken(self.central, cards, self.killed["kiosk"])
        names = {one["id"]: one["name"] for one in self._everybody()}
        for number, kiosk in enumerate(self.kiosks):
            if kiosk.card.names() != names:
                yield "names differ"
            here = kiosk.card.sealed()
            for person in self.central.erased:
                kept = self.pieces.get(person, {}).get(number, [])
                yield from (f"something of an erased person is in {where}" for where in kiosk.card.places(kept))
            for person, pieces in here.items():
                self.pieces.setdefault(person, {})[number] = pieces
        for kiosk in self.kiosks:
            kiosk.quiet(be=False)

    def close(self) -> None:
        for kiosk in self.kiosks:
            kiosk.kill()
        self._admin.shutdown()
        rough.start(self.postgres)

    def _is_quiet(self) -> bool:
        if not self._is_up() or any(kiosk.card.waiting for kiosk in self.kiosks) or self.central.unconfirmed:
            return False
        people = self.central.people
        return all(kiosk.card.people == people for kiosk in self.kiosks)

    def _kill(self, victim: str) -> None:
        self.killed[victim] += 1
        match victim:
            case "kiosk":
                self.dice.choice(self.kiosks).kill()
            case "central":
                self.hub.kill()
            case "backend":
                rough.kill_one(self.postgres, self.dice)
            case "postgres":
                rough.kill_all(self.postgres)

    def _listen(self) -> None:
        for number, kiosk in zip(self.ids, self.kiosks, strict=True):
            self.promised.take(number, (line for line in kiosk.said() if line[0] != "code"))

    def _asked(self) -> "Future[None]":
        """An admin does something meanwhile."""
        if self.dice.random() < 0.5 or not self.promised.made:
            return self._admin.submit(self._create, f"Guest {self.dice.getrandbits(60):x}")
        return self._admin.submit(self._erase, self.dice.choice(sorted(self.promised.made)))

    def _create(self, name: str) -> None:
        try:
            answer = self.hub.answer("POST", "/v1/people", {"name": name})
        except httpx.HTTPError:
            return
        if answer.status_code == 201:
            self.promised.made.add(answer.json()["id"])

    def _erase(self, person: str) -> None:
        self.promised.perhaps.add(person)
        try:
            answer = self.hub.answer("DELETE", f"/v1/people/{person}")
        except httpx.HTTPError:
            return
        if answer.status_code == 200:
            self.promised.erased.add(person)

    def _everybody(self) -> Iterator[dict[str, str]]:
        following = ""
        while True:
            page = self.hub.ask("GET", f"/v1/people?limit=100{following}")
            yield from page["people"]
            if not page["next"]:
                return
            following = f"&cursor={page['next']}"


@contextmanager
def fleet_in(folder: Path, seed: int) -> Iterator[Fleet]:
    """A fleet that is paired and at work."""
    with hub_in(folder) as (hub, postgres):
        kiosks = [
            Acting(folder / f"card-{number}", hub.url, seed * 1000 + number * 100_000) for number in range(KIOSKS)
        ]
        fleet = Fleet(hub, postgres, kiosks, random.Random(seed))
        try:
            fleet.pair()
            yield fleet
        finally:
            fleet.close()


def run(count: int, seed: int, progress: Callable[[int], None]) -> dict[str, object]:
    """Kill so many times; what came of it."""
    wrong: list[str] = []
    drains: list[float] = []
    with TemporaryDirectory() as place, fleet_in(Path(place), seed) as fleet:
        for number in range(1, count + 1):
            fleet.cycle()
            if number % PEACE_EVERY == 0 or number == count:
                drains.append(fleet.drain())
                wrong += [f"kill {number}: {what}" for what in fleet.wrong()]
            progress(number)
        dead = Counter(reason for kiosk in fleet.kiosks for reason in kiosk.card.dead)
        return {
            "ok": not wrong,
            "seed": seed,
            "kills": count,
            "killed": dict(fleet.killed),
            "acts_promised": fleet.promised.acts,
            "people": len(fleet.central.people),
            "erased": len(fleet.central.erased),
            "dead_letters": dict(dead),
            "longest_drain_s": round(max(drains), 1),
            "wrong": len(wrong),
            "first_wrong": wrong[:5],
        }
