"""What every room's tests may ask for: the demo faces, the models, the labelled faces. A skip says what is missing."""

import gc
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.demo.faces import demo_faces as fetch_demo_faces
from kiosk.domain.errors import NotFound
from tests.needs import missing

ROOT = Path(__file__).resolve().parents[1]
LABELLED = ROOT.parent / "shared" / "data"


def pytest_configure() -> None:
    """What is imported and collected stays: to look through it for rubbish takes an eighth of the time of all tests."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that none of it is left alone at the end where several processes run tests."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Commands that are run in this process log to where the test caught it, and to nowhere once it has ended."""
    kiosk = logging.getLogger("kiosk")
    handlers, level, propagates = kiosk.handlers[:], kiosk.level, kiosk.propagate
    yield
    kiosk.handlers[:], kiosk.propagate = handlers, propagates
    kiosk.setLevel(level)


@pytest.fixture(scope="session")
def demo_faces() -> dict[str, Path]:
    """Public-domain photographs by name (see docs/demo-faces.md); fetched once, then cached."""
    try:
        return fetch_demo_faces()
    except NotFound as error:
        missing(str(error))


@pytest.fixture(scope="session")
def models_folder() -> Path:
    """The committed models with their manifest."""
    return _present(ROOT / "models", "manifest.toml", "the models and their manifest")


@pytest.fixture(scope="session")
def labelled_faces() -> Path:
    """The folder of labelled faces beside the repository: `lfw/`, `lfw_pairs.tsv`, `detection/`."""
    return _present(LABELLED, "lfw_pairs.tsv", "labelled faces (they are not part of the repository)")


@pytest.fixture(scope="session")
def lfw(labelled_faces: Path) -> Path:
    """The folder of Labeled Faces in the Wild: one folder a person, 250x250 JPEG."""
    return _present(labelled_faces, "lfw", "Labeled Faces in the Wild") / "lfw"


def _present(folder: Path, entry: str, what: str) -> Path:
    if not (folder / entry).exists():
        pytest.skip(f"needs {what}: no {entry} in {os.path.relpath(folder, ROOT)}")
    return folder
