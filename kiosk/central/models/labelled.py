"""Labelled sets: a ZIP with a folder of photographs for each person, of which nothing is believed.

Names in it are used to tell people apart and for nothing else: files are written under numbers, and no name is repeated
to anybody.
"""

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from kiosk.central.errors import TooLarge, Unavailable, Unusable
from kiosk.central.settings import Settings
from kiosk.central.uploads import MB, checked
from kiosk.central.zips import Bounds, entry_of, is_litter, opened_zip
from kiosk.domain.errors import KioskError


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Photographs of each person, by a number that stands for them; `digest` is of the pictures and who is on them."""

    pictures: Mapping[int, tuple[Path, ...]]
    digest: str

    @property
    def count(self) -> int:
        """How many photographs."""
        return sum(len(paths) for paths in self.pictures.values())


def unpacked(source: BinaryIO, folder: Path, settings: Settings) -> LabelledSet:
    """The set in that archive, its pictures written into `folder`. Raises Unsupported, TooLarge, Unusable."""
    with opened_zip(source, _bounds(settings)) as archive:
        return set_of(_written(archive, _entries(archive, settings), folder, settings))


def look_through(source: BinaryIO, settings: Settings) -> None:
    """Refuse what the archive's directory gives away. Raises Unsupported, TooLarge, Unusable."""
    with opened_zip(source, _bounds(settings)) as archive:
        if not _entries(archive, settings):
            raise Unusable("There is no picture in that archive.", "too-few")


def set_of(folders: Mapping[str, list[Path]]) -> LabelledSet:
    """The set of those pictures by person, in an order that their content gives: names may change, the set does not."""
    known = []
    for paths in folders.values():
        hashed = sorted((hashlib.sha256(path.read_bytes()).hexdigest(), path) for path in paths)
        known.append((tuple(digest for digest, _ in hashed), tuple(path for _, path in hashed)))
    known.sort(key=lambda one: one[0])
    digest = hashlib.sha256("|".join(",".join(digests) for digests, _ in known).encode()).hexdigest()
    return LabelledSet({number: paths for number, (_, paths) in enumerate(known)}, digest)


def _bounds(settings: Settings) -> Bounds:
    return Bounds(settings.models.set_pictures, round(settings.models.set_mb * MB))


def _entries(archive: zipfile.ZipFile, settings: Settings) -> list[tuple[str, zipfile.ZipInfo]]:
    """Whom each entry shows. Raises TooLarge, Unusable."""
    found = []
    for number, entry in enumerate(archive.infolist(), 1):
        path = PurePosixPath(entry.filename)
        if entry.is_dir() or is_litter(path):
            continue
        if len(path.parts) < 2:
            raise Unusable(f"Entry {number} lies in no folder; put each person's pictures into one.", "folders")
        if entry.file_size > settings.uploads.picture_mb * MB:
            raise TooLarge(f"Entry {number} is larger than a photograph may be.")
        found.append((str(path.parent), entry))
    if len(found) > settings.models.set_pictures:
        raise _bounds(settings).too_many()
    return found


def _written(
    archive: zipfile.ZipFile, entries: list[tuple[str, zipfile.ZipInfo]], folder: Path, settings: Settings
) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for number, (person, entry) in enumerate(entries, 1):
        content = entry_of(archive, entry.filename)
        if content is None:
            raise Unusable(f"Picture {number} is damaged.", "picture")
        try:
            checked(content, settings.uploads)
        except KioskError as error:
            raise Unusable(f"Picture {number}: {error}", "picture") from error
        path = folder / f"{number}"
        _keep(path, content)
        found.setdefault(person, []).append(path)
    return found


def _keep(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Unavailable("The set can't be unpacked; see to it that there is room in the data folder.") from error
