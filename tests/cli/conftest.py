"""A store with one person enrolled, from public-domain photographs, and what a caller might get wrong."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.running import kiosk


@dataclass(frozen=True)
class Album:
    """Photographs: three of one person, one of another, one of a third."""

    one: tuple[Path, Path, Path]
    other: Path
    third: Path


@pytest.fixture(scope="session")
def album(demo_faces: dict[str, Path]) -> Album:
    one = (demo_faces["obama"], demo_faces["obama2"], demo_faces["obama3"])
    return Album(one, demo_faces["biden"], demo_faces["astronaut"])


@dataclass(frozen=True)
class Enrolled:
    """A store folder and the id of the one person in it."""

    store: Path
    person: str
    name: str = "First Person"


@pytest.fixture(scope="session")
def enrolled_once(album: Album, models_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Enrolled:
    store = tmp_path_factory.mktemp("enrolled") / "store"
    photo = album.one[0]
    ran = kiosk("people", "add", Enrolled.name, "--photo", photo, "--consent", "--json", "--store", store)
    assert ran.code == 0, ran
    return Enrolled(store, ran.json["id"])


@pytest.fixture
def enrolled(enrolled_once: Enrolled, tmp_path: Path) -> Enrolled:
    """A store of this test's own with one person in it."""
    store = tmp_path / "store"
    shutil.copytree(enrolled_once.store, store)
    return Enrolled(store, enrolled_once.person)
