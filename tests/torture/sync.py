"""Thousands of histories of kiosks, admins and a bad network; after each the network heals, and all must agree.

`scripts/torture --sync --count 1 --seed S` repeats the history of seed S.
"""

import logging
import multiprocessing
import shutil
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kiosk.runtime.clock import SystemClock
from tests.torture.sync_checks import check
from tests.torture.sync_plan import Plan, drawn
from tests.torture.sync_server import Server, server_in
from tests.torture.sync_world import World, Wrong

A_SERVER = 100
PROCESSES = 2
MEMORY = Path("/dev/shm")


@dataclass
class Outcome:
    """What came of one history. `wrong` is the law that did not hold, "" for none; `refused`: statements that the cards
    of the kiosks did not carry out.
    """

    seed: int
    wrong: str = ""
    healed_s: float = 0.0
    healed_requests: int = 0
    requests: int = 0
    replays: int = 0
    acts: int = 0
    kiosks: int = 0
    events: int = 0
    erased: int = 0
    refused: int = 0
    faults: dict[str, int] = field(default_factory=dict)


def play(server: Server, plan: Plan, folder: Path) -> Outcome:
    """One history on that server, in a folder that is removed afterwards."""
    here = Path(tempfile.mkdtemp(dir=folder))
    world = World(server, here, plan)
    found = Outcome(plan.seed, kiosks=plan.kiosks, acts=len(plan.acts))
    try:
        for act in plan.acts:
            world.do(act)
        world.heal()
        check(world)
    except Wrong as wrong:
        found.wrong = str(wrong)
    except Exception as error:  # noqa: BLE001 - whatever a part of the product raises is a find
        place = traceback.extract_tb(error.__traceback__)[-1]
        found.wrong = f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"
    finally:
        world.close()
        shutil.rmtree(here, ignore_errors=True)
    _count(world, found)
    return found


def _count(world: World, found: Outcome) -> None:
    found.healed_s, found.healed_requests = round(world.healed_s, 2), world.healed_requests
    found.erased = len(world.memory.ever_gone)
    found.events = sum(len(events) for events in world.memory.events.values())
    faults: Counter[str] = Counter()
    for kiosk in world.kiosks:
        traffic = kiosk.network.traffic
        faults.update({str(fault): count for fault, count in traffic.faults.items()})
        found.requests += traffic.requests
        found.replays += traffic.replays
        found.refused += kiosk.card.failed
    found.faults = dict(faults)


@contextmanager
def workshop() -> Iterator[Path]:
    """A folder in memory, where there is room for it."""
    folder = Path(tempfile.mkdtemp(prefix="kiosk-sync-", dir=MEMORY if MEMORY.is_dir() else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def histories(seeds: list[int], url: str = "") -> Iterator[Outcome]:
    """What came of those histories, on a new server every hundred of them."""
    for begin in range(0, len(seeds), A_SERVER):
        with workshop() as folder, server_in(folder / "central", url) as server:
            for seed in seeds[begin : begin + A_SERVER]:
                yield play(server, drawn(seed), folder)


def shrunk(plan: Plan, is_wrong: Callable[[Plan], str]) -> Plan:
    """The shortest plan found that goes wrong in the same way: acts are left out, halves first."""
    first, step = _kind(is_wrong(plan)), max(1, len(plan.acts) // 2)
    while True:
        shorter = [plan.without(begin, begin + step) for begin in range(0, len(plan.acts), step)]
        found = next((one for one in shorter if _kind(is_wrong(one)) == first), None)
        if found is not None:
            plan, step = found, min(step, max(1, len(found.acts) // 2))
        elif step == 1:
            return plan
        else:
            step = max(1, step // 2)


def _kind(wrong: str) -> str:
    """The law that did not hold, without whom it was about."""
    return wrong.partition("(")[0]


def explained(seed: int) -> tuple[str, Plan]:
    """What goes wrong in that history, and the shortest one that goes wrong like it."""
    with workshop() as folder, server_in(folder / "central") as server:

        def is_wrong(plan: Plan) -> str:
            return play(server, plan, folder).wrong

        found = is_wrong(drawn(seed))
        plan = shrunk(drawn(seed), is_wrong) if found else drawn(seed)
        return (is_wrong(plan) or found) if found else "", plan


def run(count: int, seed: int, progress: Callable[[int], None]) -> dict[str, object]:
    """So many histories, from that seed on, in two processes."""
    logging.disable(logging.CRITICAL)  # what goes wrong on the way is meant to
    clock = SystemClock()
    begun, every = clock.monotonic(), Counter[str]()
    totals: Counter[str] = Counter()
    slowest, wrong = 0.0, []
    for done, outcome in enumerate(_outcomes(count, seed), 1):
        every.update(outcome.faults)
        totals.update({name: value for name, value in asdict(outcome).items() if isinstance(value, int)})
        slowest = max(slowest, outcome.healed_s)
        if outcome.wrong:
            wrong.append({"seed": outcome.seed, "wrong": outcome.wrong})
            again = f"scripts/torture --sync --count 1 --seed {outcome.seed}"
            sys.stderr.write(f"seed {outcome.seed}: {outcome.wrong}\n  again: {again}\n")
        progress(done)
    logging.disable(logging.NOTSET)
    seconds = max(0.001, clock.monotonic() - begun)
    return {
        "ok": not wrong,
        "histories": count,
        "seeds": f"{seed} to {seed + count - 1}",
        "wrong": wrong,
        "histories_per_s": round(count / seconds, 2),
        "kiosks": totals["kiosks"],
        "acts": totals["acts"],
        "requests": totals["requests"],
        "events": totals["events"],
        "erased": totals["erased"],
        "replays_refused": totals["replays"],
        "statements_refused": totals["refused"],
        "faults": dict(sorted(every.items())),
        "healed_within_s": slowest,
        "requests_after_healing": totals["healed_requests"],
    }


def _outcomes(count: int, seed: int) -> Iterator[Outcome]:
    if count < 2 * PROCESSES:
        yield from histories(list(range(seed, seed + count)))
        return
    with multiprocessing.get_context("spawn").Pool(PROCESSES, maxtasksperchild=20) as pool:
        parts = [list(range(seed + begin, min(seed + count, begin + seed + 50))) for begin in range(0, count, 50)]
        for outcomes in pool.imap_unordered(_part, parts):
            yield from outcomes


def _part(seeds: list[int]) -> list[Outcome]:
    logging.disable(logging.CRITICAL)
    return list(histories(seeds))


def main() -> Any:
    """python -m tests.torture.sync SEED: the shortest history like that one."""
    wrong, plan = explained(int(sys.argv[1]))
    sys.stdout.write(f"{wrong or 'nothing is wrong'}\n{plan.kiosks} kiosks, {plan.sites} sites\n")
    for act in plan.acts:
        sys.stdout.write(f"  {act}\n")


if __name__ == "__main__":
    main()
