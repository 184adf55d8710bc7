"""Measuring a model on a labelled set, in a confined process of its own, and keeping the curve."""

import asyncio
import json
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.audit.service import record
from kiosk.central.errors import Unusable
from kiosk.central.house import House
from kiosk.central.models.embedding import CHIPS, PHOTOGRAPHS
from kiosk.central.models.figures import Figures, figures_of
from kiosk.central.models.files import path_of
from kiosk.central.models.labelled import LabelledSet
from kiosk.central.models.messages import EvaluationOut, ModelOut
from kiosk.central.models.registry import Registry, shown
from kiosk.central.models.sandbox import ended, started
from kiosk.central.models.shipped import registered
from kiosk.central.models.tables import EvaluationRow
from kiosk.central.people.service import Doer
from kiosk.domain.ids import new_id
from kiosk.domain.sight import Floats

MODULE = "kiosk.central.models.embedding"
LENGTH = struct.Struct("<I")
FROM_ONE = 1e-3
DIED = "The process that measured the model died of a picture; the model is of no use."
Progress = Callable[[int, int], Awaitable[None]]


async def evaluate(house: House, model: str, labelled: LabelledSet, doer: Doer, progress: Progress) -> EvaluationOut:
    """The model's errors on that set, kept. `progress` is told how many pictures are done, of how many.

    Raises Missing, Unusable for a set that is too small or a model that fails.
    """
    await registered(house)
    async with house.database.reading() as session:
        version = shown(await Registry(session, house.vault).find(model))
    vectors, people = await _vectors(house, version, labelled, progress)
    if not people:
        raise Unusable("No face was found in any of these pictures.", "no-face")
    try:
        figures = await asyncio.to_thread(figures_of, vectors, people)
    except ValueError as error:
        raise Unusable(f"This set is too small: {error}.", "too-few") from error
    row = _row(version.id, labelled, figures, doer)
    row.faceless = labelled.count - len(people)
    async with house.database.writing() as session:
        session.add(row)
        await session.flush()
        act = doer.act("model-evaluated", f"model:{model}", evaluation=row.id, fnmr=row.fnmr, set_digest=row.set_digest)
        await record(session, house.vault, act, doer.at_utc)
    return evaluation_out(row)


async def _vectors(
    house: House, version: ModelOut, labelled: LabelledSet, progress: Progress
) -> tuple[Floats, list[int]]:
    """The vectors (n, d) of the pictures that show a face, and whom each shows."""
    process, measured = await Measured.started(house, version)
    found: list[Floats] = []
    people: list[int] = []
    done = 0
    try:
        for person, paths in labelled.pictures.items():
            for path in paths:
                vector = await measured.vector(await asyncio.to_thread(path.read_bytes))
                if vector is not None:
                    found.append(vector)
                    people.append(person)
                done += 1
                await progress(done, labelled.count)
    except (ConnectionError, EOFError, TimeoutError) as error:
        raise Unusable(DIED, "crashed") from error
    finally:
        await ended(process)
    return (np.stack(found) if found else np.empty((0, version.dimension), np.float32)), people


@dataclass(frozen=True, slots=True)
class Measured:
    """A process with an unknown model at work; what it says is checked for length and sense."""

    asked: asyncio.StreamWriter
    answers: asyncio.StreamReader
    version: ModelOut
    limit_s: float

    @staticmethod
    async def started(
        house: House, version: ModelOut, *, chips: bool = False
    ) -> "tuple[asyncio.subprocess.Process, Measured]":
        """A process that is told what it measures, to be ended by whoever asked for it. Raises Unusable.

        With `chips` it is given faces that are cut out already.
        """
        file, folder = path_of(house, version.sha256), house.model.source.path.parent
        process = await started(MODULE, str(file), str(folder), CHIPS if chips else PHOTOGRAPHS)
        recipe = version.card.recipe
        try:
            if process.stdin is None or process.stdout is None or recipe is None:
                raise Unusable(DIED, "crashed")
            measured = Measured(process.stdin, process.stdout, version, house.settings.models.picture_s)
            await measured._send(recipe.model_dump_json().encode())
        except (ConnectionError, Unusable) as error:
            await ended(process)
            raise Unusable(DIED, "crashed") from error
        return process, measured

    async def vector(self, picture: bytes) -> Floats | None:
        """Of that picture's face; None where there is none. Raises EOFError, ConnectionError, TimeoutError."""
        async with asyncio.timeout(self.limit_s):
            await self._send(picture)
            (length,) = LENGTH.unpack(await self.answers.readexactly(LENGTH.size))
            if length not in (0, 4 * self.version.dimension):
                raise EOFError
            vector = np.frombuffer(await self.answers.readexactly(length), "<f4")
        if length == 0:
            return None
        if not np.isfinite(vector).all() or abs(float(np.linalg.norm(vector)) - 1) > FROM_ONE:
            raise EOFError
        return vector

    async def _send(self, content: bytes) -> None:
        self.asked.write(LENGTH.pack(len(content)) + content)
        await self.asked.drain()


def _row(model: str, labelled: LabelledSet, figures: Figures, doer: Doer) -> EvaluationRow:
    return EvaluationRow(
        id=new_id(doer.at_utc),
        model=model,
        set_digest=labelled.digest,
        people=len(labelled.pictures),
        pictures=labelled.count,
        genuine=figures.genuine,
        impostors=figures.impostors,
        fmr=figures.fmr,
        fnmr=figures.fnmr,
        low=figures.interval.low,
        high=figures.interval.high,
        curve=json.dumps(figures.curve),
        scores=json.dumps(figures.scores),
        at_utc=doer.at_utc,
        done_by=doer.user,
    )


async def evaluations_of(session: AsyncSession, model: str) -> list[EvaluationOut]:
    """What was measured of that version, newest first."""
    query = select(EvaluationRow).where(EvaluationRow.model == model)
    found = await session.scalars(query.order_by(EvaluationRow.at_utc.desc(), EvaluationRow.id.desc()))
    return [evaluation_out(row) for row in found.all()]


async def all_evaluations(session: AsyncSession) -> list[EvaluationOut]:
    """What was measured of every version."""
    return [evaluation_out(row) for row in (await session.scalars(select(EvaluationRow))).all()]


def evaluation_out(row: EvaluationRow) -> EvaluationOut:
    """That evaluation, for the API."""
    plain = {name: getattr(row, name) for name in EvaluationOut.model_fields if name not in ("curve", "scores")}
    return EvaluationOut.model_validate(plain | {"curve": json.loads(row.curve), "scores": json.loads(row.scores)})
