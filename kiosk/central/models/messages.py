"""What is said about models over the API."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from kiosk.central.people.messages import Strict
from kiosk.vision.manifest import Normalise

LABEL = "^[A-Za-z0-9][A-Za-z0-9._-]*$"
ModelName = Annotated[str, Field(pattern=LABEL, max_length=40)]
ModelVersion = Annotated[str, Field(pattern=LABEL, max_length=20)]
Finite = Annotated[float, Field(allow_inf_nan=False, ge=-1e6, le=1e6)]
Channels = tuple[Finite, Finite, Finite]


class ModelState(StrEnum):
    """Where a version stands."""

    CANDIDATE = "candidate"
    CHAMPION = "champion"
    ARCHIVED = "archived"


class LogAct(StrEnum):
    """What was done with a version."""

    FIRST = "first"
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled-back"
    ARCHIVED = "archived"


class Scope(StrEnum):
    """To which kiosks a version is rolled out."""

    FLEET = "fleet"
    SITE = "site"
    GROUP = "group"


class Recipe(Strict):
    """How a face is made ready for a model: real input = pixel x scale + offset; mesh `points` lie at `positions`."""

    chip: Annotated[int, Field(ge=16, le=1024)]
    scale: Channels
    offset: Channels
    mirror: bool
    normalise: Normalise
    points: Annotated[list[Annotated[int, Field(ge=0, le=467)]], Field(min_length=2, max_length=468)]
    positions: Annotated[list[tuple[Finite, Finite]], Field(min_length=2, max_length=468)]

    @model_validator(mode="after")
    def _as_many(self) -> Self:
        if len(self.points) != len(self.positions):
            raise ValueError("points and positions must be as many")
        return self


class Card(Strict):
    """What is known of a version. Without a recipe, faces are made ready as for the model that came with central."""

    name: ModelName
    version: ModelVersion
    kind: Literal["embedding"] = "embedding"
    licence: Annotated[str, Field(max_length=80)] = ""
    source: Annotated[str, Field(max_length=500)] = ""
    notes: Annotated[str, Field(max_length=8000)] = ""
    description: Annotated[str, Field(max_length=2000)] = ""
    recipe: Recipe | None = None


class EvaluationOut(BaseModel):
    """A model's errors on a labelled set: at the false match rate `fmr`, so many genuine pairs are missed (`fnmr`).

    `low` and `high` are its 95 % interval, `curve` is pairs of false match and false non-match rates, `scores` pairs
    of a false match rate and the score that such impostors reach. `set_digest`: the same pictures, the same set.
    """

    id: str
    model: str
    set_digest: str
    people: int
    pictures: int
    faceless: int
    genuine: int
    impostors: int
    fmr: float
    fnmr: float
    low: float
    high: float
    curve: list[tuple[float, float]]
    scores: list[tuple[float, float]]
    at_utc: datetime
    done_by: str


class ModelOut(BaseModel):
    """A version of a model. `tag` is what its embeddings are called, and what kiosks that run it say."""

    id: str
    name: str
    version: str
    tag: str
    state: ModelState
    sha256: str
    size: int
    dimension: int
    speed_ms: float
    card: Card
    made_utc: datetime
    made_by: str


class ModelDetails(ModelOut):
    """A version with its curves, newest first."""

    evaluations: list[EvaluationOut]


class LogOut(BaseModel):
    """What was done with a model, and which was champion from then on."""

    seq: int
    at_utc: datetime
    act: LogAct
    model: str
    champion: str
    done_by: str


class Production(BaseModel):
    """What was in production at that moment."""

    at_utc: datetime
    since_utc: datetime
    model: ModelOut


class NewRollout(Strict):
    """To which kiosks, and to how many of a hundred of them. Neither a site nor a group: the whole fleet."""

    site: Annotated[str, Field(max_length=80)] = ""
    group: Annotated[str, Field(max_length=80)] = ""
    percent: Annotated[int, Field(ge=0, le=100)]

    @model_validator(mode="after")
    def _one_scope(self) -> Self:
        if self.site and self.group:
            raise ValueError("give a site or a group, not both")
        return self


class RolloutOut(BaseModel):
    """A roll-out as it stands."""

    scope: Scope
    target: str
    percent: int
    began_utc: datetime
    changed_utc: datetime


class KioskReport(BaseModel):
    """What a kiosk last said of a version: `running`; `waiting` for the `missing` people whom it could not recognise
    with it; or `failed`, for that reason.
    """

    state: str
    reason: str
    missing: int
    at_utc: datetime


class KioskRuns(BaseModel):
    """A kiosk: whether it is to run this version, which one it says it runs, and what it said of this one."""

    kiosk: str
    name: str
    site: str
    due: bool
    says: str
    runs: bool
    report: KioskReport | None = None


class RolloutState(BaseModel):
    """How far a version has come."""

    rollouts: list[RolloutOut]
    kiosks: list[KioskRuns]
    due: int
    running: int


class KioskModel(BaseModel):
    """What a kiosk is to run, with all that it needs for it. `scores` is empty where nothing was measured here."""

    id: str
    name: str
    version: str
    tag: str
    sha256: str
    size: int
    dimension: int
    recipe: Recipe
    scores: list[tuple[float, float]]
