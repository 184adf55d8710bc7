"""Guided capture, and one template out of several frames."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.errors import Refused
from kiosk.domain.scores import ScoreTable
from kiosk.domain.sight import Embedding
from kiosk.domain.trust import Strictness
from kiosk.domain.verdict import Advice, Sample
from kiosk.identity.calibration import Options as IdentityOptions
from kiosk.identity.calibration import open_level
from kiosk.identity.enrolment import Enrolment, Prompt, fuse, fuse_embeddings, likeness, lookalike
from kiosk.identity.gallery import Gallery
from kiosk.identity.vectors import unit
from tests.identity.making import MODEL, OPTIONS, TABLE, a_face, a_gallery, a_quality, a_sample

FOLLOWED = {
    Prompt.LOOK_STRAIGHT: a_quality(face_px=90),
    Prompt.COME_CLOSER: a_quality(face_px=120),
    Prompt.STEP_BACK: a_quality(face_px=70),
    Prompt.TURN_LEFT: a_quality(yaw_deg=12),
    Prompt.TURN_RIGHT: a_quality(yaw_deg=-12),
}


def a_straight_sample() -> Sample:
    return a_sample(a_face(0), FOLLOWED[Prompt.LOOK_STRAIGHT])


def test_following_every_prompt_gives_six_samples_of_five_views() -> None:
    enrolment, now, asked = Enrolment.begin(0.0), 0.0, []
    while enrolment.prompt is not None:
        asked.append(enrolment.prompt)
        now += 0.3
        enrolment = enrolment.add(a_sample(a_face(0), FOLLOWED[enrolment.prompt]), now)
    assert asked == [Prompt.LOOK_STRAIGHT, *Prompt]
    assert len(enrolment.samples) == enrolment.target == 6
    assert enrolment.is_complete and enrolment.progress == 1.0


def test_a_view_that_was_not_asked_for_waits_in_reserve() -> None:
    enrolment = Enrolment.begin(0.0).add(a_straight_sample(), 0.1).add(a_straight_sample(), 0.2)
    assert enrolment.prompt is Prompt.COME_CLOSER
    enrolment = enrolment.add(a_straight_sample(), 0.5)
    assert enrolment.prompt is Prompt.COME_CLOSER and len(enrolment.samples) == 2


def test_a_person_who_cannot_follow_is_not_stuck() -> None:
    enrolment, now = Enrolment.begin(0.0), 0.0
    while enrolment.prompt is not None:
        now += 0.5
        assert now < 60
        enrolment = enrolment.add(a_straight_sample(), now)
    assert enrolment.is_complete
    assert len(enrolment.samples) >= enrolment.options.at_least


def test_when_no_good_frame_comes_a_prompt_is_passed_over_and_the_last_wait_for_enough() -> None:
    enrolment = Enrolment.begin(0.0).add(a_straight_sample(), 1.0).add(a_straight_sample(), 2.0)
    for now in range(3, 60):
        enrolment = enrolment.tick(float(now))
    assert enrolment.prompt is Prompt.LOOK_STRAIGHT and not enrolment.is_complete
    enrolment = enrolment.add(a_straight_sample(), 61.0).add(a_straight_sample(), 62.0)
    assert enrolment.is_complete


def test_nothing_happens_while_nobody_is_there() -> None:
    enrolment = Enrolment.begin(0.0)
    for now in range(100):
        enrolment = enrolment.tick(float(now))
    assert enrolment.prompt is Prompt.LOOK_STRAIGHT and enrolment.progress == 0.0


def test_a_frame_that_is_no_good_is_not_taken() -> None:
    bad = a_sample(a_face(0), a_quality(Advice.HOLD_STILL))
    assert Enrolment.begin(0.0).add(bad, 0.1).samples == ()


def test_what_comes_after_the_end_changes_nothing() -> None:
    enrolment, now = Enrolment.begin(0.0), 0.0
    while enrolment.prompt is not None:
        now += 0.5
        enrolment = enrolment.add(a_straight_sample(), now)
    assert enrolment.add(a_straight_sample(), now + 1) is enrolment
    assert enrolment.tick(now + 100) is enrolment


views = st.lists(st.tuples(st.sampled_from(list(Prompt)), st.floats(0.05, 3)), max_size=60)


@given(views=views)
def test_progress_never_goes_back(views: list[tuple[Prompt, float]]) -> None:
    enrolment, now = Enrolment.begin(0.0), 0.0
    for view, pause in views:
        now += pause
        after = enrolment.add(a_sample(a_face(0), FOLLOWED[view]), now)
        assert after.progress >= enrolment.progress
        assert after.is_complete == (after.prompt is None)
        enrolment = after


def frames_of_one_face(count: int, seed: int, noise: float = 0.05) -> list[Sample]:
    chance = np.random.default_rng(seed)
    base = a_face(0).vector
    return [
        a_sample(unit(base + noise * chance.normal(size=16), MODEL), a_quality(face_px=float(chance.uniform(40, 99))))
        for _ in range(count)
    ]


@given(count=st.integers(1, 10), seed=st.integers(0, 999), order=st.randoms(use_true_random=False))
def test_the_order_of_the_frames_makes_no_difference(count: int, seed: int, order: "np.random.Generator") -> None:
    samples = frames_of_one_face(count, seed)
    shuffled = list(samples)
    order.shuffle(shuffled)  # type: ignore[arg-type]
    first, second = fuse(samples, TABLE, OPTIONS), fuse(shuffled, TABLE, OPTIONS)
    assert np.array_equal(first.vector, second.vector)


@given(count=st.integers(2, 10), seed=st.integers(0, 999))
def test_a_template_is_a_unit_vector_nearer_to_the_face_than_its_frames_are(count: int, seed: int) -> None:
    samples = frames_of_one_face(count, seed, noise=0.1)
    template = fuse(samples, TABLE, OPTIONS)
    assert np.linalg.norm(template.vector) == pytest.approx(1, abs=1e-5)
    assert template.model == MODEL
    usual = np.mean([sample.embedding.similarity(a_face(0)) for sample in samples])
    assert template.similarity(a_face(0)) >= usual - 0.02


def test_one_odd_frame_is_left_out() -> None:
    samples = frames_of_one_face(5, seed=1)
    with_odd = [*samples, a_sample(a_face(7))]
    assert fuse(with_odd, TABLE, OPTIONS).similarity(fuse(samples, TABLE, OPTIONS)) > 0.999


@pytest.mark.parametrize(("ours", "theirs"), [(1, 1), (2, 1), (3, 3), (4, 2), (2, 6)])
def test_frames_of_two_faces_are_refused(ours: int, theirs: int) -> None:
    samples = [*frames_of_one_face(ours, seed=1), *(a_sample(a_face(7)) for _ in range(theirs))]
    with pytest.raises(Refused, match="one face"):
        fuse(samples, TABLE, OPTIONS)


def test_no_frames_are_refused() -> None:
    with pytest.raises(Refused, match="no usable frame"):
        fuse([], TABLE, OPTIONS)


def test_photographs_are_fused_without_weights() -> None:
    faces: list[Embedding] = [a_face(0, 0.9, odd=14), a_face(0, 0.9, odd=15)]
    assert fuse_embeddings(faces, TABLE, OPTIONS).similarity(a_face(0)) > 0.94


def test_frames_of_two_models_are_not_fused() -> None:
    with pytest.raises(ValueError, match="different models"):
        fuse_embeddings([a_face(0), unit(np.ones(16), "another-model")], TABLE, OPTIONS)


def test_somebody_enrolled_already_is_noticed() -> None:
    match = lookalike(a_gallery(0, 1, 2), a_face(1, 0.9), TABLE, OPTIONS)
    assert match is not None and match.person == "p1"


def test_a_new_face_looks_like_nobody() -> None:
    assert lookalike(a_gallery(0, 1, 2), a_face(9), TABLE, OPTIONS) is None
    assert lookalike(Gallery.from_templates([], MODEL), a_face(9), TABLE, OPTIONS) is None


def test_in_a_gallery_too_large_for_the_model_only_the_surest_likeness_warns() -> None:
    short = ScoreTable((1e-1, 1e-2), (0.4, 0.5))
    options = IdentityOptions(duplicates_fmr=1e-2)
    assert lookalike(a_gallery(0, 1, 2), a_face(1, 0.9), short, options) is not None
    assert lookalike(a_gallery(0, 1, 2), a_face(1, 0.45), short, options) is None


def test_whoever_would_be_named_as_somebody_enrolled_is_a_duplicate_and_whoever_comes_near_is_alike() -> None:
    three = a_gallery(0, 1, 2)
    same = likeness(three, a_face(1, 0.9), TABLE, OPTIONS)
    alike = likeness(three, a_face(1, 0.6), TABLE, OPTIONS)
    assert same is not None and (same.person, same.is_duplicate) == ("p1", True)
    assert alike is not None and (alike.person, alike.is_duplicate) == ("p1", False)
    assert likeness(three, a_face(1, 0.3), TABLE, OPTIONS) is None


def test_at_a_stricter_level_a_duplicate_must_be_surer() -> None:
    strictest = replace(OPTIONS, level=Strictness.STRICTEST)
    found = likeness(a_gallery(0, 1, 2), a_face(1, 0.75), TABLE, strictest)
    assert found is not None and not found.is_duplicate


@given(alike=st.floats(0.3, 1.0), level=st.sampled_from(Strictness), rate=st.sampled_from([1e-1, 1e-2, 1e-4, 1e-6]))
def test_no_setting_hides_a_likeness_that_the_door_would_stumble_over(
    alike: float, level: Strictness, rate: float
) -> None:
    gallery, face = a_gallery(0, 1, 2), a_face(1, alike)
    options = replace(OPTIONS, level=level, duplicates_fmr=rate)
    scores = open_level(TABLE, gallery.size, options)
    found = likeness(gallery, face, TABLE, options)
    assert scores is not None
    if face.similarity(a_face(1)) >= scores.threshold - scores.margin:
        assert found is not None
