"""What the models folder holds: `manifest.toml` read into typed entries, every file checked against its sha256.

A model is data: input size, normalisation, alignment points, dimension and score table are all said here, none in code.
"""

import hashlib
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from kiosk.domain.errors import ModelError
from kiosk.domain.scores import MissTable, ScoreTable
from kiosk.domain.sight import Floats, frozen
from kiosk.vision.entries import Entry

FORMAT = 1
MANIFEST = "manifest.toml"


class Role(StrEnum):
    """What a model is for; a folder holds exactly one of each."""

    DETECTOR = "detector"
    LANDMARKS = "landmarks"
    EMBEDDING = "embedding"


class Normalise(StrEnum):
    """What is done to each vector before a chip's and its mirrored chip's are averaged."""

    L2 = "l2"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a model's file is and where it came from."""

    name: str
    path: Path
    licence: str
    source: str
    card: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class PictureInput:
    """The RGB picture a model wants: real input = pixel x scale + offset, a figure for each channel."""

    width: int
    height: int
    scale: tuple[float, ...]
    offset: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """One output pair of the detector: real = (output - offset) / scale, for logits and for each regressor (16,)."""

    anchors: int
    logit_scale: float
    logit_offset: float
    regressor_scale: Floats
    regressor_offset: Floats


@dataclass(frozen=True, slots=True, eq=False)
class DetectorModel:
    """BlazeFace: `grids` are (cells a side, anchors a cell), in the order in which heads count their anchors."""

    source: Source
    input: PictureInput
    letterbox: int
    score_threshold: float
    iou_threshold: float
    grids: tuple[tuple[int, int], ...]
    heads: tuple[Head, ...]


@dataclass(frozen=True, slots=True, eq=False)
class LandmarksModel:
    """Face mesh: `crop` is the square's side in long sides of the face's box."""

    source: Source
    input: PictureInput
    crop: float
    points: int
    presence_threshold: float


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddingModel:
    """Embedding: mesh `points` come to lie at `positions` (n, 2), in pixels of a chip of `chip` x `chip`.

    Two tables say what a score means: `score_table` for two single pictures, `gallery_table` for a picture and a
    template of several, which lies nearer to everybody. Without the second, the first stands for both. `miss_table`
    says how many known visitors fall short of each score of the second.
    """

    source: Source
    input: PictureInput
    dimension: int
    chip: int
    mirror: bool
    normalise: Normalise
    points: tuple[int, ...]
    positions: Floats
    score_table: ScoreTable
    gallery_table: ScoreTable
    miss_table: MissTable | None = None

    @property
    def name(self) -> str:
        """The name that embeddings carry."""
        return self.source.name


@dataclass(frozen=True, slots=True, eq=False)
class Manifest:
    """The three models of a folder."""

    detector: DetectorModel
    landmarks: LandmarksModel
    embedding: EmbeddingModel


def load_manifest(folder: Path) -> Manifest:
    """The models of that folder. Raises ModelError if the manifest is wrong or a file is missing or altered."""
    path = folder / MANIFEST
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{path} is missing: restore the models folder") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"{path} can't be read: {error}") from error
    top = Entry(str(path), table)
    if top.whole("format", low=1) != FORMAT:
        raise ModelError(f"{path} has a format other than {FORMAT}: update the kiosk or the models folder")
    entries = _by_role(top)
    return Manifest(
        _detector(folder, entries[Role.DETECTOR]),
        _landmarks(folder, entries[Role.LANDMARKS]),
        _embedding(folder, entries[Role.EMBEDDING]),
    )


def _by_role(top: Entry) -> dict[Role, Entry]:
    found: dict[Role, Entry] = {}
    for entry in top.entries("model"):
        role = entry.choice("role", Role)
        if role in found:
            raise ModelError(f"{top.where} names two models for {role}: keep one")
        found[role] = entry
    missing = ", ".join(role for role in Role if role not in found)
    if missing:
        raise ModelError(f"{top.where} names no model for {missing}")
    return found


def _source(folder: Path, entry: Entry) -> Source:
    path, sha256 = folder / entry.text("file"), entry.text("sha256").lower()
    _check_sum(path, sha256)
    return Source(entry.text("name"), path, entry.text("licence"), entry.text("source"), entry.text("card"), sha256)


def _check_sum(path: Path, expected: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"the model file {path} is missing: restore the models folder") from error
    if found != expected:
        raise ModelError(f"{path} is not the file that the manifest describes: restore the models folder")


def _input(entry: Entry) -> PictureInput:
    picture = entry.table("input")
    return PictureInput(
        picture.whole("width", low=1),
        picture.whole("height", low=1),
        picture.per_channel("scale"),
        picture.per_channel("offset"),
    )


def _detector(folder: Path, entry: Entry) -> DetectorModel:
    own = entry.table("detector")
    model = DetectorModel(
        source=_source(folder, entry),
        input=_input(entry),
        letterbox=own.whole("letterbox", low=0, high=255),
        score_threshold=own.fraction("score_threshold"),
        iou_threshold=own.fraction("iou_threshold"),
        grids=tuple((int(cells), int(each)) for cells, each in own.rows("anchors", 2)),
        heads=tuple(_head(head) for head in own.entries("heads")),
    )
    anchors = sum(cells * cells * each for cells, each in model.grids)
    if anchors != sum(head.anchors for head in model.heads):
        raise ModelError(f"{own.where}: the heads must have {anchors} anchors together")
    return model


def _head(entry: Entry) -> Head:
    scale = np.array(entry.numbers("regressor_scale", 16), np.float32)
    logit_scale = entry.number("logit_scale")
    if logit_scale <= 0 or (scale <= 0).any():
        raise ModelError(f"{entry.where}: every scale must be above 0")
    return Head(
        anchors=entry.whole("anchors", low=1),
        logit_scale=logit_scale,
        logit_offset=entry.number("logit_offset"),
        regressor_scale=frozen(scale),
        regressor_offset=frozen(np.array(entry.numbers("regressor_offset", 16), np.float32)),
    )


def _landmarks(folder: Path, entry: Entry) -> LandmarksModel:
    own = entry.table("landmarks")
    return LandmarksModel(
        source=_source(folder, entry),
        input=_input(entry),
        crop=own.number("crop"),
        points=own.whole("points", low=1),
        presence_threshold=own.fraction("presence_threshold"),
    )


def _embedding(folder: Path, entry: Entry) -> EmbeddingModel:
    own = entry.table("embedding")
    points = tuple(own.whole_numbers("points"))
    positions = np.array(own.rows("positions", 2), np.float32)
    if len(points) < 2 or len(positions) != len(points):
        raise ModelError(f"{own.where}: 'points' and 'positions' must be as many, two or more")
    return EmbeddingModel(
        source=_source(folder, entry),
        input=_input(entry),
        dimension=own.whole("dimension", low=1),
        chip=own.whole("chip", low=1),
        mirror=own.truth("mirror"),
        normalise=own.choice("normalise", Normalise),
        points=points,
        positions=frozen(positions),
        score_table=_score_table(own.table("score_table")),
        gallery_table=_score_table(own.table("gallery_table" if own.has("gallery_table") else "score_table")),
        miss_table=_miss_table(own.table("miss_table")) if own.has("miss_table") else None,
    )


def _miss_table(entry: Entry) -> MissTable:
    score, fnmr = entry.numbers("score"), entry.numbers("fnmr")
    if len(score) != len(fnmr):
        raise ModelError(f"{entry.where}: 'score' and 'fnmr' must be as many")
    try:
        return MissTable(tuple(score), tuple(fnmr))
    except ValueError as error:
        raise ModelError(f"{entry.where}: {error}") from error


def _score_table(entry: Entry) -> ScoreTable:
    fmr, score = entry.numbers("fmr"), entry.numbers("score")
    if len(fmr) != len(score):
        raise ModelError(f"{entry.where}: 'fmr' and 'score' must be as many")
    try:
        return ScoreTable(tuple(fmr), tuple(score))
    except ValueError as error:
        raise ModelError(f"{entry.where}: {error}") from error


def installed_models() -> Path:
    """Where the models that came with the kiosk are: beside the code, else inside the installed package."""
    package = Path(__file__).resolve().parents[1]
    beside = package.parent / "models"
    return beside if (beside / MANIFEST).is_file() else package / "_models"
