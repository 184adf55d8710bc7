"""The vision room's fixtures: the real models, opened once, and demo faces as pictures."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.domain.sight import Image
from kiosk.vision import Options, Pipeline, open_vision
from tests.vision.making import read


@dataclass(frozen=True, slots=True)
class Portraits:
    """Two pictures of one person, and one each of two others."""

    first: Image
    again: Image
    second: Image
    third: Image


@pytest.fixture(scope="session")
def shared_eyes(models_folder: Path) -> Pipeline:
    """One pipeline for tests that don't show it frames (its tracker remembers them)."""
    return open_vision(models_folder, Options())


@pytest.fixture
def fresh_eyes(shared_eyes: Pipeline) -> Pipeline:
    """A pipeline that has seen no frame yet, on models that are already open."""
    return Pipeline(shared_eyes.detector, shared_eyes.mesher, shared_eyes.embedder, Options())


@pytest.fixture(scope="session")
def portraits(demo_faces: dict[str, Path]) -> Portraits:
    return Portraits(
        first=read(demo_faces["obama"]),
        again=read(demo_faces["obama2"]),
        second=read(demo_faces["biden"]),
        third=read(demo_faces["astronaut"]),
    )
