"""A version of the embedding model as central describes it: read and checked against the file that came with it."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kiosk.domain.errors import ModelError, ModelUnfit
from kiosk.domain.scores import ScoreTable
from kiosk.domain.sight import frozen
from kiosk.vision.entries import Entry
from kiosk.vision.golden import Fault
from kiosk.vision.manifest import EmbeddingModel, Normalise, PictureInput, Source
from kiosk.vision.tflite import Interpreter, open_interpreter

WHERE = "the manifest of the model"
MESH_POINTS = 468
CHIPS = (16, 1024)
SIDES = (16, 512)
DIMENSIONS = (16, 4096)
FILE_MOST = 512 * 1024 * 1024
_FORMS = frozenset({"int8", "uint8", "float32"})


@dataclass(frozen=True, slots=True)
class Described:
    """What a manifest says of a version, before its file is looked at.

    `id` is the digest of the text: another text (the scores were measured anew) is another version of the same file.
    """

    id: str
    tag: str
    sha256: str
    size: int
    entry: Entry


def described(manifest: str) -> Described:
    """The version that this JSON text describes. Raises ModelError in one sentence."""
    try:
        values = json.loads(manifest)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{WHERE} is not JSON: central has to send another") from error
    if not isinstance(values, dict):
        raise ModelError(f"{WHERE} is not a table: central has to send another")
    entry = Entry(WHERE, values)
    digest = hashlib.sha256(manifest.encode()).hexdigest()
    size = entry.whole("size", low=1, high=FILE_MOST)
    return Described(digest, entry.text("tag"), _hex(entry), size, entry)


def check_file(version: Described, path: Path) -> None:
    """Raises ModelError unless the file is of that length and content."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise damaged(f"the file of the model {version.tag} is missing: it will be fetched again") from error
    if size != version.size or found != version.sha256:
        raise damaged(f"the file of the model {version.tag} is not the one described: it will be fetched again")


def damaged(sentence: str) -> ModelUnfit:
    """What is not on the disk as it was put there."""
    return ModelUnfit(sentence, Fault.DAMAGED.value)


def model_in(version: Described, path: Path) -> EmbeddingModel:
    """That version, ready to be opened. Raises ModelError if file and manifest don't fit each other.

    A table of scores against templates and one of misses may be missing: the first table stands for both then.
    """
    entry, recipe = version.entry, version.entry.table("recipe")
    width, height, dimension = _shape(open_interpreter(path, 1))
    if dimension != entry.whole("dimension", low=DIMENSIONS[0], high=DIMENSIONS[1]):
        raise ModelError(f"the model {version.tag} gives {dimension} values where its manifest promises others")
    points = recipe.whole_numbers("points")
    positions = recipe.rows("positions", 2)
    if len(points) < 2 or len(points) != len(positions) or max(points) >= MESH_POINTS:
        raise ModelError(f"{recipe.where}: 'points' and 'positions' must be as many, two or more, of the mesh")
    scores = _scores(entry, "scores")
    return EmbeddingModel(
        source=Source(version.tag, path, licence="", source="", card="", sha256=version.sha256),
        input=PictureInput(width, height, recipe.per_channel("scale"), recipe.per_channel("offset")),
        dimension=dimension,
        chip=recipe.whole("chip", low=CHIPS[0], high=CHIPS[1]),
        mirror=recipe.truth("mirror"),
        normalise=recipe.choice("normalise", Normalise),
        points=tuple(points),
        positions=frozen(np.array(positions, np.float32)),
        score_table=scores,
        gallery_table=_scores(entry, "gallery_scores") if entry.has("gallery_scores") else scores,
    )


def _shape(opened: Interpreter) -> tuple[int, int, int]:
    """Width and height of the picture it takes, and the dimension of what it gives. Raises ModelError."""
    given = opened.inputs[0]
    wanted = len(given.shape) == 4 and given.shape[0] in (1, 2) and given.shape[3] == 3 and given.dtype.name in _FORMS
    if not wanted or not all(SIDES[0] <= side <= SIDES[1] for side in given.shape[1:3]):
        raise ModelError("the model takes something else than one picture of usual size: it can't be run here")
    if len(opened.outputs) != 1 or opened.outputs[0].dtype.name not in _FORMS:
        raise ModelError("the model gives something else than one vector: it can't be run here")
    batch, height, width, _ = given.shape
    return width, height, opened.outputs[0].values // batch


def _scores(entry: Entry, key: str) -> ScoreTable:
    rows = entry.rows(key, 2)
    if not rows:
        sentence = f"{WHERE} says nothing of what its scores mean: it has to be measured on central first"
        raise ModelUnfit(sentence, Fault.UNMEASURED.value)
    try:
        return ScoreTable(tuple(row[0] for row in rows), tuple(row[1] for row in rows))
    except ValueError as error:
        raise ModelError(f"{WHERE}, {key}: {error}") from error


def _hex(entry: Entry) -> str:
    text = entry.text("sha256")
    if len(text) != 64 or not set(text) <= set("0123456789abcdef"):
        raise ModelError(f"{WHERE}: 'sha256' must be 64 small hexadecimal digits")
    return text
