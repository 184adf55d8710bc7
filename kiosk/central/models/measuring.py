"""A labelled set in a request: received, unpacked into a folder of its own, measured on, and forgotten."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import mkdtemp

from fastapi import Request

from kiosk.central.house import House
from kiosk.central.models.evaluating import evaluate
from kiosk.central.models.files import LABELLED
from kiosk.central.models.labelled import unpacked
from kiosk.central.models.messages import EvaluationOut
from kiosk.central.models.uploading import file_in
from kiosk.central.people.service import Doer
from kiosk.central.requests import while_there
from kiosk.central.uploads import ENVELOPE, MB, received

SET = "set"


async def evaluate_upload(request: Request, house: House, model: str, doer: Doer) -> EvaluationOut:
    """The model's errors on the set that the request holds. Raises Missing, TooLarge, Unsupported, Unusable."""
    form = await received(request, round(house.settings.models.set_mb * MB) + ENVELOPE, 1)
    try:
        file = file_in(form, SET)
        async with _workshop(house.settings.data) as folder:
            labelled = await asyncio.to_thread(unpacked, file.file, folder, house.settings)
            return await while_there(request, evaluate(house, model, labelled, doer, _nobody_listens))
    finally:
        await form.close()


@asynccontextmanager
async def _workshop(data: Path) -> AsyncIterator[Path]:
    """A folder for thousands of pictures, made and removed where nobody waits for it."""
    folder = await asyncio.to_thread(mkdtemp, dir=data, prefix=LABELLED)
    try:
        yield Path(folder)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _nobody_listens(done: int, total: int) -> None:
    """Progress is for jobs; a request just waits."""
