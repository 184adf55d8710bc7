"""Enrolling everybody in an archive. Whatever stops it, it goes on where it was: people and what became of their
photographs are written together, so nobody is lost and nobody comes twice.
"""

import asyncio
import zipfile
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any

from sqlalchemy import func, insert, select, update

from kiosk.central.errors import CentralError, TooLarge, WorkerLost
from kiosk.central.inference.tasks import Embedded
from kiosk.central.jobs.archive import Limits, Plan, Somebody, opened, plan_of
from kiosk.central.jobs.encoding import ask_encodings
from kiosk.central.jobs.messages import EnrolArchive, Existing
from kiosk.central.jobs.service import JobBook
from kiosk.central.jobs.tables import ItemRow, ItemState
from kiosk.central.jobs.work import Ended, Work
from kiosk.central.people.bulk import Admission, Newcomer, enrol_all, known_names, listed_as
from kiosk.central.people.service import NewFace
from kiosk.central.settings import Settings
from kiosk.central.uploads import checked
from kiosk.central.zips import entry_of
from kiosk.domain.errors import Refused
from kiosk.identity.enrolment import fuse_embeddings

MB = 1_000_000
ROWS_A_STEP = 2000
PEOPLE_A_STEP = 64
STEP_S = 1.0
AHEAD = 3  # photographs under way for each worker, so that none waits for the archive or the database


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody of the archive with the numbers of their photographs in the report."""

    one: Somebody
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What their photographs came to: a face, or none; and why each that is of no use is not."""

    entry: Entry
    face: NewFace | None
    reasons: dict[int, str]


@dataclass(slots=True)
class Batch:
    """What is written in one transaction, and how far the job is then."""

    seen: list[Seen] = field(default_factory=list)
    done: int = 0


def limits_of(settings: Settings) -> Limits:
    """What is read of an archive at most."""
    return Limits(round(settings.uploads.picture_mb * MB), 3 * round(settings.uploads.archive_gb * 1000 * MB))


async def enrol_archive(work: Work) -> Ended:
    """Enrol everybody in the archive, or say what would be done. Raises Unsupported, TooLarge, Unusable, Missing."""
    asked = EnrolArchive.model_validate(work.held.params)
    limits = limits_of(work.house.settings)
    async with work.house.database.reading() as session:
        await work.shelf.find(session, asked.upload)
    path = work.shelf.path(asked.upload)
    with opened(path, limits) as archive:
        plan = await asyncio.to_thread(plan_of, archive, limits)
        await _list(work, plan)
        batch = Batch(done=await _settled(work))
        saved_at = work.house.clock.monotonic()
        async for seen in _looked_at(work, asked, archive, await _left(work, plan)):
            batch.seen.append(seen)
            if len(batch.seen) >= PEOPLE_A_STEP or work.house.clock.monotonic() - saved_at >= STEP_S:
                batch, saved_at = await _saved(work, asked, batch), work.house.clock.monotonic()
        await _saved(work, asked, batch)
    return await _ended(work, asked)


async def _list(work: Work, plan: Plan) -> None:
    """Every file into the report, before the first is looked at; once."""
    async with work.saving() as session:
        if await session.scalar(select(ItemRow.number).where(ItemRow.job == work.held.id).limit(1)) is not None:
            return
    async with work.saving(done=len(plan.rejected), total=plan.total) as session:
        rows = _rows(work.held.id, plan)
        while step := list(islice(rows, ROWS_A_STEP)):
            await session.execute(insert(ItemRow), step)


def _rows(job: str, plan: Plan) -> Iterator[dict[str, Any]]:
    common = {"job": job, "reason": "", "person": None}
    for who, entry in enumerate(_entries(plan)):
        for number, file in zip(entry.numbers, entry.one.files, strict=True):
            yield {**common, "number": number, "who": who, "file": file, "state": ItemState.WAITING.value}
    for number, (file, reason) in enumerate(plan.rejected, plan.total - len(plan.rejected) + 1):
        yield {**common, "number": number, "who": -1, "file": file, "state": ItemState.REJECTED.value, "reason": reason}


def _entries(plan: Plan) -> list[Entry]:
    """Each with the numbers of their photographs, which are the same whenever the archive is read again."""
    numbers = count(1)
    return [Entry(one, tuple(islice(numbers, len(one.files)))) for one in plan.people]


async def _settled(work: Work) -> int:
    """How many files were dealt with before."""
    query = select(func.count()).where(ItemRow.job == work.held.id, ItemRow.state != ItemState.WAITING.value)
    async with work.house.database.scanning() as session:
        return await session.scalar(query) or 0


async def _left(work: Work, plan: Plan) -> list[Entry]:
    """Who has not been dealt with."""
    query = select(ItemRow.who).where(ItemRow.job == work.held.id, ItemRow.state == ItemState.WAITING.value)
    async with work.house.database.scanning() as session:
        waiting = set((await session.scalars(query.distinct())).all())
    return [entry for who, entry in enumerate(_entries(plan)) if who in waiting]


async def _looked_at(
    work: Work, asked: EnrolArchive, archive: zipfile.ZipFile, entries: Sequence[Entry]
) -> AsyncIterator[Seen]:
    """What their photographs show, in order, with enough of them under way that every worker is busy."""
    options = work.house.pool.options
    abreast = min(AHEAD * options.workers, options.waiting)
    room = asyncio.Semaphore(abreast)
    under_way: deque[asyncio.Task[Seen]] = deque()
    try:
        for start in range(0, len(entries), ROWS_A_STEP):
            step = entries[start : start + ROWS_A_STEP]
            known = await _known(work, asked, step)
            for entry in step:
                if listed_as(entry.one.name, entry.one.host) in known:
                    yield Seen(entry, None, dict.fromkeys(entry.numbers, "there-already"))
                    continue
                under_way.append(asyncio.create_task(_seen(work, asked, archive, entry, room)))
                if len(under_way) > abreast:
                    yield await under_way.popleft()
        while under_way:
            yield await under_way.popleft()
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _known(work: Work, asked: EnrolArchive, entries: Sequence[Entry]) -> set[str]:
    if asked.existing is Existing.ADD:
        return set()
    async with work.house.database.scanning() as session:
        names = [listed_as(entry.one.name, entry.one.host) for entry in entries]
        return await known_names(session, names, work.house.settings.server.site)


async def _seen(
    work: Work, asked: EnrolArchive, archive: zipfile.ZipFile, entry: Entry, room: asyncio.Semaphore
) -> Seen:
    """One person: every photograph that shows one face alone, fused."""

    async def one(file: str) -> Embedded | str:
        async with room:
            content = await asyncio.to_thread(entry_of, archive, file)
            if not content:
                return "damaged"
            try:
                checked(content, work.house.settings.uploads)
                answer = await work.house.pool.embed(content, with_chip=asked.keep_pictures)
            except (TooLarge, WorkerLost) as error:
                return error.code
            except CentralError as error:
                if error.status != 415:
                    raise
                return "not-a-photograph"
            return answer if isinstance(answer, Embedded) else answer.reason.value

    answers = await asyncio.gather(*(one(file) for file in entry.one.files))
    reasons = {number: answer for number, answer in zip(entry.numbers, answers, strict=True) if isinstance(answer, str)}
    faces = [answer for answer in answers if isinstance(answer, Embedded)]
    if not faces:
        return Seen(entry, None, reasons)
    try:
        fused = fuse_embeddings(
            [face.embedding for face in faces], work.house.model.score_table, work.house.settings.identity
        )
    except Refused:
        return Seen(entry, None, {number: reasons.get(number, "several-people") for number in entry.numbers})
    sharpest = max(faces, key=lambda face: face.face.score)
    return Seen(entry, NewFace(fused, len(faces), sharpest.chip), reasons)


async def _saved(work: Work, asked: EnrolArchive, batch: Batch) -> Batch:
    """Everything of the batch becomes true at once; an empty batch that goes on from there."""
    done = batch.done + sum(len(seen.entry.numbers) for seen in batch.seen)
    if not batch.seen:
        return batch
    useful = [seen for seen in batch.seen if seen.face is not None]
    ids: list[str] = []
    async with work.saving(done=done) as session:
        if not asked.dry_run:
            newcomers = [newcomer for seen in useful for newcomer in _newcomers(seen)]
            admission = Admission(asked.consent, work.house.settings.server.site, work.doer)
            ids = await enrol_all(session, work.house.vault, newcomers, admission)
        people = dict(zip((id(seen) for seen in useful), ids, strict=True)) if ids else {}
        used = ItemState.USABLE if asked.dry_run else ItemState.USED
        rows = [
            {
                "job": work.held.id,
                "number": number,
                "state": (ItemState.REJECTED if number in seen.reasons else used).value,
                "reason": seen.reasons.get(number, ""),
                "person": None if number in seen.reasons else people.get(id(seen)),
            }
            for seen in batch.seen
            for number in seen.entry.numbers
        ]
        await session.execute(update(ItemRow), rows)
    if ids:
        await ask_encodings(work.house, ids)
    return Batch(done=done)


def _newcomers(seen: Seen) -> Iterator[Newcomer]:
    one = seen.entry.one
    validity = {"valid_from_utc": one.valid_from_utc, "valid_until_utc": one.valid_until_utc}
    if seen.face is not None:
        yield Newcomer(one.name, one.host, one.groups, validity, seen.face)


async def _ended(work: Work, asked: EnrolArchive) -> Ended:
    job = ItemRow.job == work.held.id
    used = ItemState.USABLE if asked.dry_run else ItemState.USED
    async with work.house.database.scanning() as session:
        reasons = await JobBook(session, work.house.vault).reasons(work.held.id)
        query = select(func.count(), func.count(ItemRow.who.distinct())).where(job, ItemRow.state == used.value)
        photographs, people = (await session.execute(query)).one()
    rejected = sum(reasons.values())
    would = "would be " if asked.dry_run else ""
    sentence = f"{people:,} people {would}enrolled from {photographs:,} photographs; {rejected:,} files not used."
    figures = {"people": people, "photographs": photographs, "rejected": rejected, "reasons": reasons}
    return Ended(sentence, figures)
