"""Camera frames made of photographs: each face as large, and about where, a visitor's would be."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from kiosk.domain.sight import Face, Image, frozen

WIDTH, HEIGHT = 640, 480
LORES_WIDTH = 320


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a visitor stands: the face's share of the frame's height, its middle (fractions), and whether mirrored."""

    share: float
    x: float
    y: float
    mirrored: bool = False


POSES = (Pose(0.42, 0.5, 0.5), Pose(0.36, 0.42, 0.46, True), Pose(0.48, 0.56, 0.52), Pose(0.4, 0.47, 0.55, True))


def frames_of(portraits: Sequence[tuple[Image, Face]], poses: Sequence[Pose] = POSES) -> tuple[Image, ...]:
    """A frame (480, 640, 3) RGB for every portrait in every pose."""
    return tuple(frame_of(image, face, pose) for pose in poses for image, face in portraits)


def frame_of(image: Image, face: Face, pose: Pose) -> Image:
    """The portrait as a camera at the kiosk would see it; beyond its edge, its border goes on."""
    height, width = image.shape[:2]
    scale = pose.share * HEIGHT / (face.box.h * height)
    x, y = face.box.centre
    shift = (pose.x * WIDTH - x * width * scale, pose.y * HEIGHT - y * height * scale)
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    seen = cv2.warpAffine(image, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    if pose.mirrored:
        seen = cv2.flip(seen, 1)
    return frozen(np.ascontiguousarray(seen, np.uint8))
