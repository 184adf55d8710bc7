"""Everybody and what is kept of them, in one file for whoever has the key to it. Templates are not in it."""

import asyncio
import os
import shutil
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.age import Recipient, encrypt
from kiosk.central.jobs.messages import Export
from kiosk.central.jobs.work import Ended, Work
from kiosk.central.models.files import EXPORTED
from kiosk.central.people.service import Register
from kiosk.central.people.tables import ChipRow, PersonRow

PEOPLE_A_STEP = 200
ABOUT = "people.jsonl: everybody, one JSON object a line, with consents. pictures/<id>.webp: small pictures.\n"


async def export(work: Work) -> Ended:
    """Write the file; it is there to be fetched until it is too old. Raises BadInput for a key that is none.

    What takes long is done in threads: another worker takes a job that is not said to be held.
    """
    asked = Export.model_validate(work.held.params)
    work.shelf.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    mine = f"{EXPORTED}{work.held.id}-"
    for left in work.shelf.folder.glob(f"{mine}*"):  # by a worker that was killed at it, or has lost it to this one
        shutil.rmtree(left, ignore_errors=True)
    with TemporaryDirectory(dir=work.shelf.folder, prefix=mine) as place:
        plain, sealed = Path(place) / "plain.zip", Path(place) / "sealed"
        people = await _written(work, plain, asked)
        await asyncio.to_thread(_seal, plain, sealed, Recipient(asked.recipient))
        os.replace(sealed, work.shelf.export(work.held.id))
    return Ended(f"{people:,} people are in the file.", {"people": people, "file": True})


async def _written(work: Work, plain: Path, asked: Export) -> int:
    done, after = 0, ""
    lines = plain.with_name("people.jsonl")
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED) as archive, lines.open("w", encoding="utf-8") as out:
        archive.writestr("README.txt", ABOUT)
        while True:
            async with work.house.database.scanning() as session:
                total = await session.scalar(select(func.count()).select_from(PersonRow)) or 0
                query = select(PersonRow.id).where(PersonRow.id > after).order_by(PersonRow.id).limit(PEOPLE_A_STEP)
                step = (await session.scalars(query)).all()
                for person in step:
                    details = await Register(session, work.house.vault).details(person)
                    out.write(details.model_dump_json() + "\n")
                    if asked.pictures and details.has_picture:
                        archive.writestr(f"pictures/{person}.webp", await _picture(work, session, person))
            if not step:
                break
            after, done = step[-1], done + len(step)
            async with work.saving(done=done, total=max(total, done)):
                pass
        out.flush()
        await asyncio.to_thread(_finish, archive, lines)
    return done


def _finish(archive: zipfile.ZipFile, lines: Path) -> None:
    archive.write(lines, "people.jsonl")
    archive.close()


def _seal(plain: Path, sealed: Path, recipient: Recipient) -> None:
    encrypt(plain, sealed, recipient)
    with sealed.open("rb+") as file:
        os.fsync(file.fileno())


async def _picture(work: Work, session: AsyncSession, person: str) -> bytes:
    return await Register(session, work.house.vault).chip(person) if await session.get(ChipRow, person) else b""
