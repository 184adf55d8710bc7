"""Faces keep their identity across frames, and the visitor is the largest in the zone."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.sight import Box
from kiosk.vision.tracker import Options, Tracker, closeness, visitor
from tests.vision.making import a_face

steps = st.lists(st.tuples(st.floats(-0.05, 0.05), st.floats(-0.05, 0.05), st.floats(0.85, 1.15)), max_size=20)


def a_look(angle: float) -> np.ndarray:
    return np.array([np.cos(angle), np.sin(angle)], np.float32)


@given(steps)
def test_a_face_that_moves_a_little_each_frame_stays_the_same(moves: list[tuple[float, float, float]]) -> None:
    tracker = Tracker(Options())
    face = a_face()
    (first,) = tracker.update([face], 0.0)
    for i, (dx, dy, grow) in enumerate(moves, 1):
        box = face.box
        face = a_face(box.x + dx, box.y + dy, min(0.9, max(0.05, box.w * grow)), min(0.9, max(0.05, box.h * grow)))
        tracks = tracker.update([face], i * 0.1)
        if closeness(box, face.box, 0.7) > 0:
            assert [track.id for track in tracks if track.seen_at == i * 0.1] == [first.id]
        else:
            return


@given(st.permutations(range(4)), steps)
def test_identities_do_not_depend_on_the_order_in_which_faces_are_found(
    order: list[int], moves: list[tuple[float, float, float]]
) -> None:
    tracker = Tracker(Options())
    places = [0.05, 0.3, 0.55, 0.8]
    ids = [track.id for track in tracker.update([a_face(x, w=0.12, h=0.12) for x in places], 0.0)]
    for i, (dx, dy, _) in enumerate(moves, 1):
        faces = [a_face(places[j] + dx / 3, 0.3 + dy / 3, 0.12, 0.12) for j in order]
        tracks = tracker.update(faces, i * 0.05)
        assert [track.id for track in tracks] == [ids[j] for j in order]


@given(st.lists(st.lists(st.tuples(st.floats(0, 0.8), st.floats(0, 0.8)), max_size=4), max_size=12))
def test_an_identity_is_never_used_for_two_faces_at_once_nor_twice(frames: list[list[tuple[float, float]]]) -> None:
    tracker = Tracker(Options())
    gone: set[int] = set()
    alive: set[int] = set()
    for i, places in enumerate(frames):
        ids = [track.id for track in tracker.update([a_face(x, y) for x, y in places], i * 0.3)]
        assert len(ids) == len(set(ids))
        assert not gone & set(ids)
        gone |= alive - set(ids)
        alive = set(ids)


def test_a_face_hidden_for_a_moment_comes_back_as_itself() -> None:
    tracker = Tracker(Options(lost_s=0.5))
    (before,) = tracker.update([a_face()], 0.0)
    (hidden,) = tracker.update([], 0.3)
    (after,) = tracker.update([a_face()], 0.5)
    assert before.id == hidden.id == after.id
    assert hidden.seen_at == 0.0 and after.frames == 2


def test_a_doubtful_face_begins_no_track_but_continues_one() -> None:
    tracker = Tracker(Options(sure=0.65))
    assert tracker.update([a_face(score=0.6)], 0.0) == ()
    (sure,) = tracker.update([a_face(score=0.9)], 0.1)
    (doubtful,) = tracker.update([a_face(score=0.55)], 0.2)
    assert doubtful.id == sure.id and doubtful.seen_at == 0.2


def test_a_face_that_was_away_too_long_is_a_new_one() -> None:
    tracker = Tracker(Options(lost_s=0.5))
    (before,) = tracker.update([a_face()], 0.0)
    assert tracker.update([], 0.6) == ()
    (after,) = tracker.update([a_face()], 0.7)
    assert after.id != before.id


def test_a_face_stays_the_same_over_frames_that_a_busy_kiosk_skipped() -> None:
    tracker = Tracker(Options(lost_s=0.5, skipped_s=2.0))
    (before,) = tracker.update([a_face()], 0.0)
    (after,) = tracker.update([a_face()], 1.5)
    (late,) = tracker.update([a_face()], 4.0)
    assert before.id == after.id != late.id


def test_another_look_in_the_same_place_is_another_face() -> None:
    tracker = Tracker(Options())
    (before,) = tracker.update([a_face()], 0.0, [a_look(0)])
    (same,) = tracker.update([a_face()], 0.1, [a_look(0.5)])
    (other,) = tracker.update([a_face()], 0.2, [a_look(2)])
    assert same.id == before.id
    assert other.id != before.id


def test_a_face_far_from_the_last_place_is_another_one() -> None:
    tracker = Tracker(Options())
    tracker.update([a_face(0.1)], 0.0)
    tracks = tracker.update([a_face(0.7)], 0.1)
    assert [track.seen_at for track in tracks] == [0.1, 0.0]


def test_a_renewed_track_keeps_its_place_under_a_new_identity() -> None:
    tracker = Tracker(Options())
    (before,) = tracker.update([a_face()], 0.0)
    renewed = tracker.renew(before)
    (after,) = tracker.update([a_face()], 0.1)
    assert renewed.id != before.id and after.id == renewed.id


def test_the_largest_face_in_the_zone_is_the_visitor() -> None:
    tracks = Tracker(Options()).update([a_face(0.1, w=0.15, h=0.15), a_face(0.5, w=0.25, h=0.25)], 0.0)
    found = visitor(tracks, Options())
    assert found is not None and found.face.box.w == 0.25


def test_a_face_outside_the_zone_or_too_small_is_no_visitor() -> None:
    outside = a_face(-0.1, w=0.2, h=0.2)
    small = a_face(0.5, w=0.03, h=0.03)
    assert visitor(Tracker(Options()).update([outside, small], 0.0), Options()) is None


@pytest.mark.parametrize(("size", "stays"), [(0.22, True), (0.3, False)])
def test_the_visitor_stays_until_another_is_clearly_larger(size: float, stays: bool) -> None:
    tracker = Tracker(Options())
    (first,) = tracker.update([a_face(0.15)], 0.0)
    tracks = tracker.update([a_face(0.15), a_face(0.55, w=size, h=size)], 0.1)
    found = visitor(tracks, Options(), first.id)
    assert found is not None and (found.id == first.id) is stays


def test_the_zone_is_in_the_middle() -> None:
    assert Options(zone_width=0.5, zone_height=0.8).zone == Box(0.25, pytest.approx(0.1), 0.5, 0.8)


@given(st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0.05, 0.5))
def test_nothing_is_closer_than_the_same_place(x: float, y: float, size: float) -> None:
    here = Box(0.2, 0.2, 0.3, 0.3)
    assert closeness(here, Box(x, y, size, size), 0.7) <= closeness(here, here, 0.7) == pytest.approx(1)


def test_a_track_remembers_when_it_began() -> None:
    tracker = Tracker(replace(Options(), lost_s=1.0))
    tracker.update([a_face()], 3.0)
    (track,) = tracker.update([a_face()], 3.5)
    assert (track.started_at, track.seen_at, track.frames) == (3.0, 3.5, 2)
