"""The original models run by the product's own code: what the quantised ones are measured against."""

from pathlib import Path

import numpy as np

from kiosk.domain.sight import Face, Image, Landmarks
from kiosk.vision.detector import Detector
from kiosk.vision.geometry import similarity, warp
from kiosk.vision.landmarks import Mesher
from kiosk.vision.manifest import DetectorModel, Head, LandmarksModel, PictureInput, Source
from kiosk.vision.tflite import open_interpreter

ANCHORS = 896
GREY = 127
SPAN = 127.5  # real input of the int8 detector = (pixel - GREY) / SPAN, so int8 = pixel - 128 and grey is exactly zero
CROP = 1.5
PRESENCE = 0.5
CHIP = 150
CHIP_POINTS = (263, 362, 33, 133, 2)
CHIP_POSITIONS = ((112.85, 46.57), (89.05, 47.94), (36.03, 46.68), (59.58, 47.92), (74.24, 86.15))


def open_detector(path: Path) -> Detector:
    """BlazeFace as it was shipped: both grids in one pair of outputs, nothing scaled."""
    head = Head(ANCHORS, 1.0, 0.0, np.ones(16, np.float32), np.zeros(16, np.float32))
    model = DetectorModel(
        source=_source(path),
        input=_input(128, 1 / SPAN, -1.0),
        letterbox=GREY,
        score_threshold=0.5,
        iou_threshold=0.3,
        grids=((16, 2), (8, 6)),
        heads=(head,),
    )
    return Detector(model, open_interpreter(path, threads=1))


def open_mesher(path: Path) -> Mesher:
    """The face mesh as it was shipped."""
    model = LandmarksModel(_source(path), _input(192, 1 / 255, 0.0), CROP, 468, PRESENCE)
    return Mesher(model, open_interpreter(path, threads=1))


def nearest_centre(faces: tuple[Face, ...]) -> Face | None:
    """The face that is meant in a picture of LFW; None without faces."""
    return min(faces, key=_off_centre, default=None)


def chip_of(image: Image, landmarks: Landmarks) -> Image:
    """The aligned face (150, 150, 3) that the embedding takes."""
    points = landmarks.points[list(CHIP_POINTS), :2]
    return warp(image, similarity(points, np.array(CHIP_POSITIONS)), CHIP, CHIP)


def _off_centre(face: Face) -> float:
    x, y = face.box.centre
    return (x - 0.5) ** 2 + (y - 0.5) ** 2


def _source(path: Path) -> Source:
    return Source(path.stem, path, licence="", source="", card="")


def _input(side: int, scale: float, offset: float) -> PictureInput:
    return PictureInput(side, side, (scale,) * 3, (offset,) * 3)
