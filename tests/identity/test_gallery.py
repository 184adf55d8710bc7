"""Searching the gallery."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.people import Template
from kiosk.domain.verdict import Match
from kiosk.identity.gallery import Gallery
from kiosk.identity.vectors import unit
from tests.identity.making import MODEL, a_face, a_gallery, a_template

people_of_templates = st.lists(st.integers(0, 12), max_size=60)


def random_gallery(owners: list[int], seed: int) -> tuple[Gallery, list[Template], np.random.Generator]:
    chance = np.random.default_rng(seed)
    templates = [Template(str(i), f"p{owner}", unit(chance.normal(size=8), MODEL), 1) for i, owner in enumerate(owners)]
    return Gallery.from_templates(templates, MODEL), templates, chance


@given(owners=people_of_templates, seed=st.integers(0, 10_000), most=st.integers(0, 20))
def test_ranking_is_what_comparing_one_by_one_would_give(owners: list[int], seed: int, most: int) -> None:
    gallery, templates, chance = random_gallery(owners, seed)
    probe = unit(chance.normal(size=8), MODEL)
    best: dict[str, float] = {}
    for template in templates:
        score = template.embedding.similarity(probe)
        best[template.person] = max(best.get(template.person, -2.0), score)
    expected = sorted(best.items(), key=lambda item: -item[1])[:most]
    ranked = gallery.rank(probe, most)
    assert [match.person for match in ranked] == [person for person, _ in expected]
    assert [match.similarity for match in ranked] == pytest.approx([score for _, score in expected], abs=1e-6)


@given(owners=people_of_templates, seed=st.integers(0, 10_000))
def test_the_best_of_one_person_is_their_place_in_the_ranking(owners: list[int], seed: int) -> None:
    gallery, _, chance = random_gallery(owners, seed)
    probe = unit(chance.normal(size=8), MODEL)
    for match in gallery.rank(probe, most=100):
        assert gallery.best_of(match.person, probe) == pytest.approx(match.similarity, abs=1e-6)
    assert gallery.best_of("nobody", probe) is None


@given(owners=people_of_templates, seed=st.integers(0, 10_000), frames=st.integers(1, 4))
def test_several_frames_rank_by_the_mean_of_what_each_says_whatever_the_number_asked_for(
    owners: list[int], seed: int, frames: int
) -> None:
    gallery, _, chance = random_gallery(owners, seed)
    probes = [unit(chance.normal(size=8), MODEL) for _ in range(frames)]
    ranked = gallery.rank_together(probes, [1 / frames] * frames, most=100)
    assert gallery.rank_together(probes, [1 / frames] * frames, most=2) == ranked[:2]
    assert sorted(match.person for match in ranked) == sorted(gallery.people)
    for match in ranked:
        scores = [gallery.best_of(match.person, probe) or 0.0 for probe in probes]
        assert match.similarity == pytest.approx(sum(scores) / frames, abs=1e-6)


@given(owners=people_of_templates)
def test_every_template_is_counted_and_every_person_listed_once(owners: list[int]) -> None:
    gallery, _, _ = random_gallery(owners, 1)
    assert gallery.size == len(owners)
    assert sorted(gallery.people) == sorted({f"p{owner}" for owner in owners})


def test_equals_come_in_order_of_enrolment() -> None:
    same = [a_template(person, a_face(0)) for person in (3, 1, 2)]
    ranked = Gallery.from_templates(same, MODEL).rank(a_face(0), most=2)
    assert [match.person for match in ranked] == ["p3", "p1"]


def test_an_empty_gallery_ranks_nobody() -> None:
    gallery = Gallery.from_templates([], MODEL)
    assert gallery.size == 0
    assert gallery.rank(a_face(0)) == ()


def test_two_models_never_meet() -> None:
    stranger = unit([1.0] * 16, "another-model")
    with pytest.raises(ValueError, match="another-model"):
        a_gallery(0).rank(stranger)
    with pytest.raises(ValueError, match="another-model"):
        a_gallery(0).best_of("p0", stranger)
    with pytest.raises(ValueError, match="another-model"):
        Gallery.from_templates([Template("t", "p", stranger, 1)], MODEL)


def test_a_gallery_is_one_read_only_matrix() -> None:
    gallery = a_gallery(0, 1, 2)
    assert gallery.matrix.dtype == np.float32
    assert gallery.matrix.flags.c_contiguous
    assert not gallery.matrix.flags.writeable
    assert gallery.rank(a_face(1), most=1) == (Match("p1", 1.0),)
