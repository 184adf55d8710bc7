"""Which score stands for which rate of false matches."""

from pathlib import Path

import numpy as np
import pytest

from kiosk.domain.errors import BadInput
from kiosk.domain.sight import Floats
from kiosk.evaluation.calibration import pictures_below, tables_of


def crowd(people: int, each: int, spread: float = 0.8) -> dict[str, Floats]:
    """Unit vectors around one middle, as faces are: strangers are alike to begin with."""
    chance = np.random.default_rng(4)
    found: dict[str, Floats] = {}
    for person in range(people):
        own = np.ones(24) + chance.standard_normal(24)
        for i in range(each):
            vector = own + spread * chance.standard_normal(24)
            found[f"p{person}/{i}.jpg"] = (vector / np.linalg.norm(vector)).astype(np.float32)
    return found


def test_every_pair_of_strangers_counts() -> None:
    found = tables_of(crowd(people=40, each=4))
    assert (found.people, found.pictures) == (40, 160)
    assert found.photograph_pairs == 40 * 39 // 2 * 16
    assert 0 < found.template_pairs <= 40 * 4 * 39 * 4  # four pictures give four choices of three


def test_templates_are_nearer_to_strangers_than_photographs_are() -> None:
    found = tables_of(crowd(people=60, each=5))
    for fmr in (0.1, 0.01, 0.001):
        photographs, templates = found.photographs.threshold(fmr), found.templates.threshold(fmr)
        assert photographs is not None
        assert templates is not None
        assert templates > photographs


def test_the_same_pictures_give_the_same_tables() -> None:
    pictures = crowd(people=30, each=6)
    assert tables_of(pictures).templates == tables_of(dict(reversed(pictures.items()))).templates


def test_people_without_three_pictures_make_no_template() -> None:
    with pytest.raises(BadInput, match="3 pictures"):
        tables_of(crowd(people=40, each=2))


def test_too_few_people_make_no_table() -> None:
    with pytest.raises(BadInput, match="too few"):
        tables_of(crowd(people=2, each=3))


def test_pictures_are_looked_for_in_the_folders_of_people(tmp_path: Path) -> None:
    for name in ("a/2.jpg", "a/1.PNG", "b/1.jpeg", "b/notes.txt", "stray.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert pictures_below(tmp_path) == ["a/1.PNG", "a/2.jpg", "b/1.jpeg"]


@pytest.mark.parametrize("folder", ["gone", "."])
def test_a_folder_without_people_is_refused(folder: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="a folder of pictures for each person"):
        pictures_below(tmp_path / folder)
