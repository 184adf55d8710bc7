"""Whether a file is an embedding model that can be used: what it takes and gives, and whether that makes sense."""

from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import Annotated

import numpy as np
from pydantic import BaseModel, Field

from kiosk.central.clock import ServerClock
from kiosk.central.models.messages import Recipe
from kiosk.central.models.recipes import Shape, model_of
from kiosk.domain.errors import ModelError
from kiosk.domain.sight import Chip, Floats, Image, frozen
from kiosk.vision.drawn import drawn_visitor
from kiosk.vision.embedder import Embedder, open_embedder
from kiosk.vision.tflite import Interpreter, open_interpreter

SIDES = range(16, 513)
DIMENSIONS = range(16, 4097)
TYPES = frozenset({"int8", "uint8", "float32"})
RUNS = 9
SAME = 1e-5


class Fault(StrEnum):
    """Why a file is no embedding model that can be used."""

    NOT_A_MODEL = "not-a-model"
    WRONG_INPUT = "wrong-input"
    WRONG_OUTPUT = "wrong-output"
    NOT_FINITE = "not-finite"
    NOT_DETERMINISTIC = "not-deterministic"
    BLIND = "blind"


class Findings(BaseModel):
    """What the trial found: `fault` where the file is of no use, else what it takes, gives, and needs for one face."""

    fault: Fault | None = None
    width: Annotated[int, Field(ge=0, le=SIDES.stop)] = 0
    height: Annotated[int, Field(ge=0, le=SIDES.stop)] = 0
    dimension: Annotated[int, Field(ge=0, le=DIMENSIONS.stop)] = 0
    speed_ms: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] = 0.0
    offline: bool = False


def check(path: str, recipe: str, is_offline: bool) -> Findings:
    """What that file is worth."""
    try:
        opened = open_interpreter(Path(path), threads=1)
    except ModelError:
        return Findings(fault=Fault.NOT_A_MODEL)
    shape = shape_of(opened)
    if isinstance(shape, Fault):
        return Findings(fault=shape)
    try:
        embedder = open_embedder(model_of(Path(path), Recipe.model_validate_json(recipe), shape), threads=1)
    except ModelError:
        return Findings(fault=Fault.WRONG_OUTPUT)
    fault = _fault(embedder, shape)
    if fault is not None:
        return Findings(fault=fault)
    return Findings(
        width=shape.width,
        height=shape.height,
        dimension=shape.dimension,
        speed_ms=_speed_ms(embedder, shape),
        offline=is_offline,
    )


def shape_of(opened: Interpreter) -> Shape | Fault:
    """What it takes and gives, or what is wrong with that."""
    given = opened.inputs[0]
    if len(given.shape) != 4 or given.shape[0] < 1 or given.shape[3] != 3 or given.dtype.name not in TYPES:
        return Fault.WRONG_INPUT
    batch, height, width, _ = given.shape
    if height not in SIDES or width not in SIDES or batch > 2:
        return Fault.WRONG_INPUT
    if len(opened.outputs) != 1 or opened.outputs[0].dtype.name not in TYPES:
        return Fault.WRONG_OUTPUT
    dimension, left = divmod(opened.outputs[0].values, batch)
    return Shape(width, height, dimension) if not left and dimension in DIMENSIONS else Fault.WRONG_OUTPUT


def _fault(embedder: Embedder, shape: Shape) -> Fault | None:
    """Vectors of length one, the same for the same picture, others for others."""
    chips = [Chip(frozen(pixels)) for pixels in _pictures(shape)]
    first, again = ([embedder.embed(chip).vector for chip in chips] for _ in range(2))
    if not all(np.isfinite(vector).all() and abs(np.linalg.norm(vector) - 1) < 1e-3 for vector in first):
        return Fault.NOT_FINITE
    if any(np.abs(one - other).max() > SAME for one, other in zip(first, again, strict=True)):
        return Fault.NOT_DETERMINISTIC
    return Fault.BLIND if _all_alike(first) else None


def _pictures(shape: Shape) -> list[Image]:
    """A drawn face, noise, and grey: nobody's."""
    drawn = drawn_visitor(640, 360)[100:210, 265:375]
    rows, columns = (np.arange(side) * 110 // side for side in (shape.height, shape.width))
    noise = np.random.default_rng(1).integers(0, 256, (shape.height, shape.width, 3), dtype=np.uint8)
    face: Image = drawn[rows][:, columns]
    return [np.ascontiguousarray(face), noise, np.full_like(noise, 127)]


def _all_alike(vectors: list[Floats]) -> bool:
    return all(float(vectors[0] @ other) > 1 - SAME for other in vectors[1:])


def _speed_ms(embedder: Embedder, shape: Shape) -> float:
    """The median of some runs on one face, one thread."""
    clock, chip = ServerClock(), Chip(frozen(_pictures(shape)[0]))
    took = []
    for _ in range(RUNS):
        began = clock.monotonic()
        embedder.embed(chip)
        took.append((clock.monotonic() - began) * 1000)
    return round(median(took), 3)
