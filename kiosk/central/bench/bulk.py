"""Enrolling an archive, next to what its workers could do if photographs came to them one at a time."""

import asyncio
import io
import statistics
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kiosk.central.house import House
from kiosk.central.inference.trial import trial_face
from kiosk.central.jobs.messages import EnrolArchive, Existing, Kind
from kiosk.central.jobs.service import JobBook
from kiosk.central.jobs.tables import JobRow
from kiosk.central.jobs.uploading import Shelf
from kiosk.central.jobs.worker import run_job
from kiosk.central.migrating import migrate
from kiosk.central.opening import Foundation, opened_house
from kiosk.central.people.messages import Consented
from kiosk.central.people.service import Doer
from kiosk.central.settings import InferenceOptions, ServerOptions, Settings

ALONE = 60


def bulk(photographs: int, workers: int) -> dict[str, Any]:
    """Photographs a second, alone and in an archive with as many people as photographs."""
    with TemporaryDirectory(prefix="kiosk-central-bench-") as folder:
        return asyncio.run(_measured(Path(folder), photographs, workers))


async def _measured(data: Path, photographs: int, workers: int) -> dict[str, Any]:
    settings = Settings(server=ServerOptions(data=data, site="bench"), inference=InferenceOptions(workers=workers))
    foundation = Foundation.usual(settings)
    async with opened_house(foundation) as house:
        await migrate(house.database)
        await asyncio.gather(*(house.pool.embed(trial_face()) for _ in range(2 * workers)))
        alone_most = min(ALONE, photographs)
        before = await _alone(house, alone_most)
        took_s, row = await _imported(house, photographs)
        after = await _alone(house, alone_most)
    alone = 1 / statistics.median(before + after)
    rate = photographs / took_s
    return {
        "single_photographs_per_second": round(alone, 1),
        "bulk_photographs_per_second": round(rate, 1),
        "bulk_share_of_workers": round(rate / (workers * alone), 3),
        "bulk_state": row.state,
    }


async def _alone(house: House, times: int) -> list[float]:
    """Seconds that one photograph takes when there is no other."""
    found = []
    for _ in range(times):
        began = house.clock.monotonic()
        await house.pool.embed(trial_face(), with_chip=True)
        found.append(house.clock.monotonic() - began)
    return found


async def _imported(house: House, photographs: int) -> tuple[float, JobRow]:
    """Seconds from the claim of the job to its end."""
    content, face = io.BytesIO(), trial_face()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(photographs):
            archive.writestr(f"{number} of many/1.jpg", face)
    shelf, doer = Shelf.of(house.settings), Doer("bench", "bench", house.clock.utc())
    given = Consented(text_version="bench", language="en", given_utc=doer.at_utc)
    async with house.database.writing() as session:
        upload = await shelf.begin(session, len(content.getvalue()), doer)
    shelf.path(upload.id).write_bytes(content.getvalue())
    asked = EnrolArchive(upload=upload.id, consent=given, dry_run=False, keep_pictures=True, existing=Existing.ADD)
    async with house.database.writing() as session:
        job = await JobBook(session, house.vault).ask(Kind.ENROL_ARCHIVE, asked.model_dump(mode="json"), doer)
    async with house.database.writing() as session:
        held = await JobBook(session, house.vault).claim(house.clock.utc())
    began = house.clock.monotonic()
    if held is not None:
        await run_job(house, held)
    took_s = house.clock.monotonic() - began
    async with house.database.reading() as session:
        return took_s, await JobBook(session, house.vault).find(job.id)
