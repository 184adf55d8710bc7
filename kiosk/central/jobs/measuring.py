"""Measuring a model on the labelled set that was uploaded for it."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import mkdtemp

from kiosk.central.jobs.work import Ended, Work
from kiosk.central.models.evaluating import evaluate
from kiosk.central.models.files import LABELLED
from kiosk.central.models.labelled import LabelledSet, unpacked
from kiosk.central.settings import Settings

SAVED_EVERY = 20


async def measure(work: Work) -> Ended:
    """The model's errors on that set, kept beside the model. Raises Missing, TooLarge, Unusable."""
    model, upload = (str(work.held.params[name]) for name in ("model", "upload"))
    path = work.shelf.path(upload)

    async def progress(done: int, total: int) -> None:
        if done % SAVED_EVERY == 0 or done == total:
            async with work.saving(done=done, total=total):
                pass

    async with _workshop(work.house.settings.data) as folder:
        labelled = await asyncio.to_thread(_unpacked, path, folder, work.house.settings)
        found = await evaluate(work.house, model, labelled, work.doer, progress)
    figures = found.model_dump(mode="json", exclude={"curve", "scores"})
    sentence = f"At 1 stranger in {1 / found.fmr:,.0f} it misses {found.fnmr:.2%} of visits"
    return Ended(f"{sentence} ({found.low:.2%} to {found.high:.2%}), by {found.pictures:,} pictures.", figures)


def _unpacked(path: Path, folder: Path, settings: Settings) -> LabelledSet:
    with path.open("rb") as file:
        return unpacked(file, folder, settings)


@asynccontextmanager
async def _workshop(data: Path) -> AsyncIterator[Path]:
    """A folder for thousands of pictures, made and removed where nobody waits for it."""
    folder = await asyncio.to_thread(mkdtemp, dir=data, prefix=LABELLED)
    try:
        yield Path(folder)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
