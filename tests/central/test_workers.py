"""Workers as processes: woken up through a file and through Redis, killed in the middle, ended with their server."""

import contextlib
import io
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from kiosk.central.settings import JobOptions, Settings, environment_of, load_settings
from tests.central.conftest import new_database
from tests.central.making import Running, running, settings_for
from tests.central.test_command import is_alive
from tests.central.test_jobs import asked, zipped
from tests.central.waiting import free_port, until

pytestmark = pytest.mark.long

PEOPLE = 120  # a few seconds of work, saved a second at a time


@pytest.fixture
def faces(demo_faces: dict[str, Path]) -> dict[str, bytes]:
    """Small, so that what is waited for is the worker."""
    return {name: small(path) for name, path in demo_faces.items()}


def small(path: Path) -> bytes:
    out = io.BytesIO()
    with Image.open(path) as picture:
        picture.thumbnail((320, 320))
        picture.convert("RGB").save(out, "JPEG")
    return out.getvalue()


@pytest.fixture(params=["file", "redis"])
def queue(request: pytest.FixtureRequest) -> str:
    """The address of a queue; "" for the file."""
    return "" if request.param == "file" else request.getfixturevalue("redis_url")


@contextmanager
def worker(settings: Settings) -> Iterator["subprocess.Popen[bytes]"]:
    """`kiosk-central worker` with these settings."""
    command = [sys.executable, "-m", "kiosk.central", "worker"]
    with subprocess.Popen(command, env=os.environ | environment_of(settings), start_new_session=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def state_of(central: Running, job: str) -> str:
    state: str = central.admin("GET", f"/v1/jobs/{job}").json()["state"]
    return state


def done_of(central: Running, job: str) -> int:
    done: int = central.admin("GET", f"/v1/jobs/{job}").json()["done"]
    return done


def everybody(central: Running) -> list[dict[str, Any]]:
    people: list[dict[str, Any]] = central.admin("GET", "/v1/people?limit=200").json()["people"]
    return people


def test_settings_are_the_same_by_the_environment(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, "sqlite:///x.db", jobs=JobOptions(redis_url="redis://h/0", lease_s=2.5))
    assert load_settings(None, environment_of(settings)) == settings


def test_a_worker_is_woken_up_and_does_the_job(
    backend: str, queue: str, request: pytest.FixtureRequest, tmp_path: Path, faces: dict[str, bytes]
) -> None:
    settings = settings_for(tmp_path / "central", new_database(backend, request))
    settings = replace(settings, jobs=JobOptions(redis_url=queue, embedded=False))
    with running(settings) as central, worker(settings) as process:
        for number in range(2):
            job = asked(central, zipped({f"Ada {number}/1.jpg": faces["obama"]})).json()["id"]
            until(lambda job=job: state_of(central, job) == "done", "the job to be done", 60)
        assert process.poll() is None and len(everybody(central)) == 2


def test_a_job_goes_on_where_killed_workers_left_it(
    backend: str, request: pytest.FixtureRequest, tmp_path: Path, faces: dict[str, bytes]
) -> None:
    chance = random.Random(4)
    settings = settings_for(tmp_path / "central", new_database(backend, request))
    settings = replace(settings, jobs=JobOptions(embedded=False, lease_s=1.0))
    content = zipped({f"Person {number}/1.jpg": faces["obama"] for number in range(PEOPLE)})
    kills = 0
    with running(settings) as central:
        job = asked(central, content, existing="add").json()["id"]
        while state_of(central, job) != "done":
            assert kills < 50
            with worker(settings) as process:
                before = done_of(central, job)
                until(lambda b=before: state_of(central, job) == "done" or done_of(central, job) > b, "progress", 60)
                if kills < 2 and state_of(central, job) != "done":
                    until_s = chance.random() / 2
                    with pytest.raises(subprocess.TimeoutExpired):
                        process.wait(until_s)
                    os.killpg(process.pid, signal.SIGKILL)
                    kills += 1
                else:
                    until(lambda: state_of(central, job) == "done", "the job to be done", 60)
        people = everybody(central)
        used = central.admin("GET", f"/v1/jobs/{job}/items?state=used&limit=1000").json()["items"]
    assert kills >= 1
    assert len(people) == PEOPLE and len({one["name"] for one in people}) == PEOPLE
    assert {one["person"] for one in used} == {one["id"] for one in people} and len(used) == PEOPLE


@contextmanager
def server(settings: Settings, port: int | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    """`kiosk-central serve` with these settings, and with its own worker beside it."""
    port = port or free_port()
    own = replace(settings, server=replace(settings.server, port=port), jobs=replace(settings.jobs, embedded=True))
    command = [sys.executable, "-m", "kiosk.central", "serve"]
    with subprocess.Popen(command, env=os.environ | environment_of(own), stdout=subprocess.DEVNULL) as process:
        until(lambda: is_alive(port), "the server")
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def workers_of(process: "subprocess.Popen[bytes]") -> set[int]:
    """Workers beside a server, by what they were started with."""
    mark = f"worker\0--parent\0{process.pid}\0"
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (folder / "cmdline").read_text(encoding="utf-8"):
                found.add(int(folder.name))
    return found


def test_a_killed_server_takes_its_worker_along_and_the_next_one_goes_on(
    tmp_path: Path, faces: dict[str, bytes]
) -> None:
    settings = settings_for(tmp_path / "central", "")
    settings = replace(settings, jobs=JobOptions(embedded=False, lease_s=1.0))
    content = zipped({f"Person {number}/1.jpg": faces["obama"] for number in range(PEOPLE)})
    with running(settings) as central:
        job = asked(central, content, existing="add").json()["id"]
        with server(settings) as process:
            until(lambda: done_of(central, job) > 0, "progress")
            (worker_pid,) = workers_of(process)
            process.kill()
            process.wait()
        until(lambda: not Path(f"/proc/{worker_pid}").exists(), "the worker to end", 20)
        was = done_of(central, job)
        with server(settings) as process:
            until(lambda: state_of(central, job) == "done", "the job to be done")
            (killed,) = workers_of(process)
            os.kill(killed, signal.SIGKILL)
            until(lambda: workers_of(process) not in (set(), {killed}), "another worker")
        assert was < PEOPLE == len(everybody(central))
        assert len({one["name"] for one in everybody(central)}) == PEOPLE
