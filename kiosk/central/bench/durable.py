"""How many events a second are durable: pushed by the hundred, and one at a time, by one kiosk to one core."""

import asyncio
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kiosk.central.bench import servers
from kiosk.central.bench.fleet import Client, Plan, Seen
from kiosk.central.bench.simulate import Fleet, kept_events, made_kiosks
from kiosk.central.clock import ServerClock
from kiosk.wire.pushed import ITEMS_MOST

WARM_S = 1.0
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Durable:
    """For how long each way, over which empty database: a SQLite that is thrown away, where there is none."""

    seconds: float = 10.0
    database: str = ""


def measure_durable(asked: Durable, say: Say) -> dict[str, Any]:
    """Every figure. Raises Refused."""
    fleet = Fleet(kiosks=2, database=asked.database)
    with TemporaryDirectory(prefix="kiosk-central-durable-") as folder:
        data, secret = Path(folder), secrets.token_hex(16)
        asyncio.run(made_kiosks(data, fleet, secret))
        more = {"KIOSK_CENTRAL_DATABASE_URL": asked.database} if asked.database else {}
        with servers.central_for_fleet(data, 1, more) as server:
            plan = Plan(server.port, 2, asked.seconds, 0, 0, 0, secret)
            _on_one_core(server.process.pid)
            say("one event a request")
            singly = asyncio.run(_pushed(plan, 0, 1))
            say(f"{ITEMS_MOST} events a request")
            together = asyncio.run(_pushed(plan, 1, ITEMS_MOST))
        kept = asyncio.run(kept_events(data, fleet))
    return {
        "events_per_second_by_hundred": round(together["rate"]),
        "events_per_second_singly": round(singly["rate"]),
        "ratio": round(together["rate"] / max(singly["rate"], 0.1), 1),
        "bytes_per_event_by_hundred": round(together["bytes"]),
        "bytes_per_event_singly": round(singly["bytes"]),
        "errors": singly["errors"] | together["errors"],
        "events_kept": kept,
        "events_answered": singly["events"] + together["events"],
        "database": "PostgreSQL" if asked.database else "SQLite",
    }


async def _pushed(plan: Plan, number: int, size: int) -> dict[str, Any]:
    clock, seen = ServerClock(), Seen()
    client = Client(plan, number, seen, clock)
    await _until(client, size, clock.monotonic() + WARM_S)
    seen.events_s.clear()
    warm, client.sent_bytes = client.told, 0
    began = clock.monotonic()
    await _until(client, size, began + plan.seconds)
    told = client.told - warm
    return {
        "rate": told / (clock.monotonic() - began),
        "events": client.told,
        "bytes": client.sent_bytes / max(1, told),
        "errors": seen.errors,
    }


async def _until(client: Client, size: int, until: float) -> None:
    while client.clock.monotonic() < until:
        await client.tell(size)


def _on_one_core(pid: int) -> None:
    """The server's every thread; who asks has the other cores."""
    core = {min(os.sched_getaffinity(0))}
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(ProcessLookupError):
            os.sched_setaffinity(int(task.name), core)
