"""Others go on while a job is done: what they did meanwhile costs the job nothing else."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import pyrage
import pytest
from httpx import Response
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.database import AWAY, Database
from kiosk.central.errors import Unavailable
from kiosk.central.jobs.service import JobBook
from kiosk.central.jobs.tables import JobRow
from kiosk.central.jobs.worker import run_job
from kiosk.central.opening import Foundation, opened_house
from kiosk.central.people.messages import EditedPerson
from kiosk.central.people.service import Doer, Register
from kiosk.central.settings import Settings
from tests.central.making import CHEAP, Running, TestClock
from tests.central.models_making import added, asked_to_measure, champion, embedding_file, equal
from tests.central.test_jobs import asked, names, zipped
from tests.central.test_reencoding import models_of
from tests.central.waiting import until
from tests.central.working import work


@dataclass(frozen=True, slots=True)
class Interrupted(Database):
    """A database that somebody else uses once, right after the job has looked what there is to do."""

    others: list[Callable[[], object]] = field(default_factory=list)

    @asynccontextmanager
    async def scanning(self) -> AsyncIterator[AsyncSession]:
        async with Database.scanning(self) as session:
            yield session
        if self.others:
            await asyncio.to_thread(self.others.pop())


@dataclass(frozen=True, slots=True)
class LongRewritten(Database):
    """A database that is written anew for so long that somebody who wants to write meanwhile gives up."""

    is_on: asyncio.Event = field(default_factory=asyncio.Event)
    gave_up: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        if self.is_on.is_set():
            self.gave_up.set()
            raise Unavailable(AWAY)
        async with Database.writing(self) as session:
            yield session

    async def rewrite(self) -> None:
        self.is_on.set()
        await self.gave_up.wait()
        self.is_on.clear()
        await Database.rewrite(self)


@dataclass(frozen=True, slots=True)
class Watched(Database):
    """A database that notes how many bytes are in a folder at the end of each transaction, before others may write."""

    folder: Path = Path()
    bytes: list[int] = field(default_factory=list)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        async with Database.writing(self) as session:
            yield session
            self.bytes.append(sum(file.stat().st_size for file in self.folder.glob("*")))


@dataclass(frozen=True, slots=True)
class Filled(Watched):
    """The disk is full right after a transaction that made a file there."""

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        async with Database.writing(self) as session:
            yield session
        for file in self.folder.glob("*.zip"):
            file.unlink()
            file.symlink_to("/dev/full")


def parts_of(database: Database) -> dict[str, Any]:
    return {part.name: getattr(database, part.name) for part in fields(Database)}


def interrupted(central: Running, answer: Response, meanwhile: Callable[[], object]) -> dict[str, Any]:
    """That job, done by a worker while somebody does that."""
    return done_on(central, answer, lambda usual: Interrupted(**parts_of(usual), others=[meanwhile]))


def done_on(central: Running, answer: Response, made: Callable[[Database], Database]) -> dict[str, Any]:
    """That job, begun once by a worker that has such a database."""
    assert answer.status_code == 202, answer.text

    asyncio.run(begun(central.settings, central.clock, made))
    job: dict[str, Any] = central.admin("GET", f"/v1/jobs/{answer.json()['id']}").json()
    return job


async def begun(usual: Settings, clock: TestClock, made: Callable[[Database], Database]) -> None:
    """Take the next job, and do it as far as it goes."""
    settings = replace(usual, jobs=replace(usual.jobs, lease_s=1.0))
    async with opened_house(Foundation(settings, clock, CHEAP)) as house:
        async with house.database.writing() as session:
            held = await JobBook(session, house.vault, 60.0).claim(clock.utc())
        assert held is not None
        await run_job(replace(house, database=made(house.database)), held)


def killed_at_it(usual: Settings, clock: TestClock) -> None:
    """A process of its own, which is killed right after its job has looked what there is to do."""
    others: list[Callable[[], object]] = [lambda: os.kill(os.getpid(), signal.SIGKILL)]
    asyncio.run(begun(usual, clock, lambda database: Interrupted(**parts_of(database), others=others)))


def erased(central: Running, person: str) -> Callable[[], object]:
    return lambda: central.admin("DELETE", f"/v1/people/{person}").raise_for_status()


@pytest.fixture
def photos(demo_faces: Mapping[str, Path]) -> list[Path]:
    return [demo_faces["obama"], demo_faces["biden"]]


def test_whoever_is_erased_while_people_are_re_encoded_is_left_out(
    fresh: Running, photos: list[Path], models_folder: Path
) -> None:
    gone, stays = (fresh.enrolled(name, photo)["id"] for name, photo in zip(("Ada", "Bob"), photos, strict=True))
    model = added(fresh, equal(embedding_file(models_folder), 1), "2.0")
    job = interrupted(fresh, fresh.admin("POST", f"/v1/models/{model['id']}/re-encode"), erased(fresh, gone))
    assert (job["state"], job["result"]["people"], job["result"]["failed"]) == ("done", 1, 0), job
    assert model["tag"] in models_of(fresh, stays)


def test_whoever_is_erased_before_retention_comes_to_them_is_not_counted(fresh: Running) -> None:
    gone, _ = (fresh.person(name, valid_until_utc="2020-01-01T00:00:00Z")["id"] for name in ("Long Gone", "As Long"))
    rules = {"version": 0, "retention_days": 30}
    fresh.admin("PUT", f"/v1/policies/{fresh.settings.server.site}", json=rules)
    job = interrupted(fresh, fresh.admin("POST", "/v1/jobs/retention", json={"dry_run": False}), erased(fresh, gone))
    assert (job["state"], job["result"]["people"]) == ("done", 1), job
    assert names(fresh) == set()


def test_whose_time_was_prolonged_before_retention_comes_to_them_stays(fresh: Running) -> None:
    long_ago = "2020-01-01T00:00:00Z"
    stays, _ = (fresh.person(name, valid_until_utc=long_ago) for name in ("Comes Again", "Long Gone"))
    rules = {"version": 0, "retention_days": 30}
    fresh.admin("PUT", f"/v1/policies/{fresh.settings.server.site}", json=rules)

    def prolong() -> object:
        return fresh.admin("PUT", f"/v1/people/{stays['id']}", json={"name": stays["name"], "version": 1})

    job = interrupted(fresh, fresh.admin("POST", "/v1/jobs/retention", json={"dry_run": False}), prolong)
    assert (job["state"], job["result"]["people"]) == ("done", 1), job
    assert names(fresh) == {"Comes Again"}


def test_whoever_is_erased_while_an_import_is_taken_back_is_one_less(fresh: Running, photos: list[Path]) -> None:
    content = {f"{name}/1.jpg": photo.read_bytes() for name, photo in zip(("Ada", "Bob"), photos, strict=True)}
    job = asked(fresh, zipped(content)).json()["id"]
    work(fresh)
    gone = fresh.admin("GET", "/v1/people").json()["people"][0]["id"]
    undone = interrupted(fresh, fresh.admin("POST", f"/v1/jobs/{job}/undo"), erased(fresh, gone))
    assert (undone["state"], undone["result"]) == ("done", {"erased": 1, "kept": 0}), undone
    assert names(fresh) == set()


def after(central: Running, act: Callable[[Register, Doer], Coroutine[Any, Any, object]], job: str) -> dict[str, Any]:
    """That job, in the middle of which somebody who was first commits."""

    async def is_waiting() -> bool:
        waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        async with central.house.database.reading() as session:
            return bool(await session.scalar(text(waits)))

    with ThreadPoolExecutor(1) as other:

        async def first() -> None:
            async with central.house.database.writing() as session:
                await act(Register(session, central.house.vault), Doer("admin", "test", central.clock.utc()))
                working = other.submit(work, central)
                await asyncio.to_thread(until, lambda: working.done() or central.run(is_waiting), "the job to wait")
            await asyncio.to_thread(working.result)

        central.run(first)
    done: dict[str, Any] = central.admin("GET", f"/v1/jobs/{job}").json()
    return done


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True, scope="module")  # SQLite has one writer at a time
def test_an_erasure_that_commits_while_a_template_is_saved_comes_first(
    fresh: Running, photos: list[Path], models_folder: Path
) -> None:
    gone = fresh.enrolled("Ada", photos[0])["id"]
    model = added(fresh, equal(embedding_file(models_folder), 1), "2.0")
    job = fresh.admin("POST", f"/v1/models/{model['id']}/re-encode").json()["id"]

    async def erase(register: Register, doer: Doer) -> None:
        await register.erase(gone, doer)

    encoded = after(fresh, erase, job)
    assert (encoded["state"], encoded["result"]["people"]) == ("done", 0), encoded


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True, scope="module")  # SQLite has one writer at a time
@pytest.mark.parametrize(("act", "result"), [("erase", {"erased": 1, "kept": 0}), ("edit", {"erased": 1, "kept": 1})])
def test_what_commits_while_an_import_is_taken_back_comes_first(
    fresh: Running, photos: list[Path], act: str, result: dict[str, int]
) -> None:
    content = {f"{name}/1.jpg": photo.read_bytes() for name, photo in zip(("Ada", "Bob"), photos, strict=True)}
    job = asked(fresh, zipped(content)).json()["id"]
    work(fresh)
    person = min(fresh.admin("GET", "/v1/people").json()["people"], key=lambda one: one["id"])  # the first in turn
    undo = fresh.admin("POST", f"/v1/jobs/{job}/undo").json()["id"]

    async def first(register: Register, doer: Doer) -> None:
        if act == "erase":
            await register.erase(person["id"], doer)
        else:
            await register.edit(person["id"], EditedPerson(name="Somebody Else", version=1), doer)

    undone = after(fresh, first, undo)
    assert (undone["state"], undone["result"]) == ("done", result), undone
    assert names(fresh) == ({"Somebody Else"} if act == "edit" else set())


def test_a_worker_that_can_t_say_for_a_while_that_it_is_there_goes_on(fresh: Running) -> None:
    answer = fresh.admin("POST", "/v1/jobs/retention", json={"dry_run": False})
    job = done_on(fresh, answer, lambda usual: LongRewritten(**parts_of(usual)))
    assert job["state"] == "done", job


def shelved(central: Running, photo: Path, kind: type[Watched]) -> tuple[Response, Watched, int]:
    """What came of a set that was sent while the database was watched, and the set's size."""
    usual = central.house
    watched = kind(**parts_of(usual.database), folder=central.settings.data / "uploads")
    central.app.state.house = replace(usual, database=watched)
    archive = zipped({f"{name}/{take}.jpg": photo.read_bytes() for name in ("Ada", "Bob") for take in (1, 2)})
    answer = asked_to_measure(central, champion(central)["id"], archive)
    central.app.state.house = usual
    return answer, watched, len(archive)


def test_a_set_is_put_on_the_shelf_while_others_write(fresh: Running, photos: list[Path]) -> None:
    answer, watched, size = shelved(fresh, photos[0], Watched)
    assert answer.status_code == 202, answer.text
    assert watched.bytes[-2:] == [0, size]


def test_a_set_for_which_there_is_no_room_after_all_leaves_nothing(fresh: Running, photos: list[Path]) -> None:
    answer, filled, _ = shelved(fresh, photos[0], Filled)
    assert (answer.status_code, answer.json()["error"]) == (503, "unavailable") and "room" in answer.json()["message"]
    assert list(filled.folder.glob("*")) == [] and "jobs" in fresh.admin("GET", "/v1/jobs").json()


def an_export(central: Running) -> Response:
    recipient = str(pyrage.x25519.Identity.generate().to_public())
    return central.admin("POST", "/v1/jobs/export", json={"recipient": recipient})


def test_nothing_in_plain_text_is_left_of_a_worker_that_was_killed_at_an_export(
    fresh: Running, photos: list[Path]
) -> None:
    fresh.enrolled("Ada", photos[0])
    job, shelf = an_export(fresh).json()["id"], fresh.settings.data / "uploads"
    worker = multiprocessing.get_context("spawn").Process(target=killed_at_it, args=(fresh.settings, fresh.clock))
    worker.start()
    worker.join()
    assert worker.exitcode == -signal.SIGKILL and list(shelf.glob(".export-*/*"))
    fresh.clock.forward(minutes=5)
    work(fresh)
    assert fresh.admin("GET", f"/v1/jobs/{job}").json()["state"] == "done"
    assert [path.name for path in shelf.iterdir()] == [f"{job}.age"]


@dataclass
class Dammed:
    """A file of an export that takes long to read: until its worker was heard of again."""

    central: Running
    file: str
    path: Path = Path()
    end: int = 0

    def dam(self) -> None:
        """Put a pipe in the file's place."""
        (self.path,) = (self.central.settings.data / "uploads").glob(f".export-*/{self.file}")
        self.path.unlink()
        os.mkfifo(self.path)

    def let_go(self, then: Callable[[], None] = lambda: None) -> None:
        """When somebody reads it and the worker is heard of meanwhile: do that, and let it end."""
        until(self._is_read, f"{self.file} to be read")
        try:
            before = self._held_until()
            until(lambda: self._held_until() != before, "the worker to be heard of")
            then()
        finally:
            os.close(self.end)

    def _is_read(self) -> bool:
        with suppress(OSError):  # as long as nobody does
            self.end = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
        return self.end > 0

    def _held_until(self) -> object:
        async def lease() -> object:
            async with self.central.house.database.reading() as session:
                return await session.scalar(select(JobRow.lease_utc))

        return self.central.run(lease)


def test_a_worker_is_heard_of_while_it_packs_and_seals_an_export_for_long(fresh: Running) -> None:
    fresh.person("Ada")
    lines, archive = Dammed(fresh, "people.jsonl"), Dammed(fresh, "plain.zip")
    slow: list[Future[None]] = []
    with ThreadPoolExecutor(1) as other:

        def slow_down() -> None:
            lines.dam()
            slow.append(other.submit(lines.let_go, archive.dam))
            slow.append(other.submit(archive.let_go))

        job = interrupted(fresh, an_export(fresh), slow_down)
    assert [one.result() for one in slow] == [None, None] and job["state"] == "done", job
