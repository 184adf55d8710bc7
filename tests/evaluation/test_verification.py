"""Recognisers on labelled pairs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from kiosk.domain.errors import NotFound
from kiosk.domain.sight import Floats
from kiosk.evaluation.tables import Pair
from kiosk.evaluation.verification import Measure, compare_rows, cross_scores, evaluate, verify

PEOPLE, EACH = 30, 3


@dataclass
class Memory:
    """A recogniser that knows the vector of every picture beforehand."""

    vectors: Mapping[str, Floats | None]
    name: str = "memory"
    measure: Measure = Measure.COSINE
    now: str = ""

    def begin(self, picture: Path) -> None:
        self.now = f"{picture.parent.name}/{picture.name}"

    def vector(self) -> Floats | None:
        return self.vectors[self.now]


def faces(spread: float) -> dict[str, Floats | None]:
    chance = np.random.default_rng(11)
    found: dict[str, Floats | None] = {}
    for person in range(PEOPLE):
        centre = chance.standard_normal(16)
        for i in range(EACH):
            vector = centre + spread * chance.standard_normal(16)
            found[f"p{person}/{i}.jpg"] = (vector / np.linalg.norm(vector)).astype(np.float32)
    return found


def pairs() -> list[Pair]:
    same = [Pair(True, f"p{i}/0.jpg", f"p{i}/1.jpg", i % 10) for i in range(PEOPLE)]
    return same + [Pair(False, f"p{i}/0.jpg", f"p{(i + 1) % PEOPLE}/2.jpg", i % 10) for i in range(PEOPLE)]


def test_distinct_people_are_all_told_apart() -> None:
    found = verify("us", Measure.COSINE, pairs(), faces(spread=0.05))
    assert found.accuracy.mean == 1.0
    assert [rate.fnmr for rate in found.rates] == [0.0, 0.0]
    assert len(found.impostors) == PEOPLE * (PEOPLE - 1) // 2 * EACH**2
    assert [rate.fmr for rate in found.rates] == [1e-2, 1e-3]


def test_pairs_without_a_face_are_errors() -> None:
    vectors = faces(spread=0.05)
    vectors["p0/1.jpg"] = None
    vectors["p1/2.jpg"] = None
    found = verify("us", Measure.COSINE, pairs(), vectors)
    assert (found.faceless, found.pairs_faceless) == (2, 2)
    assert found.accuracy.mean == pytest.approx(1 - 2 / 60)
    assert found.rates[0].fnmr == pytest.approx(1 / PEOPLE)


def test_without_folders_of_people_only_the_pairs_of_the_list_are_impostors() -> None:
    flat = {name.replace("/", "-"): vector for name, vector in faces(spread=0.05).items()}
    listed = [Pair(p.same, p.a.replace("/", "-"), p.b.replace("/", "-"), p.fold) for p in pairs()]
    assert len(verify("us", Measure.COSINE, listed, flat).impostors) == PEOPLE


def test_a_recogniser_that_finds_no_face_at_all_is_always_wrong() -> None:
    found = verify("us", Measure.COSINE, pairs(), dict.fromkeys(faces(0.1)))
    assert found.accuracy.mean == 0.0
    assert found.rates == ()


@pytest.mark.parametrize("measure", list(Measure))
def test_all_pairs_of_two_people_are_compared_once(measure: Measure) -> None:
    chance = np.random.default_rng(2)
    table = chance.standard_normal((700, 8)).astype(np.float32)
    table[5] = np.nan
    people = [f"p{i // 3}" for i in range(700)]
    expected = [
        compare_rows(table[i : i + 1], table[j : j + 1], measure)[0]
        for i in range(700)
        for j in range(i + 1, 700)
        if people[i] != people[j] and 5 not in (i, j)
    ]
    found = cross_scores(table, people, measure)
    np.testing.assert_allclose(np.sort(found), np.sort(expected), atol=1e-3)


def test_all_recognisers_see_the_same_pictures(tmp_path: Path) -> None:
    for name in faces(0.1):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    close, loose = Memory(faces(0.05), "close"), Memory(faces(1.0), "loose", Measure.EUCLIDEAN)
    found = evaluate(pairs(), tmp_path, [close, loose], lambda done, all_: None)
    assert [one.name for one in found] == ["close", "loose"]
    assert found[0].pictures == found[1].pictures == PEOPLE * EACH
    assert found[0].accuracy.mean > found[1].accuracy.mean


def test_a_missing_picture_is_named_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"0\.jpg is missing"):
        evaluate(pairs(), tmp_path, [Memory({})], lambda done, all_: None)
