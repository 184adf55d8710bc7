"""Reading the labelled lists that the evaluations run on: tab-separated tables with a header."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kiosk.domain.errors import BadInput

ROWS_MOST = 2_000_000


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures (paths below the pictures' folder), whether they show the same person, and the fold."""

    same: bool
    a: str
    b: str
    fold: int


@dataclass(frozen=True, slots=True)
class LabelledBox:
    """One face in one picture: left, top, width and height in its pixels."""

    file: str
    x: float
    y: float
    w: float
    h: float


def read_pairs(path: Path) -> tuple[Pair, ...]:
    """The pairs of a table with the columns same (1 or 0), a, b, fold. Raises BadInput naming the line."""
    pairs = []
    for line, row in _rows(path, ("same", "a", "b", "fold")):
        if row["same"] not in ("0", "1"):
            raise BadInput(f"{path}, line {line}: 'same' must be 1 or 0.")
        fold = _number(path, line, row, "fold")
        pairs.append(Pair(row["same"] == "1", _inside(path, line, row["a"]), _inside(path, line, row["b"]), int(fold)))
    if len({pair.fold for pair in pairs}) < 2 or len({pair.same for pair in pairs}) < 2:
        raise BadInput(f"{path} must hold pairs of the same person and of different ones, in two folds or more.")
    return tuple(pairs)


def read_boxes(path: Path) -> tuple[LabelledBox, ...]:
    """The faces of a table with the columns file, x, y, w, h (pixels). Raises BadInput naming the line."""
    boxes = []
    for line, row in _rows(path, ("file", "x", "y", "w", "h")):
        x, y, w, h = (_number(path, line, row, key) for key in ("x", "y", "w", "h"))
        if w <= 0 or h <= 0:
            raise BadInput(f"{path}, line {line}: a box needs a width and a height above 0.")
        boxes.append(LabelledBox(_inside(path, line, row["file"]), x, y, w, h))
    return tuple(boxes)


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line numbers and rows; every column is there and holds something."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            table = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            missing = [name for name in columns if name not in (table.fieldnames or ())]
            if missing:
                raise BadInput(f"{path} has no column {missing[0]!r}; its first line must name {', '.join(columns)}.")
            found = 0
            for row in table:
                found += 1
                if found > ROWS_MOST:
                    raise BadInput(f"{path} has more than {ROWS_MOST:,} lines; split it.")
                if not all(row[name] for name in columns):
                    raise BadInput(f"{path}, line {table.line_num}: a value is missing.")
                yield table.line_num, row
    except OSError as error:
        raise BadInput(f"{path} can't be read: {error.strerror}; give a tab-separated table.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path} is not a tab-separated text table.") from error
    if not found:
        raise BadInput(f"{path} holds no line but its header.")


def _number(path: Path, line: int, row: dict[str, str], key: str) -> float:
    try:
        value = float(row[key])
    except ValueError as error:
        raise BadInput(f"{path}, line {line}: {key!r} must be a number.") from error
    if not -1e6 <= value <= 1e6:
        raise BadInput(f"{path}, line {line}: {key!r} is out of all range.")
    return value


def _inside(path: Path, line: int, name: str) -> str:
    """The name, which may not lead out of the pictures' folder."""
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise BadInput(f"{path}, line {line}: pictures must lie below the folder given with --images.")
    return name
