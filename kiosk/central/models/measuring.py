"""A labelled set in a request: received, looked through, and put on the shelf for the job that measures on it."""

import asyncio
import shutil
from pathlib import Path
from typing import BinaryIO

from fastapi import Request

from kiosk.central.errors import Unavailable
from kiosk.central.house import House
from kiosk.central.jobs.api import ask
from kiosk.central.jobs.messages import JobOut, Kind
from kiosk.central.jobs.uploading import NO_ROOM, Shelf
from kiosk.central.models.labelled import look_through
from kiosk.central.models.uploading import file_in
from kiosk.central.people.service import Doer
from kiosk.central.uploads import ENVELOPE, MB, received

SET = "set"


async def ask_evaluation(request: Request, house: House, model: str, doer: Doer) -> JobOut:
    """A job that measures the model on the set that the request holds.

    Raises TooLarge, Unsupported, Unusable, Unavailable.
    """
    form = await received(request, round(house.settings.models.set_mb * MB) + ENVELOPE, 1)
    shelf = Shelf.of(house.settings)
    try:
        file = file_in(form, SET).file
        await asyncio.to_thread(look_through, file, house.settings)
        upload = await _kept(house, shelf, file, doer)
    finally:
        await form.close()
    return await ask(house, Kind.EVALUATE, {"model": model, "upload": upload}, doer)


async def _kept(house: House, shelf: Shelf, file: BinaryIO, doer: Doer) -> str:
    """Under which id it stands on the shelf. It is copied between two transactions, since a slow disk takes long."""
    async with house.database.writing() as session:
        row = await shelf.begin(session, file.seek(0, 2), doer)
    try:
        await asyncio.to_thread(_copy, file, shelf.path(row.id))
    except OSError as error:
        async with house.database.writing() as session:
            await shelf.drop(session, row.id)
        raise Unavailable(NO_ROOM) from error
    return row.id


def _copy(file: BinaryIO, path: Path) -> None:
    file.seek(0)
    with path.open("wb") as out:
        shutil.copyfileobj(file, out)
