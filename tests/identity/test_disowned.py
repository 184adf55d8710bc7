"""'Not this person': that face never matches that person again, and nobody else is any nearer for it."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.domain.people import Negative, Template
from kiosk.domain.sight import Embedding
from kiosk.domain.trust import Strictness
from kiosk.domain.verdict import Decision, Outcome, Reason
from kiosk.identity.calibration import Options
from kiosk.identity.gallery import Gallery
from kiosk.identity.vectors import unit
from tests.identity.making import MODEL, OPTIONS, Camera, a_claim, a_face, a_template, a_verifier

PEOPLE = range(6)


def disowning(*negatives: tuple[int, Embedding]) -> Gallery:
    found = [Negative(f"n{i}", f"p{person}", face) for i, (person, face) in enumerate(negatives)]
    return Gallery.from_templates([a_template(person) for person in PEOPLE], MODEL, found)


def answer(face: Embedding, gallery: Gallery, options: Options = OPTIONS, claim: int | None = None) -> Decision | None:
    verifier, held = a_verifier(options), None if claim is None else a_claim(claim)
    for observation in Camera().sees(*[face] * 8):
        decision = verifier.consider(observation, gallery, held)
        if decision is not None:
            return decision
    return None


@given(
    person=st.sampled_from(PEOPLE),
    alike=st.floats(0.0, 1.0),
    level=st.sampled_from(Strictness),
    factor=st.sampled_from([1.0, 3.0, 100.0]),
)
def test_the_very_same_face_never_matches_again_at_any_level(
    person: int, alike: float, level: Strictness, factor: float
) -> None:
    face = a_face(person, alike)
    options = replace(OPTIONS, level=level, pass_level=level, margin_factor=factor)
    gallery = disowning((person, face))
    for decision in (answer(face, gallery, options), answer(face, gallery, options, claim=person)):
        assert decision is None or not decision.admits


@given(
    shown=st.sampled_from(PEOPLE),
    alike=st.floats(0.5, 1.0),
    odd=st.integers(0, 15),
    disowned=st.sampled_from(PEOPLE),
    strange=st.floats(0.5, 1.0),
    strange_odd=st.integers(0, 15),
)
def test_a_correction_lets_no_face_in_that_was_not_let_in_before(
    shown: int, alike: float, odd: int, disowned: int, strange: float, strange_odd: int
) -> None:
    face, negative = a_face(shown, alike, odd), a_face(disowned, strange, strange_odd)
    before, after = answer(face, disowning()), answer(face, disowning((disowned, negative)))
    if after is not None and after.admits:
        assert before is not None and before.admits and before.person == after.person


class Crowd:
    """People with several templates each, in so few dimensions that many look alike, and a visit of varied frames."""

    def __init__(self, seed: int) -> None:
        self.chance = np.random.default_rng(seed)
        width = int(self.chance.integers(3, 7))
        owners = self.chance.integers(0, 4, size=int(self.chance.integers(2, 8)))
        faces = [unit(self.chance.normal(size=width), MODEL) for _ in owners]
        self.templates = [Template(str(i), f"p{owners[i]}", face, 3) for i, face in enumerate(faces)]
        shown = self.chance.integers(0, len(faces), size=2)
        self.frames = [self.near(faces[shown[int(self.chance.random() < 0.2)]], 0.3) for _ in range(8)]

    def near(self, face: Embedding, spread: float) -> Embedding:
        return unit(face.vector + self.chance.normal(size=face.vector.shape) * spread, MODEL)

    def answer(self, options: Options, *negatives: Negative) -> Decision | None:
        verifier, gallery = a_verifier(options), Gallery.from_templates(self.templates, MODEL, negatives)
        decisions = (verifier.consider(seen, gallery) for seen in Camera().sees(*self.frames))
        return next((decision for decision in decisions if decision is not None), None)


CROWDS = {"seed": st.integers(0, 10**6), "factor": st.sampled_from([1.0, 5.0]), "level": st.sampled_from(Strictness)}


@settings(max_examples=400)
@given(**CROWDS)
def test_after_a_correction_the_same_visit_of_varied_frames_names_nobody(
    seed: int, factor: float, level: Strictness
) -> None:
    crowd, options = Crowd(seed), replace(OPTIONS, level=level, margin_factor=factor)
    before = crowd.answer(options)
    if before is not None and before.person is not None and before.probe is not None:
        after = crowd.answer(options, Negative("n", before.person, before.probe.embedding))
        assert after is not None and not after.admits
        assert after.taken_at == before.taken_at, "a correction makes nobody wait"


@settings(max_examples=400)
@given(**CROWDS, corrections=st.integers(1, 4))
def test_in_a_crowd_of_people_alike_corrections_let_nobody_in_who_was_not_let_in_before(
    seed: int, factor: float, level: Strictness, corrections: int
) -> None:
    crowd, options = Crowd(seed), replace(OPTIONS, level=level, margin_factor=factor)
    before = crowd.answer(options)
    negatives = [
        Negative(str(i), f"p{crowd.chance.integers(0, 4)}", crowd.near(crowd.frames[i], 0.1))
        for i in range(corrections)
    ]
    after = crowd.answer(options, *negatives)
    if after is not None and after.admits:
        assert before is not None and before.admits and before.person == after.person


def test_a_stranger_who_was_named_is_unknown_afterwards_and_the_person_still_comes_in() -> None:
    stranger = a_face(3, 0.75)
    named = answer(stranger, disowning())
    assert named is not None and named.person == "p3" and named.probe is not None
    corrected = disowning((3, named.probe.embedding))
    again = answer(stranger, corrected)
    assert again is not None and (again.outcome, again.reason) == (Outcome.UNKNOWN, Reason.NOBODY_SIMILAR)
    refused = answer(stranger, corrected, claim=3)
    assert refused is not None and refused.reason is Reason.FACE_NOT_OF_PASS
    themselves = answer(a_face(3, 0.95, odd=9), corrected)
    assert themselves is not None and themselves.person == "p3"


def test_whoever_was_taken_for_somebody_else_gets_in_by_their_own_pass() -> None:
    face = a_face(3, 0.75, odd=4)  # somebody enrolled, whom one picture shows more like another person
    corrected = disowning((3, face))
    decision = answer(face, corrected)
    assert decision is not None and not decision.admits
    themselves = answer(a_face(4, 0.85, odd=3), corrected, claim=4)
    assert themselves is not None and themselves.person == "p4"


def test_a_carried_pass_is_verified_by_the_template_it_carries_and_names_nobody() -> None:
    claim = replace(a_claim(0), person="", template=a_face(12))
    verifier = a_verifier()
    decisions = [verifier.consider(seen, disowning(), claim) for seen in Camera().sees(*[a_face(12, 0.9)] * 2)]
    (decision,) = [one for one in decisions if one is not None]
    assert decision.outcome is Outcome.VERIFIED
    assert (decision.person, decision.pass_id) == (None, None)
    other = a_verifier()
    refused = [other.consider(seen, disowning(), claim) for seen in Camera().sees(*[a_face(3)] * 3)]
    assert [one.reason for one in refused if one is not None] == [Reason.FACE_NOT_OF_PASS]


def test_another_level_holds_from_the_next_visit_on() -> None:
    gallery, camera, verifier = disowning(), Camera(), a_verifier()
    first, *rest = camera.sees(*[a_face(3, 0.75)] * 3)
    assert verifier.consider(first, gallery) is None
    verifier.adopt(replace(OPTIONS, level=Strictness.STRICTEST))
    decisions = [verifier.consider(seen, gallery) for seen in rest]
    assert [one.outcome for one in decisions if one is not None] == [Outcome.RECOGNISED]
    later = [verifier.consider(seen, gallery) for seen in camera.sees(*[a_face(3, 0.75)] * 6, track=2)]
    assert [one.admits for one in later if one is not None] == [False]
