"""Head pose in degrees: positive yaw = to the person's left, pitch = up, roll = clockwise as seen in the picture."""

import math
from dataclasses import dataclass

import numpy as np

from kiosk.domain.sight import Floats, Landmarks

# Mesh points that span the head's axes: outer corners of the eyes, top of the forehead, chin.
_RIGHT_CORNER, _LEFT_CORNER, _FOREHEAD, _CHIN = 33, 263, 10, 152
# The forehead-chin line of a face that looks into the camera leans back by this much (median of 500 press portraits).
_MESH_LEAN_DEG = -6.0
# Key points against the mesh, least squares over the same portraits: what is left differs by 2.9 and 3.9 degrees.
_YAW_DEG_OF_NOSE = 66.6
_PITCH_DEG_OF_NOSE = 98.6
_NOSE_LEVEL = 0.521


@dataclass(frozen=True, slots=True)
class Pose:
    """The three turns of a head, in degrees."""

    yaw_deg: float
    pitch_deg: float
    roll_deg: float


def pose_of_mesh(landmarks: Landmarks) -> Pose:
    """Pose from the mesh's depth."""
    points = landmarks.points
    across = points[_LEFT_CORNER] - points[_RIGHT_CORNER]
    down = points[_CHIN] - points[_FOREHEAD]
    roll = math.atan2(across[1], across[0])
    yaw = math.atan2(across[2], math.hypot(across[0], across[1]))
    pitch = math.atan2(-down[2], math.hypot(down[0], down[1]))
    return Pose(math.degrees(yaw), math.degrees(pitch) - _MESH_LEAN_DEG, math.degrees(roll))


def pose_of_keypoints(keypoints: Floats) -> Pose:
    """A rough pose from the detector's six key points (6, 2) in pixels: where the nose lies between eyes and mouth."""
    right, left, nose, mouth = keypoints[:4].astype(np.float64)
    across = left - right
    length = max(float(np.hypot(*across)), 1e-6)
    x_axis = across / length
    y_axis = np.array([-x_axis[1], x_axis[0]])
    middle = (right + left) / 2
    sideways = float((nose - middle) @ x_axis) / length
    depth = max(float((mouth - middle) @ y_axis), 1e-6)
    below = float((nose - middle) @ y_axis) / depth
    return Pose(
        sideways * _YAW_DEG_OF_NOSE,
        (_NOSE_LEVEL - below) * _PITCH_DEG_OF_NOSE,
        math.degrees(math.atan2(across[1], across[0])),
    )
