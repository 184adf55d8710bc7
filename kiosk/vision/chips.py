"""Alignment: the face turned, scaled and shifted so that its landmarks lie where the embedding model learned them."""

import numpy as np

from kiosk.domain.sight import Chip, Image, Landmarks, frozen
from kiosk.vision.geometry import shrunk, similarity, warp
from kiosk.vision.manifest import EmbeddingModel


def align(image: Image, landmarks: Landmarks, model: EmbeddingModel) -> Chip:
    """The chip of a face, of the model's input size; `landmarks` are in pixels of `image`."""
    width, height = model.input.width, model.input.height
    scale = np.array([width, height], np.float64) / model.chip
    source = landmarks.points[list(model.points), :2]
    target = (model.positions + 0.5) * scale - 0.5
    return Chip(frozen(warp(image, similarity(source, target), width, height)))


def kept_chip(image: Image, model: EmbeddingModel) -> Chip:
    """A chip that was kept as a picture, in the model's input size."""
    width, height = model.input.width, model.input.height
    return Chip(frozen(image if image.shape[:2] == (height, width) else shrunk(image, width, height)))
