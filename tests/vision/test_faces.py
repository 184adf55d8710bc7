"""Detector, mesh, alignment and embedding on real faces."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.domain.sight import Chip, Face, Image
from kiosk.vision import Pipeline
from kiosk.vision.chips import align
from tests.vision.conftest import Portraits
from tests.vision.making import a_mesh, in_a_room


@pytest.fixture(scope="session")
def portrait(portraits: Portraits) -> Image:
    return portraits.third


@pytest.fixture(scope="session")
def face(shared_eyes: Pipeline, portrait: Image) -> Face:
    (found,) = shared_eyes.faces_of(portrait)
    return found


def eyes_apart(face: Face, image: Image) -> float:
    height, width = image.shape[:2]
    right, left = face.keypoints[:2] * [width, height]
    return float(np.hypot(*(left - right)))


def test_the_key_points_lie_where_their_names_say(face: Face) -> None:
    right_eye, left_eye, nose, mouth, right_ear, left_ear = face.keypoints
    assert right_ear[0] < right_eye[0] < nose[0] < left_eye[0] < left_ear[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < mouth[1]
    assert face.box.x < right_eye[0] and left_eye[0] < face.box.x + face.box.w


@pytest.mark.parametrize(("width", "height"), [(640, 480), (320, 240), (320, 180), (240, 320), (321, 241), (128, 128)])
def test_a_face_is_found_in_a_frame_of_any_shape(
    shared_eyes: Pipeline, portrait: Image, face: Face, width: int, height: int
) -> None:
    frame = in_a_room(portrait, face, width, height)
    (found,) = shared_eyes.detector.detect(frame)
    assert found.box.centre == pytest.approx((0.5, 0.5), abs=0.04)
    assert found.box.h == pytest.approx(0.45, abs=0.06)
    assert found.box.w * width == pytest.approx(found.box.h * height, rel=0.1)


@pytest.mark.parametrize(("width", "height"), [(320, 180), (320, 240), (180, 320)])
def test_a_visitor_far_off_is_seen_in_the_middle_of_the_frame(
    shared_eyes: Pipeline, portrait: Image, face: Face, width: int, height: int
) -> None:
    share = 0.12 * min(width, height) / height
    frame = in_a_room(portrait, face, width, height, share)
    (found,) = shared_eyes.detector.detect_far(frame)
    assert found.box.centre == pytest.approx((0.5, 0.5), abs=0.05)


@pytest.mark.parametrize("grey", [0, 110, 255])
def test_there_is_no_face_in_a_blank_picture(shared_eyes: Pipeline, grey: int) -> None:
    assert shared_eyes.detector.detect(np.full((240, 320, 3), grey, np.uint8)) == ()
    assert shared_eyes.faces_of(np.full((240, 320, 3), grey, np.uint8)) == ()


def test_two_faces_in_a_frame_are_two(shared_eyes: Pipeline, portrait: Image, face: Face) -> None:
    frame = in_a_room(portrait, face, 320, 240)
    found = shared_eyes.detector.detect(np.hstack([frame, frame]))
    assert sorted(one.box.centre[0] for one in found) == pytest.approx([0.25, 0.75], abs=0.03)


def test_the_mesh_follows_the_detector(shared_eyes: Pipeline, portrait: Image, face: Face) -> None:
    landmarks = shared_eyes.landmarks_of(portrait, face)
    height, width = portrait.shape[:2]
    corners = landmarks.points[[33, 133, 362, 263], :2]
    seen = face.keypoints[:2] * [width, height]
    meshed = np.stack([corners[:2].mean(axis=0), corners[2:].mean(axis=0)])
    assert landmarks.presence > 0.99
    assert np.hypot(*(seen - meshed).T).max() < 0.15 * eyes_apart(face, portrait)


def test_there_is_no_mesh_where_there_is_no_face(shared_eyes: Pipeline, face: Face) -> None:
    assert shared_eyes.landmarks_of(np.full((512, 512, 3), 90, np.uint8), face).presence < 0.5


@pytest.mark.parametrize("angle", [-30, 20])
def test_the_mesh_turns_with_the_head(shared_eyes: Pipeline, portrait: Image, face: Face, angle: float) -> None:
    height, width = portrait.shape[:2]
    matrix = cv2.getRotationMatrix2D((width * face.box.centre[0], height * face.box.centre[1]), angle, 1)
    turned = cv2.warpAffine(portrait, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    found = max(shared_eyes.detector.detect(turned), key=lambda one: one.box.area)
    before = shared_eyes.landmarks_of(portrait, face).points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    after = shared_eyes.landmarks_of(turned, found).points[:, :2]
    assert np.median(np.hypot(*(before - after).T)) < 0.04 * eyes_apart(face, portrait)


@given(st.floats(-0.6, 0.6), st.floats(0.4, 4), st.floats(-20, 20), st.floats(-20, 20))
@settings(max_examples=25, deadline=None)
def test_a_chip_undoes_how_the_face_was_turned_and_scaled(
    shared_eyes: Pipeline, turn: float, scale: float, x: float, y: float
) -> None:
    model = shared_eyes.model
    rows, columns = np.mgrid[0:150, 0:150]
    wave = 128 + 60 * np.sin(rows / 12) + 60 * np.cos(columns / 15)
    chip = np.repeat(wave[:, :, None], 3, axis=2).astype(np.uint8)
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    matrix = np.array([[cos, -sin, 300 + x], [sin, cos, 300 + y]])
    picture = cv2.warpAffine(chip, matrix, (1000, 1000), borderMode=cv2.BORDER_REPLICATE)
    found = align(picture, a_mesh(model, matrix), model).pixels.astype(int)
    assert np.abs(found - chip)[4:-4, 4:-4].mean() < 5


def test_a_chip_has_the_model_s_size_and_can_t_be_written_to(
    shared_eyes: Pipeline, portrait: Image, face: Face
) -> None:
    chip = align(portrait, shared_eyes.landmarks_of(portrait, face), shared_eyes.model)
    assert chip.pixels.shape == (150, 150, 3) and chip.pixels.dtype == np.uint8
    assert not chip.pixels.flags.writeable


@pytest.fixture(scope="session")
def chip(shared_eyes: Pipeline, portrait: Image, face: Face) -> Chip:
    return align(portrait, shared_eyes.landmarks_of(portrait, face), shared_eyes.model)


def test_an_embedding_has_length_one_and_its_model_s_name(shared_eyes: Pipeline, chip: Chip) -> None:
    found = shared_eyes.embedder.embed(chip)
    assert found.vector.shape == (128,) and found.vector.dtype == np.float32
    assert np.linalg.norm(found.vector) == pytest.approx(1, abs=1e-6)
    assert found.model == shared_eyes.model.name
    assert not found.vector.flags.writeable


def test_a_mirrored_face_has_the_same_embedding(shared_eyes: Pipeline, chip: Chip) -> None:
    mirrored = Chip(np.ascontiguousarray(chip.pixels[:, ::-1]))
    assert shared_eyes.embedder.embed(chip).similarity(shared_eyes.embedder.embed(mirrored)) > 0.9999


@pytest.mark.parametrize("height", [480, 600, 720, 1080])
def test_the_embedding_hardly_depends_on_the_size_of_the_face(
    shared_eyes: Pipeline, portraits: Portraits, height: int
) -> None:
    (near,) = shared_eyes.faces_of(portraits.first)
    whole = shared_eyes.embed_face(portraits.first, near)
    frame = in_a_room(portraits.first, near, height * 4 // 3, height, share=0.25)
    assert shared_eyes.embed_centre(frame)[1].similarity(whole) > 0.985
