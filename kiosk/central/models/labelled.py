"""Labelled sets: a ZIP with a folder of photographs for each person, of which nothing is believed.

What the archive says of itself is checked before anything is unpacked, and counted again while it is. Names in it are
used to tell people apart and for nothing else: files are written under numbers, and no name is repeated to anybody.
"""

import hashlib
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from kiosk.central.errors import TooLarge, Unavailable, Unusable
from kiosk.central.settings import Settings
from kiosk.central.uploads import MB, checked
from kiosk.domain.errors import KioskError

END, END_SIZE, COMMENT_MOST = b"PK\x05\x06", 22, 65_535
ZIP64 = b"PK\x06\x07"
# An entry of the directory has 46 bytes and a name; twice as many entries as pictures leaves room for folders.
ENTRY_MOST = 1000
UNSEEN = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"})
# What the library raises on bytes that are not what they claim to be.
DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError)
PACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
NOT_ZIP = "That is not a ZIP archive that can be read."
STEP = 1 << 18


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
    """The set in that archive, its pictures written into `folder`. Raises TooLarge, Unusable, naming no name."""
    options = settings.models
    _check_directory(source, options.set_pictures)
    try:
        with zipfile.ZipFile(source) as archive:
            entries = _entries(archive, settings)
            return set_of(_written(archive, entries, folder, settings))
    except DAMAGED as error:
        raise Unusable(NOT_ZIP, "archive") from error


def look_through(source: BinaryIO, settings: Settings) -> None:
    """Refuse what the archive's directory gives away, before anybody waits for more. Raises TooLarge, Unusable."""
    _check_directory(source, settings.models.set_pictures)
    try:
        with zipfile.ZipFile(source) as archive:
            if not _entries(archive, settings):
                raise Unusable("There is no picture in that archive.", "too-few")
    except DAMAGED as error:
        raise Unusable(NOT_ZIP, "archive") from error


def set_of(folders: Mapping[str, list[Path]]) -> LabelledSet:
    """The set of those pictures by person, in an order that their content gives: names may change, the set does not."""
    known = []
    for paths in folders.values():
        hashed = sorted((hashlib.sha256(path.read_bytes()).hexdigest(), path) for path in paths)
        known.append((tuple(digest for digest, _ in hashed), tuple(path for _, path in hashed)))
    known.sort(key=lambda one: one[0])
    digest = hashlib.sha256("|".join(",".join(digests) for digests, _ in known).encode()).hexdigest()
    return LabelledSet({number: paths for number, (_, paths) in enumerate(known)}, digest)


def _check_directory(source: BinaryIO, pictures: int) -> None:
    """How large the archive's directory is, before it is read: the library would read all of it. Raises Unusable."""
    size = source.seek(0, 2)
    source.seek(max(0, size - END_SIZE - COMMENT_MOST - 20))
    tail = source.read()
    at = tail.rfind(END)
    if at < 0 or len(tail) - at < END_SIZE:
        raise Unusable(NOT_ZIP, "archive")
    if ZIP64 in tail:
        raise Unusable("Archives of the large kind (ZIP64) are not read; make a smaller set.", "archive")
    count, length = (int.from_bytes(tail[at + a : at + b], "little") for a, b in ((10, 12), (12, 16)))
    if count > 2 * pictures or length > 2 * pictures * ENTRY_MOST:
        raise TooLarge(f"A labelled set may have {pictures} pictures at most.")


def _entries(archive: zipfile.ZipFile, settings: Settings) -> list[tuple[str, zipfile.ZipInfo]]:
    """Whom each entry shows. Raises TooLarge, Unusable."""
    found = []
    total = 0
    for number, entry in enumerate(archive.infolist(), 1):
        path = PurePosixPath(entry.filename)
        _check_entry(entry, path, number)
        if entry.is_dir() or any(part in UNSEEN or part.startswith("._") for part in path.parts):
            continue
        if len(path.parts) < 2:
            raise Unusable(f"Entry {number} lies in no folder; put each person's pictures into one.", "folders")
        total += entry.file_size
        found.append((str(path.parent), entry))
        if entry.file_size > settings.uploads.picture_mb * MB:
            raise TooLarge(f"Entry {number} is larger than a photograph may be.")
        if len(found) > settings.models.set_pictures:
            raise TooLarge(f"A labelled set may have {settings.models.set_pictures} pictures at most.")
        if total > settings.models.set_mb * MB:
            raise TooLarge(f"A labelled set may have {settings.models.set_mb:g} MB at most, unpacked.")
    return found


def _check_entry(entry: zipfile.ZipInfo, path: PurePosixPath, number: int) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Unusable(f"Entry {number} is a link or a device; a labelled set has pictures alone.", "archive")
    if (
        not entry.filename
        or path.is_absolute()
        or ".." in path.parts
        or "\\" in entry.filename
        or ":" in entry.filename
    ):
        raise Unusable(f"Entry {number} points out of the archive.", "archive")
    if entry.flag_bits & 0x1 or entry.compress_type not in PACKED:
        raise Unusable(f"Entry {number} is encrypted, or packed in a way that is not read.", "archive")


def _written(
    archive: zipfile.ZipFile, entries: list[tuple[str, zipfile.ZipInfo]], folder: Path, settings: Settings
) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    left = round(settings.models.set_mb * MB)
    for number, (person, entry) in enumerate(entries, 1):
        content = b"".join(_content(archive, entry))
        left -= len(content)
        if left < 0:
            raise TooLarge(f"A labelled set may have {settings.models.set_mb:g} MB at most, unpacked.")
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


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """In steps, and never more than the directory said, whatever is in there."""
    left = entry.file_size
    with archive.open(entry) as file:
        while chunk := file.read(STEP):
            left -= len(chunk)
            if left < 0:
                raise ValueError("more than announced")
            yield chunk
