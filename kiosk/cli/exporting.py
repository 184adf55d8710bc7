"""Writing the journal for other programs: a line at a time, to stdout or into a file that appears whole."""

import csv
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from kiosk.domain.errors import BadInput

COLUMNS = ("seq", "id", "at_utc", "kind", "outcome", "reason", "person", "score", "threshold", "latency_ms")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

Line = Mapping[str, object]


class Format(StrEnum):
    """What the lines look like."""

    CSV = "csv"
    JSONL = "jsonl"


def export(lines: Iterable[Line], form: Format, out: Path | None) -> int:
    """Write all lines; returns how many. Raises BadInput where the file can't be written."""
    if out is None:
        written = _write(lines, form, sys.stdout)
        sys.stdout.flush()
        return written
    with whole_file(out) as file:
        return _write(lines, form, file)


@contextmanager
def whole_file(path: Path) -> Iterator[IO[str]]:
    """A new 0600 file that takes its name, in place of an older one, when the block is left without an error."""
    try:
        with NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}-", delete=False, newline="") as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise
    except OSError as error:
        raise BadInput(f"{path} can't be written ({error.strerror}); choose another place.") from error


def cell(value: object) -> str:
    """A value as a spreadsheet may read it without taking it for a formula."""
    text = "" if value is None else str(value)
    if not text.startswith(_FORMULA):
        return text
    return f" {text}" if isinstance(value, int | float) else f"'{text}"


def _write(lines: Iterable[Line], form: Format, file: IO[str]) -> int:
    written = 0
    if form is Format.JSONL:
        for line in lines:
            file.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")
            written += 1
        return written
    table = csv.writer(file)
    table.writerow(COLUMNS)
    for line in lines:
        table.writerow([cell(line[name]) for name in COLUMNS])
        written += 1
    return written
