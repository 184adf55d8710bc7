"""Archives stay until the job that uses them has ended, so that it can be tried again; then they go in any case."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.database import AWAY, Database
from kiosk.central.errors import Unavailable
from kiosk.central.jobs.messages import State
from kiosk.central.jobs.tables import JobRow
from tests.central.making import Running
from tests.central.models_making import asked_to_measure, champion
from tests.central.test_job_races import done_on, parts_of
from tests.central.test_jobs import asked, sent, zipped
from tests.central.working import ended, work

PEOPLE = 24  # of two pictures each: as few as say something about strangers


@dataclass(frozen=True, slots=True)
class LostOnce(Database):
    """A database that is away once: before the first transaction that makes that query find something is durable."""

    sought: list[Select[str]] = field(default_factory=list)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        async with Database.writing(self) as session:
            yield session
            if self.sought and await session.scalar(self.sought[0]) is not None:
                self.sought.clear()
                raise Unavailable(AWAY)


@pytest.fixture
def photos(demo_faces: Mapping[str, Path]) -> list[Path]:
    return [demo_faces["obama"], demo_faces["biden"]]


def tried_again(central: Running, answer: Response, lost: Select[str]) -> dict[str, Any]:
    """That job, begun by a worker that lost the database once at such a moment, and taken up when it is back."""
    job = done_on(central, answer, lambda usual: LostOnce(**parts_of(usual), sought=[lost]))
    assert job["state"] == "running", job
    central.clock.forward(minutes=5)
    work(central)
    job = central.admin("GET", f"/v1/jobs/{job['id']}").json()
    assert not list((central.settings.data / "uploads").iterdir()), "the archive is used up"
    return job


def test_an_import_that_could_not_say_that_it_was_done_ends_the_next_time(fresh: Running, photos: list[Path]) -> None:
    content = {f"{name}/1.jpg": photo.read_bytes() for name, photo in zip(("Ada", "Bob"), photos, strict=True)}
    ends = select(JobRow.id).where(JobRow.state == State.DONE.value)
    job = tried_again(fresh, asked(fresh, zipped(content), existing="add"), ends)
    assert (job["state"], job["result"]["people"]) == ("done", 2), job
    assert sorted(one["name"] for one in fresh.admin("GET", "/v1/people").json()["people"]) == ["Ada", "Bob"]


def test_a_set_stays_on_the_shelf_until_the_model_is_measured(fresh: Running, photos: list[Path]) -> None:
    content = {f"{who}/{take}.jpg": photos[who % 2].read_bytes() for who in range(PEOPLE) for take in (1, 2)}
    goes_on = select(JobRow.id).where(JobRow.done > 0)
    job = tried_again(fresh, asked_to_measure(fresh, champion(fresh)["id"], zipped(content)), goes_on)
    assert (job["state"], job["result"]["people"]) == ("done", PEOPLE), job


def test_of_a_set_that_is_refused_nothing_stays(fresh: Running, photos: list[Path]) -> None:
    archive = zipped({f"{name}/1.jpg": photos[0].read_bytes() for name in ("Ada", "Bob")})
    answer = asked_to_measure(fresh, champion(fresh)["id"], archive)
    work(fresh)
    assert fresh.admin("GET", f"/v1/jobs/{answer.json()['id']}").json()["state"] == "failed"
    assert not list((fresh.settings.data / "uploads").iterdir())


def test_a_file_of_an_archive_that_nobody_finds_any_more_goes_in_a_day(fresh: Running) -> None:
    upload, stray = sent(fresh, b"still wanted"), fresh.settings.data / "uploads" / "stray.zip"
    stray.write_bytes(b"of a job that had ended when its worker was killed")
    for days, files in ((0.5, 0), (1.0, 2)):
        fresh.clock.forward(days=days)
        job = ended(fresh, fresh.admin("POST", "/v1/jobs/retention", json={"dry_run": False}))
        assert (job["state"], job["result"]["files"]) == ("done", files), job
        assert stray.exists() == (fresh.admin("GET", f"/v1/uploads/{upload}").status_code == 200) == (not files)
