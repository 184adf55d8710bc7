"""Reading archives of photographs from strangers: all is checked in the directory before anything is unpacked."""

import csv
import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from kiosk.central.errors import TooLarge, Unsupported, Unusable
from kiosk.central.texts import cleaned, folded
from kiosk.domain.people import NAME_LONGEST

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
NESTED = frozenset({".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".jar", ".cab", ".iso"})
LITTER = frozenset({"thumbs.db", "desktop.ini"})
LIST = "people.csv"
LIST_MOST = 20_000_000
PICTURES_MOST = 100_000
FILES_MOST = 2 * PICTURES_MOST
DIRECTORY_MOST = 80_000_000
# Deflate can't shrink by more than 1032; a photograph is compressed already and hardly shrinks at all.
SHRUNK_MOST, SHRUNK_FREE = 50, 1_000_000
PATH_LONGEST = 400
SAMPLES_MOST = 20
END = struct.Struct("<4s4H2LH")
END64_AT = struct.Struct("<4sLQL")
END64 = struct.Struct("<4sQ2H2L4Q")
NUMBERS = re.compile(r"[\s._-]*\(?\d*\)?$")


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that is read: bytes of one photograph, and of all of them unpacked."""

    picture_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of an archive: what is known of them, and their photographs (path, bytes unpacked)."""

    name: str
    host: str
    groups: tuple[str, ...]
    valid_from_utc: datetime | None
    valid_until_utc: datetime | None
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom an archive holds, in order, and which of its files are of no use, each with the reason."""

    people: tuple[Somebody, ...]
    rejected: tuple[tuple[str, str], ...]

    @property
    def total(self) -> int:
        """How many photographs and other files there are."""
        return sum(len(one.files) for one in self.people) + len(self.rejected)


@contextmanager
def opened(path: Path, limits: Limits) -> Iterator[zipfile.ZipFile]:
    """The archive, if nothing about it is hostile. Raises Unsupported, TooLarge, Unusable."""
    try:
        with path.open("rb") as file:
            _check_directory_size(file)
            with zipfile.ZipFile(file) as archive:
                _check(archive, limits)
                yield archive
    except (zipfile.BadZipFile, OSError, struct.error, ValueError, NotImplementedError) as error:
        raise Unsupported("That is not a ZIP archive that can be read.") from error


def plan_of(archive: zipfile.ZipFile, limits: Limits) -> Plan:
    """Who is in it: by its people.csv where it has one, else by folders, else by the names of its files."""
    rejected: list[tuple[str, str]] = []
    pictures: list[zipfile.ZipInfo] = []
    lists: list[str] = []
    for info in archive.infolist():
        path = PurePosixPath(info.filename)
        if info.is_dir() or _is_litter(path):
            continue
        if path.name.casefold() == LIST and len(path.parts) <= 2:
            lists.append(info.filename)
        elif path.suffix.casefold() not in PICTURES:
            rejected.append((info.filename, "not-a-photograph"))
        elif info.file_size > limits.picture_bytes:
            rejected.append((info.filename, "too-large"))
        else:
            pictures.append(info)
    if len(pictures) > PICTURES_MOST:
        raise TooLarge(f"An archive may hold {PICTURES_MOST:,} photographs at most; split it.")
    files = [info.filename for info in pictures]
    people = _listed(archive, lists[0], files, rejected) if lists else _named(files, rejected)
    return Plan(tuple(people), tuple(rejected))


def picture_of(archive: zipfile.ZipFile, file: str, limits: Limits) -> bytes | None:
    """A photograph; None where it is damaged or longer than the directory says."""
    try:
        with archive.open(file) as stream:
            content = stream.read(limits.picture_bytes + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError):
        return None
    return content if 0 < len(content) <= limits.picture_bytes else None


def _check_directory_size(file: BinaryIO) -> None:
    """The directory is read into memory as a whole, so its size is asked for first."""
    file.seek(0, io.SEEK_END)
    size = file.tell()
    tail = min(size, END.size + 65_535 + END64_AT.size)
    file.seek(size - tail)
    content = file.read(tail)
    at = content.rfind(b"PK\x05\x06")
    if at < 0 or at + END.size > len(content):
        raise Unsupported("That is not a ZIP archive that can be read.")
    (_, _, _, _, count, length, _, _) = END.unpack_from(content, at)
    before = at - END64_AT.size
    if before >= 0 and content[before : before + 4] == b"PK\x06\x07":
        (_, _, where, _) = END64_AT.unpack_from(content, before)
        file.seek(where)
        (*_, count, length, _) = END64.unpack(file.read(END64.size))
    if count > FILES_MOST or length > DIRECTORY_MOST:
        raise TooLarge(f"An archive may hold {PICTURES_MOST:,} photographs at most; split it.")
    file.seek(0)


def _check(archive: zipfile.ZipFile, limits: Limits) -> None:
    """The whole is refused for one hostile entry: whoever made that made the others too."""
    infos = archive.infolist()
    if len(infos) > FILES_MOST:
        raise TooLarge(f"An archive may hold {PICTURES_MOST:,} photographs at most; split it.")
    if len({info.filename for info in infos}) != len(infos):
        raise Unusable("Two files of that archive have the same name.", "same-name")
    for info in infos:
        _check_entry(info)
    if sum(info.file_size for info in infos) > limits.total_bytes:
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
    if path.is_absolute() or ".." in path.parts or "\\" in info.orig_filename or re.match(r"^[A-Za-z]:", name):
        raise Unusable("A path in that archive leads out of it.", "path")
    if any(ord(sign) < 32 or 0xD800 <= ord(sign) <= 0xDFFF for sign in info.orig_filename):
        raise Unusable("A path in that archive holds characters that can't be kept.", "path")


def _check_entry(info: zipfile.ZipInfo) -> None:
    _check_path(info)
    if info.flag_bits & 0x1:
        raise Unusable("That archive asks for a password; make one without.", "encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unusable("That archive is packed in a way that is not read; make an ordinary ZIP.", "compression")
    mode = info.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Unusable("That archive holds a link or a device.", "link")
    if PurePosixPath(info.filename).suffix.casefold() in NESTED:
        raise Unusable("That archive holds another archive; put the photographs into it themselves.", "nested")
    if info.file_size > SHRUNK_FREE and info.file_size > SHRUNK_MOST * max(info.compress_size, 1):
        raise Unusable("A file of that archive grows too much when unpacked.", "bomb")


def _is_litter(path: PurePosixPath) -> bool:
    """What file managers leave behind, which nobody means to upload."""
    return path.parts[0] == "__MACOSX" or path.name.startswith(".") or path.name.casefold() in LITTER


def _named(files: Sequence[str], rejected: list[tuple[str, str]]) -> Iterator[Somebody]:
    """By the folder that a file is in, else by its own name without the numbers at its end."""
    paths = {file: PurePosixPath(file).parts for file in files}
    if _has_wrapping(list(paths.values())):
        paths = {file: parts[1:] for file, parts in paths.items()}
    found: dict[str, tuple[str, list[str]]] = {}
    for file, parts in paths.items():
        name = _clean(_spaced(parts[-2]) if len(parts) > 1 else _stem(parts[0]))
        if name is None:
            rejected.append((file, "no-name"))
            continue
        found.setdefault(folded(name), (name, []))[1].append(file)
    for name, theirs in found.values():
        used, beyond = theirs[:SAMPLES_MOST], theirs[SAMPLES_MOST:]
        rejected += [(file, "more-than-needed") for file in beyond]
        yield Somebody(name, "", (), None, None, tuple(used))


def _has_wrapping(paths: Sequence[tuple[str, ...]]) -> bool:
    """Whether all stand in one folder that is nobody: one around other folders, or around files of several names."""
    if not paths or len({parts[0] for parts in paths}) != 1 or any(len(parts) == 1 for parts in paths):
        return False
    if any(len(parts) > 2 for parts in paths):
        return True
    stems = {folded(_stem(parts[1])) for parts in paths}
    return len(stems) > 1 and "" not in stems


def _stem(name: str) -> str:
    """ada_lovelace_0002.jpg is of "ada lovelace"."""
    return _spaced(NUMBERS.sub("", PurePosixPath(name).stem))


def _spaced(name: str) -> str:
    return name.replace("_", " ").strip()


def _clean(name: str) -> str | None:
    try:
        return cleaned(name, "A name", NAME_LONGEST)
    except Unusable:
        return None


def _listed(
    archive: zipfile.ZipFile, file: str, files: Sequence[str], rejected: list[tuple[str, str]]
) -> Iterator[Somebody]:
    """By the rows of people.csv: file, name, and where given host, groups (split by ;), valid_from, valid_until."""
    base = PurePosixPath(file).parent
    known = set(files)
    found: dict[tuple[str, str], tuple[Somebody, list[str]]] = {}
    for number, row in enumerate(_rows(archive, file), 2):
        path = str(base / row.get("file", "").strip())
        if path not in known:
            rejected.append((row.get("file", "").strip()[:PATH_LONGEST] or f"row {number}", "missing"))
            continue
        known.discard(path)
        one = _person_of(row)
        if one is None:
            rejected.append((path, "row-not-understood"))
            continue
        theirs = found.setdefault((folded(one.name), folded(one.host)), (one, []))[1]
        if len(theirs) < SAMPLES_MOST:
            theirs.append(path)
        else:
            rejected.append((path, "more-than-needed"))
    rejected += [(path, "not-in-the-list") for path in files if path in known]
    for one, theirs in found.values():
        yield Somebody(one.name, one.host, one.groups, one.valid_from_utc, one.valid_until_utc, tuple(theirs))


def _rows(archive: zipfile.ZipFile, file: str) -> Sequence[dict[str, str]]:
    if archive.getinfo(file).file_size > LIST_MOST:
        raise TooLarge(f"{LIST} may have {LIST_MOST // 1_000_000} MB at most.")
    try:
        with archive.open(file) as stream:
            text = stream.read(LIST_MOST + 1).decode("utf-8-sig")
        first = text.partition("\n")[0]
        reader = csv.DictReader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
        rows = [{str(key).strip().casefold(): value or "" for key, value in row.items() if key} for row in reader]
    except (UnicodeDecodeError, csv.Error, zlib.error, EOFError) as error:
        raise Unusable(f"{LIST} can't be read; save it as CSV in UTF-8.", "list") from error
    if rows and not {"file", "name"} <= rows[0].keys():
        raise Unusable(f"{LIST} needs a first line that names its columns: file, name.", "list")
    return rows


def _person_of(row: dict[str, str]) -> Somebody | None:
    name = _clean(row["name"])
    host = row.get("host", "").strip()
    sep = re.split(r"[;|]", row.get("groups", ""))
    groups = tuple(clean for clean in (_clean(part) for part in sep if part.strip()) if clean)
    try:
        begins, ends = _moment(row.get("valid_from", "")), _moment(row.get("valid_until", ""))
    except ValueError:
        return None
    if name is None or (begins and ends and begins >= ends):
        return None
    return Somebody(name, _clean(host) or "" if host else "", groups, begins, ends, ())


def _moment(text: str) -> datetime | None:
    """A day or a moment, of UTC unless it says otherwise. Raises ValueError."""
    if not text.strip():
        return None
    moment = datetime.fromisoformat(text.strip())
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
