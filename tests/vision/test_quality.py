"""Quality: every number moves with what it measures, and the first thing to mend is told first."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from kiosk.domain.sight import Face, Image, Landmarks
from kiosk.domain.verdict import Advice, Quality
from kiosk.vision import Pipeline
from kiosk.vision.pose import Pose, pose_of_keypoints, pose_of_mesh
from kiosk.vision.quality import Options, advise, assess, with_pose
from tests.vision.conftest import Portraits
from tests.vision.making import a_face, in_a_room

GOOD = Quality(
    face_px=80, sharpness=150, brightness=0.5, contrast=0.17, yaw_deg=0, pitch_deg=0, roll_deg=0, cut=0, advice=None
)


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        ({}, None),
        ({"brightness": 0.05}, Advice.TURN_UP_LIGHT),
        ({"contrast": 0.01}, Advice.TURN_UP_LIGHT),
        ({"brightness": 0.95}, Advice.TOO_BRIGHT),
        ({"face_px": 20}, Advice.COME_CLOSER),
        ({"cut": 0.2}, Advice.MOVE_INTO_FRAME),
        ({"yaw_deg": -40}, Advice.LOOK_AT_CAMERA),
        ({"pitch_deg": 30}, Advice.LOOK_AT_CAMERA),
        ({"roll_deg": 50}, Advice.LOOK_AT_CAMERA),
        ({"sharpness": 3}, Advice.HOLD_STILL),
        ({"sharpness": 3, "yaw_deg": 40, "face_px": 10}, Advice.COME_CLOSER),
    ],
)
def test_each_fault_has_its_advice(change: dict[str, float], advice: Advice | None) -> None:
    assert advise(replace(GOOD, **change), 0.4, Options()) is advice


def test_a_face_that_fills_the_frame_is_too_close() -> None:
    assert advise(GOOD, 0.95, Options()) is Advice.STEP_BACK


def test_the_first_advice_is_that_which_helps_most() -> None:
    wrong = replace(GOOD, brightness=0.01, face_px=5, cut=0.5, yaw_deg=60, sharpness=0)
    assert advise(wrong, 2.0, Options()) is Advice.TURN_UP_LIGHT


def test_the_thresholds_come_from_the_settings() -> None:
    assert advise(replace(GOOD, yaw_deg=40), 0.4, Options(yaw_most_deg=45)) is None
    assert advise(GOOD, 0.4, Options(eyes_least_px=100)) is Advice.COME_CLOSER


def test_a_dim_face_is_not_taken_for_a_blurred_one() -> None:
    dim = replace(GOOD, contrast=0.05, sharpness=GOOD.sharpness * (0.05 / 0.17) ** 2)
    assert advise(dim, 0.4, Options()) is None


@pytest.fixture(scope="session")
def scene(shared_eyes: Pipeline, portraits: Portraits) -> tuple[Image, Face]:
    (face,) = shared_eyes.faces_of(portraits.third)
    image = in_a_room(portraits.third, face)
    (found,) = shared_eyes.detector.detect(image)
    return image, found


def test_a_good_face_needs_no_advice(scene: tuple[Image, Face], shared_eyes: Pipeline) -> None:
    image, face = scene
    found = assess(image, face, shared_eyes.landmarks_of(image, face), Options())
    assert found.advice is None
    assert found.weight > 0.5
    assert found.cut == 0
    assert max(abs(found.yaw_deg), abs(found.pitch_deg), abs(found.roll_deg)) < 12


def test_blur_lowers_the_sharpness_until_it_is_too_low(scene: tuple[Image, Face]) -> None:
    image, face = scene
    found = [assess(cv2.GaussianBlur(image, (0, 0), blur), face, None, Options()) for blur in (0.5, 2, 4, 9)]
    assert [one.sharpness for one in found] == sorted((one.sharpness for one in found), reverse=True)
    assert found[0].advice is None and found[-1].advice is Advice.HOLD_STILL


def test_darkness_and_glare_are_told_apart(scene: tuple[Image, Face]) -> None:
    image, face = scene
    dark, glare = (image * 0.1).astype(np.uint8), np.clip(image * 0.3 + 190, 0, 255).astype(np.uint8)
    assert assess(dark, face, None, Options()).advice is Advice.TURN_UP_LIGHT
    assert assess(glare, face, None, Options()).advice is Advice.TOO_BRIGHT


def test_the_distance_between_the_eyes_is_in_pixels_of_the_frame(scene: tuple[Image, Face]) -> None:
    image, face = scene
    double = cv2.resize(image, (1280, 960))
    small, large = assess(image, face, None, Options()), assess(double, face, None, Options())
    assert large.face_px == pytest.approx(2 * small.face_px)
    assert small.face_px == pytest.approx(0.45 * 480 * 0.42, rel=0.2)


@pytest.mark.parametrize(("x", "y", "cut"), [(0.4, 0.4, 0.0), (-0.1, 0.4, 0.5), (0.9, 0.9, 0.75), (1.5, 0, 1.0)])
def test_the_cut_is_the_share_of_the_box_outside_the_frame(x: float, y: float, cut: float) -> None:
    found = assess(np.full((100, 100, 3), 128, np.uint8), a_face(x, y), None, Options())
    assert found.cut == pytest.approx(cut, abs=1e-6)


def mirrored(image: Image, face: Face) -> tuple[Image, Face]:
    points = face.keypoints[[1, 0, 2, 3, 5, 4]] * [-1, 1] + [1, 0]
    box = replace(face.box, x=1 - face.box.x - face.box.w)
    return np.ascontiguousarray(image[:, ::-1]), Face(box, face.score, points.astype(np.float32))


def test_the_mirror_turns_left_to_right_and_nothing_else(scene: tuple[Image, Face], shared_eyes: Pipeline) -> None:
    poses = [pose_of_mesh(shared_eyes.landmarks_of(*pair)) for pair in (scene, mirrored(*scene))]
    assert poses[1].yaw_deg == pytest.approx(-poses[0].yaw_deg, abs=3)
    assert poses[1].roll_deg == pytest.approx(-poses[0].roll_deg, abs=2)
    assert poses[1].pitch_deg == pytest.approx(poses[0].pitch_deg, abs=3)


def test_a_picture_turned_clockwise_rolls_the_head_by_as_much(scene: tuple[Image, Face], shared_eyes: Pipeline) -> None:
    image, face = scene
    matrix = cv2.getRotationMatrix2D((320, 240), -15, 1)  # OpenCV counts against the clock
    turned = cv2.warpAffine(image, matrix, (640, 480), borderMode=cv2.BORDER_REPLICATE)
    (found,) = shared_eyes.detector.detect(turned)
    before, after = (pose_of_mesh(shared_eyes.landmarks_of(*pair)) for pair in ((image, face), (turned, found)))
    assert after.roll_deg - before.roll_deg == pytest.approx(15, abs=2)
    rough = pose_of_keypoints(found.keypoints * np.array([640, 480], np.float32))
    assert rough.roll_deg == pytest.approx(after.roll_deg, abs=4)


def test_rough_and_exact_pose_agree_on_real_faces(shared_eyes: Pipeline, portraits: Portraits) -> None:
    for image in (portraits.first, portraits.again, portraits.second, portraits.third):
        (face,) = shared_eyes.faces_of(image)
        exact = pose_of_mesh(shared_eyes.landmarks_of(image, face))
        rough = pose_of_keypoints(face.keypoints * np.array([image.shape[1], image.shape[0]], np.float32))
        for name in Pose.__slots__:
            assert getattr(rough, name) == pytest.approx(getattr(exact, name), abs=10), name


def turned_mesh(yaw_deg: float, pitch_deg: float) -> Landmarks:
    """A head of three axes, turned to the person's left by `yaw_deg` and then up by `pitch_deg`."""
    yaw, pitch = np.radians(yaw_deg), np.radians(pitch_deg)
    points = np.zeros((468, 3), np.float32)
    points[33], points[263], points[10], points[152] = [-50, 0, 0], [50, 0, 0], [0, -80, 0], [0, 80, 0]
    # Depth grows away from the camera: the left side recedes when the head turns left, the forehead when it goes up.
    left = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    up = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    return Landmarks((points @ left @ up).astype(np.float32), 1.0)


@pytest.mark.parametrize("angle", [-40, -10, 0, 25])
def test_yaw_is_positive_to_the_person_s_left_and_pitch_upwards(angle: float) -> None:
    level = pose_of_mesh(turned_mesh(0, 0))
    assert pose_of_mesh(turned_mesh(angle, 0)).yaw_deg == pytest.approx(angle, abs=1e-3)
    assert pose_of_mesh(turned_mesh(0, angle)).pitch_deg - level.pitch_deg == pytest.approx(angle, abs=1e-3)


def test_a_nose_towards_the_left_ear_is_a_head_turned_left() -> None:
    face = a_face(w=1, h=1)
    turned = face.keypoints.copy()
    turned[2, 0] += 0.15
    assert pose_of_keypoints(turned * 100).yaw_deg > 15
    raised = face.keypoints.copy()
    raised[2, 1] -= 0.08
    assert pose_of_keypoints(raised * 100).pitch_deg > 10


def test_a_mesh_that_sees_no_face_or_a_turned_one_asks_to_look_at_the_camera() -> None:
    absent = Landmarks(turned_mesh(0, 0).points, 0.2)
    assert with_pose(GOOD, absent, 0.5, Options()).advice is Advice.LOOK_AT_CAMERA
    assert with_pose(GOOD, turned_mesh(50, 0), 0.5, Options()).advice is Advice.LOOK_AT_CAMERA
    assert with_pose(GOOD, turned_mesh(0, 0), 0.5, Options()).advice is None
    assert with_pose(replace(GOOD, sharpness=1), turned_mesh(0, 0), 0.5, Options()).advice is Advice.HOLD_STILL
