"""Photographs given on the command line: read, and their one face embedded, with the file named in every error."""

from pathlib import Path

from kiosk.domain.errors import FaceCount
from kiosk.domain.sight import Embedding
from kiosk.vision import Pipeline
from kiosk.vision.reading import load_image


def embedding_of(eyes: Pipeline, path: Path) -> Embedding:
    """The embedding of the one face on that photograph. Raises BadImage, FaceCount."""
    image = load_image(path)
    try:
        _, embedding = eyes.embed_photo(image)
    except FaceCount as error:
        raise FaceCount(f"{path}: {error}", error.found) from error
    return embedding
