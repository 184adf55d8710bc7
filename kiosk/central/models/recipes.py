"""From a card's recipe to what vision calls an embedding model, and back."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kiosk.central.models.messages import Recipe
from kiosk.domain.scores import ScoreTable
from kiosk.domain.sight import frozen
from kiosk.vision.manifest import EmbeddingModel, PictureInput, Source

# Nothing is decided by scores where a model is only tried out or measured.
UNMEASURED = ScoreTable((0.5, 0.1), (0.0, 1.0))


@dataclass(frozen=True, slots=True)
class Shape:
    """What a model takes and gives: a picture of that size, a vector of that dimension."""

    width: int
    height: int
    dimension: int


def recipe_of(model: EmbeddingModel) -> Recipe:
    """How faces are made ready for that model."""
    return Recipe(
        chip=model.chip,
        scale=_channels(model.input.scale),
        offset=_channels(model.input.offset),
        mirror=model.mirror,
        normalise=model.normalise,
        points=list(model.points),
        positions=[(round(float(x), 3), round(float(y), 3)) for x, y in model.positions],
    )


def model_of(path: Path, recipe: Recipe, shape: Shape) -> EmbeddingModel:
    """The model in that file, for vision."""
    return EmbeddingModel(
        source=Source(path.stem, path, licence="", source="", card=""),
        input=PictureInput(shape.width, shape.height, recipe.scale, recipe.offset),
        dimension=shape.dimension,
        chip=recipe.chip,
        mirror=recipe.mirror,
        normalise=recipe.normalise,
        points=tuple(recipe.points),
        positions=frozen(np.array(recipe.positions, np.float32)),
        score_table=UNMEASURED,
        gallery_table=UNMEASURED,
    )


def _channels(values: tuple[float, ...]) -> tuple[float, float, float]:
    red, green, blue = values
    return red, green, blue
