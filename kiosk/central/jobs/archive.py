"""Whom an archive of photographs holds: by its people.csv, by its folders, or by the names of its files."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from kiosk.central.errors import TooLarge, Unusable
from kiosk.central.texts import cleaned, folded
from kiosk.central.zips import PATH_LONGEST, Bounds, entry_of, is_litter, opened_zip
from kiosk.domain.people import NAME_LONGEST
from kiosk.wire.fields import in_bounds

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
LIST = "people.csv"
LIST_MOST = 20_000_000
PICTURES_MOST = 100_000
SAMPLES_MOST = 20
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
    with path.open("rb") as file, opened_zip(file, Bounds(PICTURES_MOST, limits.total_bytes)) as archive:
        yield archive


def plan_of(archive: zipfile.ZipFile, limits: Limits) -> Plan:
    """Who is in it: by its people.csv where it has one, else by folders, else by the names of its files."""
    rejected: list[tuple[str, str]] = []
    pictures: list[zipfile.ZipInfo] = []
    lists: list[str] = []
    for info in archive.infolist():
        path = PurePosixPath(info.filename)
        if info.is_dir() or is_litter(path):
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
        text = (entry_of(archive, file) or b"").decode("utf-8-sig")
        first = text.partition("\n")[0]
        reader = csv.DictReader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
        rows = [{str(key).strip().casefold(): value or "" for key, value in row.items() if key} for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
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
    """A day or a moment, of UTC unless it says otherwise. Raises ValueError, also for one that kiosks can't be told."""
    if not text.strip():
        return None
    moment = datetime.fromisoformat(text.strip())
    return in_bounds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
