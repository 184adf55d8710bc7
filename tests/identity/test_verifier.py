"""What a visitor is told: votes over good frames, with and without a pass."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.errors import BadSettings
from kiosk.domain.people import PassClaims
from kiosk.domain.sight import Embedding
from kiosk.domain.trust import Strictness
from kiosk.domain.verdict import Decision, Observation, Outcome, Reason
from kiosk.identity.calibration import Options
from kiosk.identity.gallery import Gallery
from kiosk.identity.verifier import Verifier
from tests.identity.making import MODEL, OPTIONS, TABLE, Camera, a_claim, a_face, a_gallery, a_verifier

# Ten templates: the threshold is .7, unsure from .6, clear from .8.
TEN = a_gallery(*range(10))


def shown(
    verifier: Verifier, observations: Sequence[Observation], gallery: Gallery = TEN, claim: PassClaims | None = None
) -> list[Decision]:
    """All decisions; as the kiosk does, a pass is put aside once it was answered."""
    decisions: list[Decision] = []
    for observation in observations:
        decision = verifier.consider(observation, gallery, claim)
        if decision is not None:
            decisions.append(decision)
            claim = None
    return decisions


def answer(faces: Sequence[Embedding], gallery: Gallery = TEN, claim: PassClaims | None = None) -> Decision | None:
    decisions = shown(a_verifier(), Camera().sees(*faces), gallery, claim)
    assert len(decisions) <= 1
    return decisions[0] if decisions else None


def test_a_person_who_is_enrolled_is_recognised_after_three_good_frames() -> None:
    decision = answer([a_face(4, 0.75)] * 3)
    assert decision is not None
    assert (decision.outcome, decision.reason) == (Outcome.RECOGNISED, Reason.FACE_MATCHES)
    assert (decision.person, decision.admits) == ("p4", True)
    assert decision.similarity == pytest.approx(0.75, abs=1e-6)
    assert decision.threshold == pytest.approx(0.7)


def test_two_frames_are_enough_when_both_are_clear() -> None:
    decision = answer([a_face(4, 0.85)] * 2)
    assert decision is not None and decision.outcome is Outcome.RECOGNISED


def test_two_frames_are_not_enough_when_one_is_not() -> None:
    assert answer([a_face(4, 0.95), a_face(4, 0.75)]) is None


def test_one_frame_never_settles_anything() -> None:
    assert answer([a_face(4)]) is None
    assert answer([a_face(4)], claim=a_claim(4)) is None


def test_one_lucky_frame_among_poor_ones_does_not_admit() -> None:
    decision = answer([a_face(4, 0.99), a_face(4, 0.66), a_face(4, 0.66), *[a_face(4, 0.66)] * 3])
    assert decision is not None
    assert not decision.admits


def test_a_stranger_is_unknown_once_all_votes_say_so() -> None:
    decision = answer([a_face(12)] * 3)
    assert decision is not None
    assert (decision.outcome, decision.reason) == (Outcome.UNKNOWN, Reason.NOBODY_SIMILAR)
    assert decision.person is None
    assert decision.threshold == pytest.approx(0.7)


def test_a_doubtful_face_is_looked_at_six_times_and_then_unsure() -> None:
    faces = [a_face(4, 0.65)] * 6
    assert answer(faces[:5]) is None
    decision = answer(faces)
    assert decision is not None
    assert (decision.outcome, decision.reason) == (Outcome.UNSURE, Reason.NOT_SURE_ENOUGH)
    assert decision.person is None


def test_a_face_that_is_doubtful_once_and_strange_otherwise_is_unknown() -> None:
    decision = answer([a_face(4, 0.65), *[a_face(12)] * 5])
    assert decision is not None and decision.outcome is Outcome.UNKNOWN


def test_a_face_between_two_people_is_asked_for_the_pass_which_then_settles_it() -> None:
    between = a_face(4, 0.72, odd=5)  # .694 like the other one: nearer than a factor of three
    verifier, camera = a_verifier(), Camera()
    (decision,) = shown(verifier, camera.sees(*[between] * 6))
    assert (decision.outcome, decision.reason, decision.person) == (Outcome.UNSURE, Reason.TWO_ALIKE, None)
    (decision,) = shown(verifier, camera.sees(*[between] * 6), claim=a_claim(4))
    assert decision.outcome is Outcome.VERIFIED


def test_a_face_that_is_far_enough_from_the_second_person_is_recognised() -> None:
    decision = answer([a_face(4, 0.75, odd=5)] * 6)
    assert decision is not None and decision.outcome is Outcome.RECOGNISED


def test_without_a_margin_the_nearest_person_is_named() -> None:
    verifier = a_verifier(replace(OPTIONS, margin_factor=1.0))
    (decision,) = shown(verifier, Camera().sees(*[a_face(4, 0.72, odd=5)] * 6))
    assert decision.outcome is Outcome.RECOGNISED


def test_where_nobody_is_enrolled_everybody_is_unknown() -> None:
    decision = answer([a_face(4)] * 3, gallery=Gallery.from_templates([], MODEL))
    assert decision is not None
    assert (decision.outcome, decision.reason) == (Outcome.UNKNOWN, Reason.NOBODY_ENROLLED)
    assert decision.similarity is None


def test_a_gallery_too_large_for_the_model_asks_for_the_pass_and_then_takes_it() -> None:
    verifier = a_verifier(Options(level=Strictness.STRICTEST), replace(TABLE, fmr=TABLE.fmr[:6], score=TABLE.score[:6]))
    (decision,) = shown(verifier, (camera := Camera()).sees(*[a_face(4)] * 4))
    assert (decision.outcome, decision.reason) == (Outcome.UNSURE, Reason.TOO_MANY_PEOPLE)
    (decision,) = shown(verifier, camera.sees(*[a_face(4)] * 4), claim=a_claim(4))
    assert decision.outcome is Outcome.VERIFIED


def test_the_right_face_with_a_pass_is_verified() -> None:
    decision = answer([a_face(4, 0.75)] * 3, claim=a_claim(4))
    assert decision is not None
    assert (decision.outcome, decision.reason) == (Outcome.VERIFIED, Reason.FACE_MATCHES_PASS)
    assert (decision.person, decision.pass_id) == ("p4", "pass-1")


def test_another_face_with_that_pass_is_refused_even_if_enrolled() -> None:
    decision = answer([a_face(5)] * 3, claim=a_claim(4))
    assert decision is not None
    assert (decision.outcome, decision.reason) == (Outcome.REFUSED, Reason.FACE_NOT_OF_PASS)
    assert (decision.person, decision.pass_id) == (None, "pass-1")


def test_a_pass_of_somebody_no_longer_enrolled_is_refused() -> None:
    decision = answer([a_face(12)], claim=a_claim(12))
    assert decision is not None and decision.reason is Reason.PASS_PERSON_GONE


def test_a_pass_without_a_face_is_refused_when_its_time_is_over() -> None:
    decisions = shown(a_verifier(), Camera().sees_nobody(119), claim=a_claim(4))
    assert decisions == []
    decisions = shown(a_verifier(), Camera().sees_nobody(130), claim=a_claim(4))
    assert [(d.outcome, d.reason) for d in decisions] == [(Outcome.REFUSED, Reason.PASS_WITHOUT_FACE)]


def test_a_face_that_is_no_good_counts_as_none() -> None:
    decisions = shown(a_verifier(), Camera().sees_badly(130), claim=a_claim(4))
    assert [decision.reason for decision in decisions] == [Reason.PASS_WITHOUT_FACE]
    assert shown(a_verifier(), Camera().sees_badly(130)) == []


def test_the_visitor_after_a_pass_that_ran_out_is_looked_at_afresh() -> None:
    verifier, camera = a_verifier(), Camera()
    shown(verifier, camera.sees_nobody(130), claim=a_claim(4))
    (decision,) = shown(verifier, camera.sees(*[a_face(5)] * 3))
    assert (decision.outcome, decision.person) == (Outcome.RECOGNISED, "p5")


def test_a_visit_gets_one_answer_until_the_track_is_gone() -> None:
    verifier, camera = a_verifier(), Camera()
    visits = [
        *camera.sees(*[a_face(4)] * 30, track=1),
        *camera.sees_nobody(5),
        *camera.sees(*[a_face(4)] * 30, track=2),
    ]
    assert [decision.id for decision in shown(verifier, visits)] == ["decision-1", "decision-2"]


def test_a_track_that_was_hidden_for_a_moment_is_not_answered_again() -> None:
    verifier, camera = a_verifier(), Camera()
    seen = [*camera.sees(*[a_face(4)] * 4), *camera.sees_nobody(2), *camera.sees(*[a_face(4)] * 4)]
    other = [*camera.sees(*[a_face(5)] * 4, track=2), *camera.sees(*[a_face(4)] * 4, track=1)]
    assert [decision.person for decision in shown(verifier, [*seen, *other])] == ["p4", "p5"]


def test_frames_of_two_tracks_are_never_counted_together() -> None:
    camera = Camera()
    mixed = [camera.sees(a_face(4), track=track)[0] for track in (1, 2, 3, 4, 5)]
    assert shown(a_verifier(), mixed) == []


def test_a_pass_reopens_a_visit_and_is_answered_once() -> None:
    verifier, camera = a_verifier(), Camera()
    assert [d.outcome for d in shown(verifier, camera.sees(*[a_face(12)] * 5))] == [Outcome.UNKNOWN]
    assert [d.outcome for d in shown(verifier, camera.sees(*[a_face(12)] * 9), claim=a_claim(4))] == [Outcome.REFUSED]
    assert shown(verifier, camera.sees(*[a_face(12)] * 9)) == []
    assert [d.outcome for d in shown(verifier, camera.sees(*[a_face(12)] * 9), claim=a_claim(4))] == [Outcome.REFUSED]


def test_a_pass_that_stays_after_its_answer_is_not_answered_again() -> None:
    verifier, claim = a_verifier(), a_claim(4)
    decisions = [verifier.consider(seen, TEN, claim) for seen in Camera().sees(*[a_face(4)] * 20)]
    assert len([decision for decision in decisions if decision]) == 1


def test_another_pass_takes_the_place_of_the_first() -> None:
    verifier, camera = a_verifier(), Camera()
    assert shown(verifier, camera.sees(a_face(4)), claim=a_claim(4, "pass-1")) == []
    (decision,) = shown(verifier, camera.sees(*[a_face(5)] * 3), claim=a_claim(5, "pass-2"))
    assert (decision.outcome, decision.pass_id) == (Outcome.VERIFIED, "pass-2")


def test_frames_from_before_the_pass_do_not_count_for_it() -> None:
    verifier, camera = a_verifier(), Camera()
    shown(verifier, camera.sees(*[a_face(4)] * 5))
    assert shown(verifier, camera.sees(a_face(4)), claim=a_claim(4)) == []


def test_samples_are_wanted_until_the_answer_and_again_for_a_pass() -> None:
    verifier, camera, claim = a_verifier(), Camera(), a_claim(4)
    assert verifier.wants_sample()
    shown(verifier, camera.sees(a_face(4)))
    assert verifier.wants_sample()
    shown(verifier, camera.sees(*[a_face(4)] * 3))
    assert not verifier.wants_sample()
    assert verifier.wants_sample(claim)
    shown(verifier, camera.sees(*[a_face(4)] * 3), claim=claim)
    assert not verifier.wants_sample()
    shown(verifier, camera.sees(a_face(5), track=2))
    assert verifier.wants_sample()


def test_the_latency_runs_from_the_first_good_frame() -> None:
    camera = Camera()
    seen = [*camera.sees_badly(20), *camera.sees(*[a_face(4, 0.75)] * 3)]
    (decision,) = shown(a_verifier(), seen)
    assert decision.latency_s == pytest.approx(0.2)
    assert decision.taken_at == seen[-1].taken_at


def test_a_forgotten_visit_begins_anew() -> None:
    verifier, camera = a_verifier(), Camera()
    shown(verifier, camera.sees(*[a_face(4)] * 3))
    verifier.reset()
    assert len(shown(verifier, camera.sees(*[a_face(4)] * 3))) == 1


def test_a_rate_that_the_model_cannot_keep_is_told_at_the_start() -> None:
    with pytest.raises(BadSettings, match="pass_level"):
        a_verifier(table=replace(TABLE, fmr=TABLE.fmr[:4], score=TABLE.score[:4]))


alike = st.floats(-0.99, 0.99)
steps = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 12), alike, st.booleans()), max_size=40)


@given(scores=st.lists(st.floats(-0.99, 0.69), max_size=12), person=st.integers(0, 9), with_pass=st.booleans())
def test_nobody_is_admitted_when_every_frame_is_below_the_threshold(
    scores: list[float], person: int, with_pass: bool
) -> None:
    decision = answer([a_face(person, score, odd=14) for score in scores], claim=a_claim(person) if with_pass else None)
    assert decision is None or not decision.admits


@given(steps=steps)
def test_no_track_is_answered_twice_and_nobody_is_admitted_by_one_frame(
    steps: list[tuple[int, int, float, bool]],
) -> None:
    verifier, camera = a_verifier(), Camera()
    answered: set[int] = set()
    good: dict[int, int] = {}
    for track, person, likeness, is_there in steps:
        seen = camera.sees(a_face(person, likeness), track=track)[0] if is_there else camera.sees_nobody()[0]
        reaching = is_there and person < 10 and likeness >= 0.7 - 1e-6
        good[track] = good.get(track, 0) + reaching
        decision = verifier.consider(seen, TEN)
        if decision is not None:
            assert track not in answered
            answered.add(track)
            assert not decision.admits or good[track] >= 2


@given(steps=steps, claims=st.lists(st.one_of(st.none(), st.integers(0, 9)), max_size=40))
def test_each_showing_of_a_pass_gets_at_most_one_answer_and_only_its_person_is_verified(
    steps: list[tuple[int, int, float, bool]], claims: list[int | None]
) -> None:
    verifier, camera = a_verifier(), Camera()
    last: PassClaims | None = None
    answers = 0
    for (track, person, likeness, is_there), who in zip(steps, claims, strict=False):
        claim = None if who is None else a_claim(who, f"pass-{who}")
        answers = answers if claim == last else 0
        last = claim
        seen = camera.sees(a_face(person, likeness), track=track)[0] if is_there else camera.sees_nobody()[0]
        decision = verifier.consider(seen, TEN, claim)
        if decision is None or claim is None:
            continue
        answers += 1
        assert answers == 1
        assert decision.outcome in (Outcome.VERIFIED, Outcome.REFUSED)
        assert decision.outcome is Outcome.REFUSED or decision.person == claim.person
