"""Faces at any distance in a photograph: the detector over overlapping tiles at several scales, then merged."""

from kiosk.domain.sight import Face, Image
from kiosk.vision.detector import Detector


def find_faces(detector: Detector, image: Image) -> tuple[Face, ...]:
    """The faces in a photograph (h, w, 3) RGB of any size, the surest first; boxes in fractions of it."""
    return detector.detect(image)
