"""The second process: clients that ask a server without mercy, and what they saw, as one JSON object.

Run as `python -m kiosk.central.bench.load` with a plan as JSON on its standard input.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from kiosk.central.bench.wire import Address, Line, form, request
from kiosk.central.clock import ServerClock

RETRY_S = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """Who asks what, and for how long. `pause_s` is what a client of small things waits between two of them."""

    port: int
    seconds: float
    comparing: int
    asking: int
    pause_s: float
    token: str
    person: str  # "": only /health is asked
    a: str
    b: str
    host: str = "127.0.0.1"

    @property
    def address(self) -> Address:
        """Where the server is."""
        return Address(self.host, self.port)


@dataclass(slots=True)
class Seen:
    """What was answered. `waits_s` are the times of small requests."""

    compared: int = 0
    refused: int = 0
    failed: int = 0
    asked: int = 0
    waits_s: list[float] | None = None
    seconds: float = 0.0


async def play(plan: Plan) -> Seen:
    """Every client of the plan, side by side."""
    clock, seen = ServerClock(), Seen(waits_s=[])
    until = clock.monotonic() + plan.seconds
    began = clock.monotonic()
    body, kind = form({"a": Path(plan.a).read_bytes(), "b": Path(plan.b).read_bytes()})
    compare = request("POST", "/v1/faces/compare", plan.token, body, kind)
    health = request("GET", "/health")
    small = (health, request("GET", f"/v1/people/{plan.person}", plan.token) if plan.person else health)

    async def comparing() -> None:
        line = Line(plan.address)
        while clock.monotonic() < until:
            await _one(line, compare, seen)
        line.close()

    async def asking(first: int) -> None:
        line, turn = Line(plan.address), first
        while clock.monotonic() < until:
            turn += 1
            await _small(line, small[turn % 2], seen, clock)
            if plan.pause_s:
                await asyncio.sleep(plan.pause_s)
        line.close()

    clients: list[Callable[[], Awaitable[None]]] = [comparing] * plan.comparing
    await asyncio.gather(*(client() for client in clients), *(asking(number) for number in range(plan.asking)))
    seen.seconds = clock.monotonic() - began
    return seen


async def _one(line: Line, compare: bytes, seen: Seen) -> None:
    try:
        status, _ = await line.ask(compare)
    except (OSError, EOFError):
        line.close()
        seen.failed += 1
        return
    if status == 200:
        seen.compared += 1
    elif status == 503:
        seen.refused += 1
        await asyncio.sleep(RETRY_S)
    else:
        seen.failed += 1


async def _small(line: Line, asked: bytes, seen: Seen, clock: ServerClock) -> None:
    began = clock.monotonic()
    try:
        status, _ = await line.ask(asked)
    except (OSError, EOFError):
        line.close()
        seen.failed += 1
        return
    if status != 200:
        seen.failed += 1
        return
    seen.asked += 1
    if seen.waits_s is not None:
        seen.waits_s.append(clock.monotonic() - began)


def main() -> None:
    """Play the plan on standard input."""
    plan = Plan(**json.loads(sys.stdin.read()))
    sys.stdout.write(json.dumps(asdict(asyncio.run(play(plan)))))


if __name__ == "__main__":
    main()
