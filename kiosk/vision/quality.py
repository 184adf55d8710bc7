"""How usable a face is: size, light, pose, cut and sharpness as numbers, each with a threshold in the settings."""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.domain.options import option
from kiosk.domain.sight import Box, Face, Image, Landmarks
from kiosk.domain.verdict import Advice, Quality
from kiosk.vision.geometry import grey, halved, halvings, resize
from kiosk.vision.pose import pose_of_keypoints, pose_of_mesh

_SIDE = 96
# The contrast of a well lit face; a dimmer one is as sharp with a Laplacian that is weaker in proportion.
_WELL_LIT = 0.17


@dataclass(frozen=True, slots=True)
class Options:
    """What a face must reach before it is embedded."""

    eyes_least_px: float = option(
        28.0, "Least distance between the eyes in the full-size frame.", low=5, high=400, unit="px"
    )
    largest_face: float = option(0.8, "Largest face, as a share of the frame's shorter side.", low=0.2, high=2)
    darkest: float = option(0.1, "Least brightness of the face.", low=0, high=1)
    brightest: float = option(0.9, "Greatest brightness of the face.", low=0, high=1)
    contrast_least: float = option(0.03, "Least contrast of the face.", low=0, high=0.5)
    sharpness_least: float = option(
        20.0, "Least sharpness of a well lit face (variance of the Laplacian at 96x96).", low=0, high=10000
    )
    yaw_most_deg: float = option(30.0, "Furthest turn of the head to a side.", low=5, high=90, unit="degrees")
    pitch_most_deg: float = option(25.0, "Furthest turn of the head up or down.", low=5, high=90, unit="degrees")
    roll_most_deg: float = option(35.0, "Furthest tilt of the head.", low=5, high=180, unit="degrees")
    cut_most: float = option(0.05, "Largest share of the face's box outside the frame.", low=0, high=1)


def assess(main: Image, face: Face, landmarks: Landmarks | None, options: Options) -> Quality:
    """The quality of `face` in `main`; the pose is exact with landmarks and rough without."""
    height, width = main.shape[:2]
    keypoints = face.keypoints * np.array([width, height], np.float32)
    pose = pose_of_keypoints(keypoints) if landmarks is None else pose_of_mesh(landmarks)
    luma = _luma(main, face.box)
    brightness, contrast = _mean_and_spread(luma)
    found = Quality(
        face_px=float(np.hypot(*(keypoints[1] - keypoints[0]))),
        sharpness=_mean_and_spread(cv2.Laplacian(luma, cv2.CV_16S))[1] ** 2,
        brightness=brightness / 255,
        contrast=contrast / 255,
        yaw_deg=pose.yaw_deg,
        pitch_deg=pose.pitch_deg,
        roll_deg=pose.roll_deg,
        cut=_cut(face.box),
        advice=None,
    )
    share = max(face.box.w * width, face.box.h * height) / min(width, height)
    return replace(found, advice=advise(found, share, options))


def with_pose(found: Quality, landmarks: Landmarks, presence: float, options: Options) -> Quality:
    """`found`, which had nothing to mend before its pose, with the exact pose of the mesh.

    A mesh below `presence` is of no face that looks at the camera.
    """
    pose = pose_of_mesh(landmarks)
    exact = replace(found, yaw_deg=pose.yaw_deg, pitch_deg=pose.pitch_deg, roll_deg=pose.roll_deg)
    if landmarks.presence < presence or _looks_away(exact, options):
        return replace(exact, advice=Advice.LOOK_AT_CAMERA)
    return replace(exact, advice=Advice.HOLD_STILL if _is_blurred(found, options) else None)


def advise(quality: Quality, share: float, options: Options) -> Advice | None:
    """The first thing to mend, in the order of `Advice`; `share` is the face's, of the frame's shorter side."""
    wrong = {
        Advice.TURN_UP_LIGHT: quality.brightness < options.darkest or quality.contrast < options.contrast_least,
        Advice.TOO_BRIGHT: quality.brightness > options.brightest,
        Advice.COME_CLOSER: quality.face_px < options.eyes_least_px,
        Advice.STEP_BACK: share > options.largest_face,
        Advice.MOVE_INTO_FRAME: quality.cut > options.cut_most,
        Advice.LOOK_AT_CAMERA: _looks_away(quality, options),
        Advice.HOLD_STILL: _is_blurred(quality, options),
    }
    return next((advice for advice in Advice if wrong[advice]), None)


def _looks_away(quality: Quality, options: Options) -> bool:
    return (
        abs(quality.yaw_deg) > options.yaw_most_deg
        or abs(quality.pitch_deg) > options.pitch_most_deg
        or abs(quality.roll_deg) > options.roll_most_deg
    )


def _is_blurred(quality: Quality, options: Options) -> bool:
    dim = min(1.0, (quality.contrast / _WELL_LIT) ** 2)
    return quality.sharpness < options.sharpness_least * dim


def _luma(main: Image, box: Box) -> Image:
    """(96, 96) grey values of the part of the box that lies inside the frame."""
    height, width = main.shape[:2]
    x, y, w, h = box.pixels(width, height)
    left, top = int(np.clip(x, 0, width - 1)), int(np.clip(y, 0, height - 1))
    right, bottom = int(np.clip(x + w, left + 1, width)), int(np.clip(y + h, top + 1, height))
    times = halvings(min(right - left, bottom - top) / _SIDE)
    step = 1 << times
    width, height = (right - left) // step * step, (bottom - top) // step * step
    return resize(halved(grey(main[top : top + height, left : left + width]), times), _SIDE, _SIDE, cv2.INTER_LINEAR)


def _mean_and_spread(values: NDArray[Any]) -> tuple[float, float]:
    mean, spread = cv2.meanStdDev(values)
    return float(mean[0, 0]), float(spread[0, 0])


def _cut(box: Box) -> float:
    """Share of the box outside the frame."""
    if box.area <= 0:
        return 1.0
    width = min(box.x + box.w, 1.0) - max(box.x, 0.0)
    height = min(box.y + box.h, 1.0) - max(box.y, 0.0)
    return max(0.0, 1.0 - max(0.0, width) * max(0.0, height) / box.area)
