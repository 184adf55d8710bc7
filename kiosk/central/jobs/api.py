"""`/v1/jobs` and `/v1/uploads`: what takes longer than a request."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response, status
from fastapi.responses import FileResponse, StreamingResponse
from starlette.requests import ClientDisconnect

from kiosk.central.access.rules import Allow
from kiosk.central.access.scopes import Scope
from kiosk.central.counting import count_alone
from kiosk.central.errors import Conflict, Missing, Unsupported
from kiosk.central.house import House
from kiosk.central.jobs.archive import opened
from kiosk.central.jobs.enrolling import limits_of
from kiosk.central.jobs.messages import (
    DryRun,
    EnrolArchive,
    Export,
    Items,
    JobOut,
    Jobs,
    Kind,
    NewUpload,
    State,
    UploadOut,
)
from kiosk.central.jobs.service import JobBook, item_out, shown
from kiosk.central.jobs.tables import ItemState
from kiosk.central.jobs.undoing import undoable
from kiosk.central.jobs.uploading import Shelf
from kiosk.central.people.service import Doer
from kiosk.central.requests import InHouse, doer_of

router = APIRouter(tags=["jobs"])

Id = Annotated[str, Path(min_length=1, max_length=64)]
READ = [Depends(Allow(Scope.JOBS_READ))]
WRITE = [Depends(Allow(Scope.JOBS_WRITE))]
EXPORT = [Depends(Allow(Scope.PEOPLE_EXPORT))]
OCTETS = "application/octet-stream"
BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {OCTETS: {"schema": {"type": "string", "format": "binary"}}}}
}
REPORT_A_STEP = 1000
HARMLESS = "'"


@router.post("/v1/uploads", dependencies=WRITE, status_code=status.HTTP_201_CREATED)
async def begin_upload(new: NewUpload, request: Request, house: InHouse) -> UploadOut:
    """Announce an archive; its bytes follow with PATCH, in one piece or in many."""
    shelf = Shelf.of(house.settings)
    async with house.database.writing() as session:
        row = await shelf.begin(session, new.size, doer_of(request))
    return shelf.shown(row)


@router.get("/v1/uploads/{upload}", dependencies=WRITE)
async def read_upload(upload: Id, house: InHouse) -> UploadOut:
    """How much of an archive is here; after a lost connection, go on from there."""
    shelf = Shelf.of(house.settings)
    async with house.database.reading() as session:
        return shelf.shown(await shelf.find(session, upload))


@router.patch("/v1/uploads/{upload}", dependencies=WRITE, openapi_extra=BODY)
async def send_upload(
    upload: Id, request: Request, house: InHouse, offset: Annotated[int, Query(ge=0, le=2**50)] = 0
) -> UploadOut:
    """The bytes of an archive from that offset on. What has come when the connection is lost stays."""
    if not request.headers.get("content-type", "").startswith(OCTETS):
        raise Unsupported(f"Send the bytes as {OCTETS}.")
    shelf = Shelf.of(house.settings)
    async with house.database.reading() as session:
        row = await shelf.find(session, upload)
    count_alone(request)
    try:
        return await shelf.append(row, offset, request.stream())
    except ClientDisconnect as error:
        raise Conflict("The connection was lost.") from error


@router.delete("/v1/uploads/{upload}", dependencies=WRITE, status_code=status.HTTP_204_NO_CONTENT)
async def drop_upload(upload: Id, house: InHouse) -> None:
    """Remove an archive."""
    shelf = Shelf.of(house.settings)
    async with house.database.writing() as session:
        await shelf.find(session, upload)
        await shelf.drop(session, upload)


@router.post("/v1/jobs/enrol-archive", dependencies=WRITE, status_code=status.HTTP_202_ACCEPTED)
async def enrol_archive(asked: EnrolArchive, request: Request, house: InHouse) -> JobOut:
    """Enrol everybody in an archive that is here whole; `dry_run` says what that would do and changes nothing."""
    shelf = Shelf.of(house.settings)
    async with house.database.reading() as session:
        row = await shelf.find(session, asked.upload)
    there = shelf.shown(row)
    if there.offset != there.size:
        raise Conflict(f"{there.offset} of {there.size} bytes of that upload are here; send the rest first.")
    await asyncio.to_thread(_check, house, shelf, asked.upload)
    return await ask(house, Kind.ENROL_ARCHIVE, asked.model_dump(mode="json"), doer_of(request))


@router.post("/v1/jobs/calibrate", dependencies=WRITE, status_code=status.HTTP_202_ACCEPTED)
async def calibrate(request: Request, house: InHouse) -> JobOut:
    """Compare those enrolled here with each other: how often they pass for each other."""
    return await ask(house, Kind.CALIBRATE, {}, doer_of(request))


@router.post("/v1/jobs/retention", dependencies=[Depends(Allow(Scope.POLICIES_WRITE))], status_code=202)
async def retention(asked: DryRun, request: Request, house: InHouse) -> JobOut:
    """Erase what the rules of the sites say is to go; a dry run counts it."""
    return await ask(house, Kind.RETENTION, asked.model_dump(), doer_of(request))


@router.post("/v1/jobs/export", dependencies=EXPORT, status_code=status.HTTP_202_ACCEPTED)
async def export(asked: Export, request: Request, house: InHouse) -> JobOut:
    """Write down everybody, encrypted for that public key of age."""
    return await ask(house, Kind.EXPORT, asked.model_dump(), doer_of(request))


@router.get("/v1/jobs", dependencies=READ)
async def newest(house: InHouse) -> Jobs:
    """The newest jobs."""
    async with house.database.reading() as session:
        return Jobs(jobs=[shown(row) for row in await JobBook(session, house.vault).newest()])


@router.get("/v1/jobs/{job}", dependencies=READ)
async def read(job: Id, house: InHouse) -> JobOut:
    """A job, and how far it is."""
    async with house.database.reading() as session:
        return shown(await JobBook(session, house.vault).find(job))


@router.post("/v1/jobs/{job}/cancel", dependencies=WRITE)
async def cancel(job: Id, request: Request, house: InHouse) -> JobOut:
    """Let a job end soon. What it has done by then stays done."""
    async with house.database.writing() as session:
        return shown(await JobBook(session, house.vault).cancel(job, doer_of(request)))


@router.post("/v1/jobs/{job}/undo", dependencies=[Depends(Allow(Scope.PEOPLE_ERASE))], status_code=202)
async def undo(job: Id, request: Request, house: InHouse) -> JobOut:
    """Erase everybody whom an import enrolled, except those whom somebody changed since."""
    async with house.database.reading() as session:
        book = JobBook(session, house.vault)
        row = await book.find(job)
        if row.kind != Kind.ENROL_ARCHIVE.value or State(row.state) in (State.WAITING, State.RUNNING):
            raise Conflict("Only an import that has ended can be taken back.")
        people = await undoable(book, job)
    return await ask(house, Kind.UNDO, {"job": job, "people": people}, doer_of(request))


@router.get("/v1/jobs/{job}/items", dependencies=READ)
async def items(
    job: Id,
    house: InHouse,
    state: Annotated[ItemState, Query()] = ItemState.REJECTED,
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Items:
    """The photographs of an import that are in that state, with the reasons."""
    async with house.database.reading() as session:
        book = JobBook(session, house.vault)
        await book.find(job)
        rows = await book.items(job, [state], after, limit + 1)
    page = rows[:limit]
    return Items(items=[item_out(row) for row in page], next=page[-1].number if len(rows) > limit else None)


@router.get("/v1/jobs/{job}/report", dependencies=READ, response_class=StreamingResponse)
async def report(job: Id, house: InHouse) -> Response:
    """Every file of an import that was not used and why, as CSV."""
    async with house.database.reading() as session:
        await JobBook(session, house.vault).find(job)
    headers = {"Content-Disposition": f'attachment; filename="import-{job}.csv"'}
    return StreamingResponse(_csv(house, job), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/v1/jobs/{job}/file", dependencies=EXPORT, response_class=FileResponse)
async def file(job: Id, house: InHouse) -> Response:
    """The file that an export made, as long as it is there."""
    async with house.database.reading() as session:
        row = await JobBook(session, house.vault).find(job)
    path = Shelf.of(house.settings).export(row.id)
    if not path.is_file():
        raise Missing("That file is not here any more; export again.")
    return FileResponse(path, media_type=OCTETS, filename=f"people-{row.id}.age")


async def ask(house: House, kind: Kind, params: dict[str, Any], doer: Doer) -> JobOut:
    """A new job, and a worker that is woken up for it."""
    async with house.database.writing() as session:
        job = shown(await JobBook(session, house.vault).ask(kind, params, doer))
    await asyncio.to_thread(house.queue.wake)
    return job


def _check(house: House, shelf: Shelf, upload: str) -> None:
    """An archive that is refused is refused at once, not after a wait."""
    with opened(shelf.path(upload), limits_of(house.settings)):
        pass


async def _csv(house: House, job: str) -> AsyncIterator[str]:
    yield _line("file", "reason")
    after = 0
    while True:
        async with house.database.scanning() as session:
            book = JobBook(session, house.vault)
            rows = await book.items(job, [ItemState.REJECTED], after, REPORT_A_STEP)
        if not rows:
            return
        yield "".join(_line(row.file, row.reason) for row in rows)
        after = rows[-1].number


def _line(*cells: str) -> str:
    """As CSV, in which no cell is a formula to a spreadsheet."""
    out = io.StringIO()
    csv.writer(out).writerow([HARMLESS + cell if cell[:1] in "=+-@\t\r" and cell else cell for cell in cells])
    return out.getvalue()
