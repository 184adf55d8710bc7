"""Labelled lists."""

from pathlib import Path

import pytest

from kiosk.domain.errors import BadInput
from kiosk.evaluation.tables import LabelledBox, Pair, read_boxes, read_pairs

GOOD = "same\ta\tb\tfold\n1\tx/1.jpg\tx/2.jpg\t0\n0\tx/1.jpg\ty/1.jpg\t1\n"


def table(folder: Path, text: str) -> Path:
    path = folder / "list.tsv"
    path.write_text(text)
    return path


def test_pairs_are_read(tmp_path: Path) -> None:
    first, second = read_pairs(table(tmp_path, GOOD))
    assert first == Pair(True, "x/1.jpg", "x/2.jpg", 0)
    assert second == Pair(False, "x/1.jpg", "y/1.jpg", 1)


def test_columns_are_found_by_name(tmp_path: Path) -> None:
    text = "y\tnote\tx\tw\th\tfile\n2\tn\t1\t3\t4\tgroup.jpg\n"
    assert read_boxes(table(tmp_path, text)) == (LabelledBox("group.jpg", 1, 2, 3, 4),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column 'same'"),
        ("same\ta\tb\n", "no column 'fold'"),
        ("same\ta\tb\tfold\n", "no line but its header"),
        (GOOD + "yes\ta.jpg\tb.jpg\t0\n", "line 4: 'same' must be 1 or 0"),
        (GOOD + "1\ta.jpg\tb.jpg\tfirst\n", "line 4: 'fold' must be a number"),
        (GOOD + "1\ta.jpg\tb.jpg\tnan\n", "line 4: 'fold' is out of all range"),
        (GOOD + "1\ta.jpg\n", "line 4: a value is missing"),
        (GOOD + "1\t../a.jpg\tb.jpg\t0\n", "line 4: pictures must lie below"),
        (GOOD + "1\t/a.jpg\tb.jpg\t0\n", "line 4: pictures must lie below"),
        ("same\ta\tb\tfold\n1\ta.jpg\tb.jpg\t0\n", "two folds or more"),
    ],
)
def test_a_bad_list_of_pairs_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_pairs(table(tmp_path, text))


def test_a_box_without_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="line 2: a box needs a width"):
        read_boxes(table(tmp_path, "file\tx\ty\tw\th\na.jpg\t1\t1\t0\t5\n"))


def test_a_missing_list_a_folder_and_a_picture_are_refused(tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe\x00")
    for path in (tmp_path / "nothing.tsv", tmp_path, picture):
        with pytest.raises(BadInput):
            read_pairs(path)
