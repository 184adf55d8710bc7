"""The pages of imports: choosing an archive, and watching what becomes of it."""

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.errors import Conflict
from kiosk.central.jobs import api
from kiosk.central.jobs.messages import EnrolArchive, Kind
from kiosk.central.jobs.service import JobBook, item_out, shown
from kiosk.central.jobs.tables import ItemState
from kiosk.central.pages.people import LANGUAGE, TEXT_VERSION
from kiosk.central.pages.render import page, see
from kiosk.central.requests import InHouse, doer_of

router = APIRouter(include_in_schema=False)

Id = Annotated[str, Path(min_length=1, max_length=64)]
READ = [Depends(Allow(Scope.JOBS_READ))]
WRITE = [Depends(Allow(Scope.JOBS_WRITE))]
REJECTED_MOST = 200
REASONS = {
    "no-face": "no face was found",
    "several-faces": "several faces",
    "several-people": "not all of one person",
    "not-a-picture": "damaged",
    "damaged": "damaged",
    "not-a-photograph": "no JPEG, PNG or WebP photograph",
    "too-large": "too large",
    "there-already": "there is somebody of that name already",
    "more-than-needed": "more photographs of that person than are needed",
    "not-in-the-list": "not in people.csv",
    "missing": "named in people.csv, but not there",
    "row-not-understood": "its row of people.csv can't be understood, or has a year before 2000 or after 2099",
    "no-name": "no name to be made of it",
    "worker-lost": "it could not be looked at",
}
TITLES = {
    Kind.ENROL_ARCHIVE: "Import",
    Kind.UNDO: "Taking an import back",
    Kind.RE_ENCODE: "New templates",
    Kind.CALIBRATE: "Calibration",
    Kind.EXPORT: "Export",
    Kind.RETENTION: "Retention",
    Kind.EVALUATE: "Measuring a model",
}


@router.get("/import", dependencies=WRITE)
async def ask(request: Request, house: InHouse) -> Response:
    """An archive or a folder is asked for; what was imported lately stands below."""
    async with house.database.reading() as session:
        jobs = [shown(row) for row in await JobBook(session, house.vault).newest()]
    consent = {"version": TEXT_VERSION, "language": LANGUAGE}
    return page(request, "import.html", jobs=jobs, titles=TITLES, consent=consent)


@router.get("/jobs/{job}", dependencies=READ)
async def one(request: Request, job: Id, house: InHouse) -> Response:
    """A job, live while it goes on; then what came of it."""
    async with house.database.reading() as session:
        book = JobBook(session, house.vault)
        now = shown(await book.find(job))
        rejected = [item_out(row) for row in await book.items(job, [ItemState.REJECTED], 0, REJECTED_MOST)]
    return page(request, "job.html", job=now, rejected=rejected, reasons=REASONS, title=TITLES[now.kind])


@router.post("/jobs/{job}/cancel", dependencies=WRITE)
async def cancel(request: Request, job: Id, house: InHouse) -> Response:
    """Let it end."""
    await api.cancel(job, request, house)
    return see(f"/jobs/{job}")


@router.post("/jobs/{job}/undo", dependencies=[Depends(Allow(Scope.PEOPLE_ERASE))])
async def undo(request: Request, job: Id, house: InHouse) -> Response:
    """Take an import back; the page of that job follows."""
    return see(f"/jobs/{(await api.undo(job, request, house)).id}")


@router.post("/jobs/{job}/run", dependencies=WRITE)
async def run(request: Request, job: Id, house: InHouse) -> Response:
    """After a dry run: the same, for real."""
    async with house.database.reading() as session:
        row = await JobBook(session, house.vault).find(job)
    if row.kind != Kind.ENROL_ARCHIVE.value:
        raise Conflict("That was no import.")
    asked = EnrolArchive.model_validate(json.loads(row.params) | {"dry_run": False})
    made = await api.ask(house, Kind.ENROL_ARCHIVE, asked.model_dump(mode="json"), doer_of(request))
    return see(f"/jobs/{made.id}")
