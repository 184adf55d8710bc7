import hashlib
import shutil
from pathlib import Path

import pytest

from kiosk.demo.faces import ARCHIVES, cache_folder, demo_faces
from kiosk.domain.errors import NotFound

OFFLINE = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": "/dev/null"}


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pip that reaches no index."""
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def full_cache(demo_faces: dict[str, Path], tmp_path: Path) -> Path:
    for path in demo_faces.values():
        shutil.copy(path, tmp_path)
    return tmp_path


def test_every_face_is_the_picture_that_was_chosen(demo_faces: dict[str, Path]) -> None:
    expected = {picture.name: picture.sha256 for archive in ARCHIVES for picture in archive.pictures}
    assert {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in demo_faces.items()} == expected


@pytest.mark.usefixtures("offline")
def test_cached_faces_need_no_network(full_cache: Path) -> None:
    heard: list[str] = []
    assert all(path.parent == full_cache for path in demo_faces(full_cache, heard.append).values())
    assert heard == []


@pytest.mark.usefixtures("offline")
def test_without_cache_and_network_one_sentence_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="connect to the network"):
        demo_faces(tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


def test_a_damaged_face_is_fetched_again(full_cache: Path) -> None:
    damaged = full_cache / "astronaut.png"
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:1000])
    heard: list[str] = []
    demo_faces(full_cache, heard.append)
    assert damaged.read_bytes() == whole
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"KIOSK_CACHE": "here", "XDG_CACHE_HOME": "there"}, Path("here/faces")),
        ({"XDG_CACHE_HOME": "there"}, Path("there/kiosk/faces")),
        ({}, Path.home() / ".cache/kiosk/faces"),
    ],
)
def test_the_cache_lies_where_the_environment_says(environ: dict[str, str], folder: Path) -> None:
    assert cache_folder(environ) == folder


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotFound, match="KIOSK_CACHE"):
        demo_faces(tmp_path / "file" / "faces")
