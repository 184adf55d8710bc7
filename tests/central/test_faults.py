"""What goes wrong around central: dead workers, full queues, callers who leave, and a database that is away."""

import asyncio
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.central.inference.tasks import DetectTask
from kiosk.central.inference.trial import trial_face
from kiosk.central.readiness import HOLDS_S
from kiosk.central.settings import InferenceOptions
from tests.central.making import Running, running, settings_for
from tests.central.servers import postgres_in
from tests.central.waiting import LONGEST_S, until

PICTURE = {"picture": trial_face()}


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Running]:
    """A central with one worker and a queue for two."""
    settings = replace(settings_for(tmp_path, ""), inference=InferenceOptions(workers=1, waiting=2, limit_s=90.0))
    with running(settings) as here:
        here.admin("GET", "/v1/me")
        here.ready()
        yield here


def detect(central: Running) -> tuple[int, str]:
    answer = central.admin("POST", "/v1/faces/detect", files=PICTURE)
    return answer.status_code, answer.json().get("error", "")


def begun(central: Running) -> float | None:
    """How many tasks a worker has taken."""
    return central.house.metrics.registry.get_sample_value("central_queue_seconds_count")


def stopped(central: Running) -> int:
    """The one worker, stopped where it stands."""
    (worker,) = central.house.pool.alive
    os.kill(worker, signal.SIGSTOP)
    return worker


def test_a_worker_that_dies_at_work_is_answered_for_and_replaced(alone: Running) -> None:
    worker = stopped(alone)
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(detect, alone)
        until(lambda: begun(alone) == 1.0, "the task")
        os.kill(worker, signal.SIGKILL)
        assert asked.result(LONGEST_S) == (500, "worker-lost")
    until(lambda: bool(alone.house.pool.alive - {worker}), "another worker")
    assert detect(alone) == (200, "")


def test_a_worker_that_dies_idle_is_replaced_before_anybody_notices(alone: Running) -> None:
    (worker,) = alone.house.pool.alive
    os.kill(worker, signal.SIGKILL)
    until(lambda: bool(alone.house.pool.alive - {worker}), "another worker")
    assert detect(alone) == (200, "")


def test_a_worker_that_hangs_is_replaced(tmp_path: Path) -> None:
    settings = replace(settings_for(tmp_path, ""), inference=InferenceOptions(workers=1, limit_s=4.0))
    with running(settings) as here:
        here.admin("GET", "/v1/me")
        here.ready()
        worker = stopped(here)
        assert detect(here) == (500, "worker-lost")
        until(lambda: bool(here.house.pool.alive - {worker}), "another worker")
        assert detect(here) == (200, "")


def test_a_full_queue_is_said_at_once_and_health_waits_for_nothing(alone: Running) -> None:
    assert alone.admin("GET", "/v1/me").status_code == 200  # before three threads at once want its token made
    worker = stopped(alone)
    with ThreadPoolExecutor() as threads:
        asked = [threads.submit(detect, alone)]
        until(lambda: begun(alone) == 1.0, "the worker to have one")  # who comes meanwhile finds room for two only
        asked += [threads.submit(detect, alone) for _ in range(2)]
        until(lambda: alone.house.pool.waiting == 2, "the queue to be full")
        answer = alone.admin("POST", "/v1/faces/detect", files=PICTURE)
        assert (answer.status_code, answer.json()["error"]) == (503, "unavailable")
        assert int(answer.headers["Retry-After"]) >= 1
        assert alone.nobody("GET", "/health").status_code == 200
        assert alone.admin("GET", "/v1/people").status_code == 200
        os.kill(worker, signal.SIGCONT)
        assert [one.result(LONGEST_S) for one in asked] == [(200, "")] * 3


def test_who_is_gone_is_not_worked_for(alone: Running) -> None:
    """Cancelled while it waits, a task is taken out of the queue unbegun."""
    worker = stopped(alone)

    async def leave() -> None:
        first = asyncio.create_task(alone.house.pool.run(DetectTask(trial_face())))
        await asyncio.sleep(0)
        second = asyncio.create_task(alone.house.pool.run(DetectTask(trial_face())))
        while alone.house.pool.waiting < 1:
            await asyncio.sleep(0.01)
        second.cancel()
        os.kill(worker, signal.SIGCONT)
        await first

    alone.run(leave)
    assert detect(alone) == (200, "")
    assert alone.house.metrics.registry.get_sample_value("central_work_seconds_count") == 2.0


def test_all_who_ask_whether_it_is_ready_share_one_look(alone: Running) -> None:
    def looks() -> float | None:
        return alone.house.metrics.registry.get_sample_value("central_work_seconds_count")

    with ThreadPoolExecutor(50) as threads:
        asked = list(threads.map(lambda _: alone.nobody("GET", "/ready").status_code, range(50)))
    assert asked == [200] * 50 and looks() == 1.0
    alone.clock.forward(seconds=HOLDS_S)
    assert alone.nobody("GET", "/ready").status_code == 200 and looks() == 2.0


def test_a_database_that_is_away_is_503_and_comes_back_by_itself(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    folder.mkdir()
    with postgres_in(folder) as server:
        url = server.new_database()
        with running(settings_for(tmp_path / "central", url)) as here:
            person = here.person("Still There")
            address = f"/v1/people/{person['id']}"
            with server.away():
                answer = here.admin("GET", address)
                assert (answer.status_code, answer.json()["error"]) == (503, "unavailable")
                assert "Retry-After" in answer.headers
                assert here.nobody("GET", "/health").status_code == 200
                ready = here.nobody("GET", "/ready")
                assert ready.status_code == 503 and not ready.json()["checks"]["database"]["ok"]
            until(lambda: here.admin("GET", address).status_code == 200, "the database to be found again")
