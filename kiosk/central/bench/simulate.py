"""A fleet against a real server: every kiosk in one process, the server in others, and what a kiosk costs."""

import asyncio
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sqlalchemy import func, insert, select

from kiosk.central.access.secrets import digest
from kiosk.central.bench import fleet, servers
from kiosk.central.database import Database, open_database
from kiosk.central.events.tables import EventRow
from kiosk.central.kiosks.tables import KioskRow
from kiosk.central.migrating import migrate
from kiosk.central.opening import Foundation
from kiosk.central.settings import DatabaseOptions, InferenceOptions, ServerOptions, Settings
from kiosk.domain.errors import Refused

SITES = 20
BATCH = 5000
IDLE_S = 5.0
SCALE = 1_000_000
SHARE = 0.6  # of a core that a web process may take in the long run
KIOSKS_OF_ONE = 5000  # which take about that share
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Fleet:
    """How many kiosks, for how long, how often each beats and tells an event, how many hold a stream open, over which
    database (SQLite of a folder that is thrown away, where there is none), and how many web processes serve them.
    """

    kiosks: int = 10_000
    seconds: float = 120.0
    beat_s: float = 30.0
    event_s: float = 60.0
    streams: int = 0
    database: str = ""
    web: int = 1


def web_processes_for(kiosks: int) -> int:
    """How many such a fleet needs."""
    return -(-kiosks // KIOSKS_OF_ONE)


def simulate(asked: Fleet, say: Say) -> dict[str, Any]:
    """Every figure. Raises Refused where the database given is not empty."""
    with TemporaryDirectory(prefix="kiosk-central-fleet-") as folder:
        data = Path(folder)
        secret = secrets.token_hex(16)
        say(f"making {asked.kiosks:,} kiosks")
        asyncio.run(made_kiosks(data, asked, secret))
        more = {"KIOSK_CENTRAL_DATABASE_URL": asked.database} if asked.database else {}
        with servers.central_for_fleet(data, asked.web, more) as server:
            plan = fleet.Plan(server.port, asked.kiosks, 5.0, asked.beat_s, 0.0, 0, secret)
            _played(plan, server)  # until everything has started
            idle = _played(replace(plan, beat_s=0.0, seconds=IDLE_S), server)
            say("heart-beats alone")
            alone = _played(replace(plan, seconds=max(10.0, asked.seconds / 4)), server)
            say("heart-beats and events" + (f", {asked.streams:,} streams open" if asked.streams else ""))
            both = _played(replace(plan, seconds=asked.seconds, event_s=asked.event_s, streams=asked.streams), server)
        kept = asyncio.run(kept_events(data, asked))
        return _figures(asked, idle.cpu_s / IDLE_S, (alone, both), kept)


@dataclass(frozen=True, slots=True)
class Played:
    """What the clients saw, and what it cost the server: processor time, and its memory at the end."""

    seen: dict[str, Any]
    cpu_s: float
    memory_mb: float


def _played(plan: fleet.Plan, server: servers.Server) -> Played:
    before = _cpu_s(server.process.pid)
    command = [sys.executable, "-m", "kiosk.central.bench.fleet"]
    given = json.dumps(asdict(plan)).encode()
    done = subprocess.run(command, input=given, stdout=subprocess.PIPE, check=True)
    return Played(json.loads(done.stdout), _cpu_s(server.process.pid) - before, _memory_mb(server.process.pid))


def _figures(asked: Fleet, idle: float, played: tuple[Played, Played], kept: int) -> dict[str, Any]:
    """`idle`: the share of a core that the server takes when nobody asks."""
    alone, both = played
    beat_ms = _busy_s(alone, idle) / max(1, len(alone.seen["beats_s"])) * 1000
    beats, events = both.seen["beats_s"], both.seen["events_s"]
    event_ms = max(0.0, _busy_s(both, idle) - beat_ms / 1000 * len(beats)) / max(1, len(events)) * 1000
    a_second = SCALE / asked.beat_s * beat_ms / 1000 + SCALE / asked.event_s * event_ms / 1000
    return {
        "kiosks": asked.kiosks,
        "seconds": round(both.seen["seconds"], 1),
        "heart_beats": len(beats),
        "events": len(events),
        "events_kept": kept,
        "errors": both.seen["errors"] | alone.seen["errors"],
        "late": both.seen["late"],
        "streams": both.seen["streams"],
        "streams_ended": both.seen["streams_ended"],
        "heart_beat_ms": _spread(beats),
        "event_ms": _spread(events),
        "server_idle_share": round(idle, 3),
        "server_cpu_share": round(both.cpu_s / both.seen["seconds"], 2),
        "server_memory_mb": round(both.memory_mb),
        "cpu_ms_per_heart_beat": round(beat_ms, 2),
        "cpu_ms_per_event": round(event_ms, 2),
        "web_processes_for_1000000": round(a_second / SHARE),
        "events_per_second_for_1000000": round(SCALE / asked.event_s),
        "database": "PostgreSQL" if asked.database else "SQLite",
        "web_processes": asked.web,
    }


def _busy_s(played: Played, idle: float) -> float:
    return max(0.0, played.cpu_s - idle * float(played.seen["seconds"]))


def _spread(times_s: list[float]) -> dict[str, float]:
    if not times_s:
        return {}
    median, late, worst = np.percentile(times_s, (50, 99, 100)) * 1000
    return {"median": round(float(median), 1), "p99": round(float(late), 1), "worst": round(float(worst), 1)}


async def made_kiosks(data: Path, asked: Fleet, secret: str) -> None:
    """The kiosks, straight into the tables."""
    settings = Settings(server=ServerOptions(data=data, site="bench"), inference=InferenceOptions(workers=1))
    now = Foundation.usual(settings).clock.utc()
    database = _database(data, asked)
    try:
        await migrate(database)
        async with database.reading() as session:
            if await session.scalar(select(func.count()).select_from(KioskRow)):
                raise Refused("there are kiosks in that database; give the simulation an empty one.")
        async with database.writing() as session:
            for begin in range(0, asked.kiosks, BATCH):
                numbers = range(begin, min(begin + BATCH, asked.kiosks))
                rows = [
                    {
                        "id": f"kiosk-{number}", "name": f"Kiosk {number}", "folded": f"kiosk {number}",
                        "site": f"Site {number % SITES}", "groups": "[]", "made_utc": now, "said": "{}", "version": 1,
                        "digest": digest(fleet.token_of(secret, number)), "store": f"store{number}",
                        "public": fleet.key_of(secret, number).public_key().public_bytes_raw(), "paired_utc": now,
                    }
                    for number in numbers
                ]  # fmt: skip
                await session.execute(insert(KioskRow), rows)
    finally:
        await database.close()


async def kept_events(data: Path, asked: Fleet) -> int:
    """How many events central has."""
    database = _database(data, asked)
    try:
        async with database.reading() as session:
            return await session.scalar(select(func.count()).select_from(EventRow)) or 0
    finally:
        await database.close()


def _database(data: Path, asked: Fleet) -> Database:
    settings = Settings(server=ServerOptions(data=data))
    return open_database(asked.database or settings.database_url, DatabaseOptions())


def _cpu_s(pid: int) -> float:
    """Processor time of that process and its children, since they began."""
    used = 0.0
    for one in (pid, *_children(pid)):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        used += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def _memory_mb(pid: int) -> float:
    pages = sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in (pid, *_children(pid)))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


def _children(pid: int) -> list[int]:
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, path.read_text().split()):
            found += [child, *_children(child)]
    return found
