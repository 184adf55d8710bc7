"""The figures: prepared data, servers, plans, and what came of them."""

import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sqlalchemy import insert

from kiosk.central.access.principal import Principal, Via
from kiosk.central.access.scopes import ALLOWED, Role
from kiosk.central.access.users import Users
from kiosk.central.bench import servers
from kiosk.central.bench.bulk import bulk
from kiosk.central.bench.load import Plan
from kiosk.central.house import House
from kiosk.central.inference.trial import trial_face
from kiosk.central.migrating import migrate
from kiosk.central.opening import Foundation, door_of, opened_house
from kiosk.central.people.messages import NewPerson
from kiosk.central.people.service import Doer, Register
from kiosk.central.people.tables import PersonRow, TemplateRow
from kiosk.central.search import sealed
from kiosk.central.settings import InferenceOptions, ServerOptions, Settings
from kiosk.domain.sight import Embedding
from kiosk.identity.vectors import unit

WORKERS = 2
WARM_ROUNDS = 4
SHORT_S = 5.0  # a bench of less than that is to see whether it works, and warms up less
WAITING = 8
SEED = 4
PEOPLE_A_PHOTOGRAPH, LEAST_PHOTOGRAPHS = 200, 20  # a short bench imports less too


@dataclass(frozen=True, slots=True)
class Bench:
    """How long, and with how many clients. `people` are enrolled for the search."""

    seconds: float = 15.0
    comparing: int = 4
    asking: int = 8
    pause_s: float = 0.016
    people: int = 100_000

    @property
    def warm_rounds(self) -> int:
        """How often a server has to keep up before it is measured."""
        return WARM_ROUNDS if self.seconds >= SHORT_S else 1


@dataclass(frozen=True, slots=True)
class Prepared:
    """A data folder with a person and a token in it, and two photographs."""

    data: Path
    plan: Plan


def measure(bench: Bench) -> dict[str, Any]:
    """Every figure, in the order in which they are taken."""
    with _prepared() as ready:
        found: dict[str, Any] = {"workers": WORKERS, "bench": asdict(bench)}
        found |= _health(ready, bench)
        found |= _mixed(ready, bench)
    found |= bulk(max(LEAST_PHOTOGRAPHS, bench.people // PEOPLE_A_PHOTOGRAPH), WORKERS)
    found |= _search(bench)
    return found


def _health(ready: Prepared, bench: Bench) -> dict[str, Any]:
    """`/health` alone, and while every worker is busy and the queue is full."""
    with servers.central(ready.data, WORKERS, WAITING) as server:
        plan = replace(ready.plan, port=server.port)
        _warm(plan, bench.warm_rounds)
        alone = _asked_health(plan, 16, 0.0, bench.seconds / 2)
        busy = replace(plan, comparing=4 * (WORKERS + WAITING), seconds=bench.seconds)
        with _loading(busy) as load:
            under = _asked_health(plan, 2, 0.005, bench.seconds * 0.8)
            seen = json.loads(load.communicate()[0])
    waits = under["waits_s"]
    return {
        "health_per_second_alone": round(alone["asked"] / alone["seconds"]),
        "health_p99_ms_under_load": round(_percentile(waits, 99) * 1000, 2),
        "health_median_ms_under_load": round(statistics.median(waits) * 1000, 2),
        "refused_meanwhile": seen["refused"],
        "compared_per_second_meanwhile": round(seen["compared"] / seen["seconds"], 1),
    }


def _mixed(ready: Prepared, bench: Bench) -> dict[str, Any]:
    """Comparisons without pause beside small requests, on central and on the Flask app."""
    plan = replace(ready.plan, comparing=bench.comparing, asking=bench.asking, pause_s=bench.pause_s)
    plan = replace(plan, seconds=bench.seconds)
    with servers.central(ready.data, WORKERS, 4 * bench.comparing) as server:
        _warm(replace(plan, port=server.port), bench.warm_rounds)
        ours = _played(replace(plan, port=server.port))
    with servers.flask(ready.data, WORKERS + 1, plan.person) as server:
        _warm(replace(plan, port=server.port), bench.warm_rounds)
        theirs = _played(replace(plan, port=server.port))
    rates = {name: _rates(seen) for name, seen in (("central", ours), ("flask", theirs))}
    small, compared = "small_per_second", "compared_per_second"
    return {
        **rates,
        "requests_ratio_to_flask": round(rates["central"][small] / max(rates["flask"][small], 0.1), 1),
        "comparisons_ratio_to_flask": round(rates["central"][compared] / max(rates["flask"][compared], 0.1), 2),
    }


def _search(bench: Bench) -> dict[str, Any]:
    """The nearest person among many, exactly, in memory over SQLite."""
    with TemporaryDirectory(prefix="kiosk-central-bench-") as folder:
        return asyncio.run(_searched(Path(folder), bench.people))


async def _searched(data: Path, people: int) -> dict[str, Any]:
    foundation = Foundation.usual(_settings(data))
    dice = np.random.default_rng(SEED)
    async with opened_house(foundation) as house:
        await migrate(house.database)
        vectors = dice.standard_normal((people, house.model.dimension)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        await _enrol(house, vectors)
        clock, took_s, right = house.clock, [], 0
        began = clock.monotonic()
        await house.search.gallery()
        loading_s = clock.monotonic() - began
        for row in dice.integers(0, people, 50):
            probe = unit(vectors[row] + 0.02 * dice.standard_normal(vectors.shape[1]), house.model.name)
            began = clock.monotonic()
            (best, *_) = (await house.search.find(probe, 10)).matches
            took_s.append(clock.monotonic() - began)
            right += best.person == f"person-{row}"
    return {
        "identify_people": people,
        "identify_median_ms": round(statistics.median(took_s) * 1000, 2),
        "identify_exact": f"{right} of {len(took_s)}",
        "gallery_loaded_s": round(loading_s, 2),
    }


async def _enrol(house: House, vectors: np.ndarray) -> None:
    """People of chance, straight into the tables."""
    now = house.clock.utc()
    common = {"site": "bench", "host": "", "origin": "central", "created_utc": now, "changed_utc": now, "version": 1}
    async with house.database.writing() as session:
        for begin in range(0, len(vectors), 5000):
            ids = [f"person-{row}" for row in range(begin, min(begin + 5000, len(vectors)))]
            rows = [{"id": one, "name": one, "folded": one, **common} for one in ids]
            await session.execute(insert(PersonRow), rows)
            templates = [
                {
                    "id": f"template-{one}",
                    "person": one,
                    "model": house.model.name,
                    "sealed": sealed(house.vault, one, Embedding(vectors[begin + place], house.model.name)),
                    "samples": 1,
                    "created_utc": now,
                    "change": 1,
                }
                for place, one in enumerate(ids)
            ]
            await session.execute(insert(TemplateRow), templates)
        await Register(session, house.vault).touch_gallery()


@contextlib.contextmanager
def _prepared() -> Iterator[Prepared]:
    with TemporaryDirectory(prefix="kiosk-central-bench-") as folder:
        data = Path(folder)
        (data / "face.jpg").write_bytes(trial_face())
        token, person = asyncio.run(_populated(data))
        photo = str(data / "face.jpg")
        yield Prepared(data, Plan(0, 0.0, 0, 0, 0.0, token, person, photo, photo))


async def _populated(data: Path) -> tuple[str, str]:
    foundation = Foundation.usual(_settings(data))
    async with opened_house(foundation) as house:
        await migrate(house.database)
        now = house.clock.utc()
        doer = Doer("bench", "bench", now)
        async with house.database.writing() as session:
            person = await Register(session, house.vault).create(NewPerson(name="Somebody"), "bench", doer)
            user, _ = await Users(session, house.vault).invite("bench", Role.ADMIN, doer, 1.0)
        door = door_of(foundation, house.database, house)
        scopes = ALLOWED[Role.ADMIN]
        who = Principal(user.id, user.name, Role.ADMIN, scopes, Via.TOKEN)
        secret, _ = await door.new_token(who, "bench", scopes, timedelta(hours=10) / timedelta(hours=1))
    return secret, person.id


def _settings(data: Path) -> Settings:
    return Settings(server=ServerOptions(data=data, site="bench"), inference=InferenceOptions(workers=1))


def _warm(plan: Plan, rounds: int) -> None:
    """Until the workers have their models and have used them, and nothing of the server is still being started."""
    good = 0
    for _ in range(20):
        seen = _played(replace(plan, seconds=1.0, comparing=WORKERS + 1, asking=1, pause_s=0.01))
        good += seen["compared"] >= 2 * (WORKERS + 1) and not seen["failed"]
        if good == rounds:
            return


def _asked_health(plan: Plan, asking: int, pause_s: float, seconds: float) -> dict[str, Any]:
    return _played(replace(plan, comparing=0, asking=asking, pause_s=pause_s, seconds=seconds, person=""))


def _played(plan: Plan) -> dict[str, Any]:
    with _loading(plan) as load:
        seen: dict[str, Any] = json.loads(load.communicate()[0])
    return seen


@contextlib.contextmanager
def _loading(plan: Plan) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "kiosk.central.bench.load"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:
        if process.stdin is not None:
            process.stdin.write(json.dumps(asdict(plan)).encode())
            process.stdin.close()
            process.stdin = None
        yield process


def _rates(seen: dict[str, Any]) -> dict[str, float]:
    return {
        "small_per_second": round(seen["asked"] / seen["seconds"], 1),
        "small_p99_ms": round(_percentile(seen["waits_s"], 99) * 1000, 1),
        "compared_per_second": round(seen["compared"] / seen["seconds"], 2),
        "failed": seen["failed"],
    }


def _percentile(values: list[float], share: float) -> float:
    return float(np.percentile(values, share)) if values else float("nan")
