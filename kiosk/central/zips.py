"""ZIP archives from strangers: all is checked in the directory before anything is unpacked.

One hostile entry refuses the whole: whoever made that made the others too. No name in an archive is ever repeated.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from kiosk.central.errors import TooLarge, Unsupported, Unusable

# What the library raises on bytes that are not what they claim to be, or are packed in a way that it does not know.
DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError,
)  # fmt: skip
NOT_ZIP = "That is not a ZIP archive that can be read."
NESTED = frozenset({".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".jar", ".cab", ".iso"})
LITTER = frozenset({"thumbs.db", "desktop.ini"})
PACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
PATH_LONGEST = 400
ENTRY_BYTES = 500  # of the directory, which is read into memory: a path and what goes with it
# Deflate can't shrink by more than 1032; a photograph is compressed already and hardly shrinks at all.
SHRUNK_MOST, SHRUNK_FREE = 50, 1_000_000
DRIVE = re.compile(r"^[A-Za-z]:")
END = struct.Struct("<4s4H2LH")
END64_AT = struct.Struct("<4sLQL")
END64 = struct.Struct("<4sQ2H2L4Q")
COMMENT_MOST = 65_535


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many photographs an archive may hold, and how many bytes it may come to unpacked."""

    photographs: int
    unpacked_bytes: int

    @property
    def entries(self) -> int:
        """Photographs with their folders, lists and litter."""
        return 2 * self.photographs

    def too_many(self) -> TooLarge:
        """To be raised."""
        return TooLarge(f"An archive may hold {self.photographs:,} photographs at most; split it.")


@contextmanager
def opened_zip(source: BinaryIO, bounds: Bounds) -> Iterator[zipfile.ZipFile]:
    """The archive, if nothing about it is hostile. Raises Unsupported, TooLarge, Unusable."""
    try:
        _check_directory_size(source, bounds)
        archive = zipfile.ZipFile(source)
    except DAMAGED as error:
        raise Unsupported(NOT_ZIP) from error
    with archive:
        _check(archive, bounds)
        yield archive


def entry_of(archive: zipfile.ZipFile, file: str) -> bytes | None:
    """What is in there, which is never more than the directory says; None where it is damaged, or lied about."""
    try:
        return archive.read(file)
    except DAMAGED:
        return None


def is_litter(path: PurePosixPath) -> bool:
    """What file managers leave behind, which nobody means to send."""
    return path.parts[0] == "__MACOSX" or path.name.startswith(".") or path.name.casefold() in LITTER


def _check_directory_size(source: BinaryIO, bounds: Bounds) -> None:
    """The library reads the directory as a whole, so its size is asked for first."""
    size = source.seek(0, io.SEEK_END)
    source.seek(max(0, size - END.size - COMMENT_MOST - END64_AT.size))
    tail = source.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0:
        raise zipfile.BadZipFile
    (*_, count, length, _, _) = END.unpack_from(tail, at)
    before = at - END64_AT.size
    if before >= 0 and tail[before : before + 4] == b"PK\x06\x07":
        (_, _, where, _) = END64_AT.unpack_from(tail, before)
        source.seek(where)
        (mark, *_, count, length, _) = END64.unpack(source.read(END64.size))
        if mark != b"PK\x06\x06":
            raise zipfile.BadZipFile
    if count > bounds.entries or length > bounds.entries * ENTRY_BYTES:
        raise bounds.too_many()


def _check(archive: zipfile.ZipFile, bounds: Bounds) -> None:
    infos = archive.infolist()
    if len(infos) > bounds.entries:
        raise bounds.too_many()
    if len({info.filename for info in infos}) != len(infos):
        raise Unusable("Two files of that archive have the same name.", "same-name")
    for info in infos:
        _check_path(info)
        _check_entry(info)
    if sum(info.file_size for info in infos) > bounds.unpacked_bytes:
        raise TooLarge("That archive holds more than may be unpacked; split it.")
    end = 0
    for info in sorted(infos, key=lambda one: one.header_offset):
        if info.header_offset < end:
            raise Unusable("Files of that archive overlap; make it anew.", "bomb")
        end = info.header_offset + info.compress_size


def _check_path(info: zipfile.ZipInfo) -> None:
    name, path = info.filename, PurePosixPath(info.filename)
    if len(name) > PATH_LONGEST or not path.parts:
        raise Unusable("A path in that archive is too long, or empty.", "path")
    if path.is_absolute() or ".." in path.parts or "\\" in info.orig_filename or DRIVE.match(name):
        raise Unusable("A path in that archive leads out of it.", "path")
    if any(ord(sign) < 32 or 0xD800 <= ord(sign) <= 0xDFFF for sign in info.orig_filename):
        raise Unusable("A path in that archive holds characters that can't be kept.", "path")


def _check_entry(info: zipfile.ZipInfo) -> None:
    if info.flag_bits & 0x1:
        raise Unusable("That archive asks for a password; make one without.", "encrypted")
    if info.compress_type not in PACKED:
        raise Unusable("That archive is packed in a way that is not read; make an ordinary ZIP.", "compression")
    mode = info.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Unusable("That archive holds a link or a device.", "link")
    if PurePosixPath(info.filename).suffix.casefold() in NESTED:
        raise Unusable("That archive holds another archive; put the photographs into it themselves.", "nested")
    if info.file_size > SHRUNK_FREE and info.file_size > SHRUNK_MOST * max(info.compress_size, 1):
        raise Unusable("A file of that archive grows too much when unpacked.", "bomb")
