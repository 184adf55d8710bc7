"""Writes `models/manifest.toml` from what was built; the score tables at its end stay, made by `kiosk evaluate`."""

import re
import tomllib
from pathlib import Path

import numpy as np

from kiosk.vision.manifest import Head, Role
from models.build.fetch import sha256_of
from models.build.originals import CHIP, CHIP_POINTS, CHIP_POSITIONS, CROP, GREY, PRESENCE, SPAN

FILE = "manifest.toml"
DETECTOR_FILE = "blazeface_short_int8.tflite"
MESH_FILE = "face_mesh.tflite"
EMBEDDING_FILE = "dlib_resnet29_int8.tflite"

_TEMPLATE = """\
# Written by `scripts/models`; the score tables by `kiosk evaluate scores`. Real input = pixel * scale + offset, pixel
# 0..255 RGB. "Raw" is an output after dequantisation with the file's own scale and zero point.
format = 1

[[model]]
name = "blazeface-short-int8"
role = "detector"
file = "{detector_file}"
sha256 = "{detector_sha256}"
licence = "Apache-2.0"
source = "mediapipe 0.10.21 (PyPI wheel), mediapipe/modules/face_detection/face_detection_short_range.tflite"
card = "blazeface_short_int8.md"
[model.input]
width = {side}
height = {side}
offset = {offset!r} # grey 127 is exactly zero, and the int8 input exactly pixel - 128
scale = {scale!r}
[model.detector]
letterbox = {grey}
score_threshold = 0.5
iou_threshold = 0.3
anchors = [[16, 2], [8, 6]] # cells a side, anchors in a cell; at the cell's centre, row by row
# Outputs come in no fixed order; find them by shape: (1, anchors, 1) logits, (1, anchors, 16) regressors.
# logit = (raw - logit_offset) / logit_scale, score = sigmoid(logit); regressor = (raw - offset) / scale for each of 16:
# the box's centre x, y relative to the anchor, width, height, then six points x, y relative to the anchor (right eye,
# left eye, nose tip, mouth, right ear, left ear; the person's right), all in pixels of the input.
{heads}
[[model]]
name = "face-mesh-468"
role = "landmarks"
file = "{mesh_file}"
sha256 = "{mesh_sha256}"
licence = "Apache-2.0"
source = "mediapipe 0.10.21 (PyPI wheel), mediapipe/modules/face_landmark/face_landmark.tflite"
card = "face_mesh.md"
[model.input]
width = {mesh_side}
height = {mesh_side}
offset = 0.0
scale = {mesh_scale!r}
[model.landmarks]
# outputs, found by their number of values: 1404 = 468 x (x, y, z) in pixels of the crop; 1 = presence as a logit
crop = {crop} # side of the square crop, times the long side of the face's box
points = 468
presence_threshold = {presence}

[[model]]
name = "dlib-resnet29-int8"
role = "embedding"
file = "{embedding_file}"
sha256 = "{embedding_sha256}"
licence = "CC0-1.0"
source = "face_recognition_models 0.3.0 (PyPI source archive), dlib_face_recognition_resnet_model_v1.dat"
card = "dlib_resnet29_int8.md"
[model.input]
width = {chip}
height = {chip}
offset = 0.0 # the int8 input is exactly pixel - 128
scale = 1.0
[model.embedding]
dimension = 128
chip = {chip}
mirror = true # mean of the chip's and the mirrored chip's unit vectors, normalised again
normalise = "l2"
points = {points} # mesh points used for alignment
positions = {positions}
{tables}"""

_TABLES = re.compile(r"^\[model\.embedding\.\w+_table\]", re.MULTILINE)
_HEAD = """\
[[model.detector.heads]]
anchors = {anchors}
logit_scale = {logit_scale!r}
logit_offset = {logit_offset!r}
regressor_scale = {regressor_scale}
regressor_offset = {regressor_offset}
"""


def write_manifest(folder: Path, heads: tuple[Head, ...]) -> None:
    """Writes the manifest beside the models in `folder`, which holds the one before (its score tables stay)."""
    target = folder / FILE
    tables = _score_tables(target)
    target.write_text(
        _TEMPLATE.format(
            detector_file=DETECTOR_FILE,
            detector_sha256=sha256_of(folder / DETECTOR_FILE),
            side=128,
            offset=round(-GREY / SPAN, 9),
            scale=round(1 / SPAN, 12),
            grey=GREY,
            heads="".join(_head(head) for head in heads),
            mesh_file=MESH_FILE,
            mesh_sha256=sha256_of(folder / MESH_FILE),
            mesh_side=192,
            mesh_scale=round(1 / 255, 12),
            crop=CROP,
            presence=PRESENCE,
            embedding_file=EMBEDDING_FILE,
            embedding_sha256=sha256_of(folder / EMBEDDING_FILE),
            chip=CHIP,
            points=list(CHIP_POINTS),
            positions=[list(position) for position in CHIP_POSITIONS],
            tables=tables,
        )
    )


def read_heads(manifest: Path) -> tuple[Head, ...]:
    """The detector's heads as the manifest has them."""
    models = tomllib.loads(manifest.read_text(encoding="utf-8"))["model"]
    (detector,) = (model for model in models if model["role"] == Role.DETECTOR)
    return tuple(
        Head(
            head["anchors"],
            head["logit_scale"],
            head["logit_offset"],
            np.array(head["regressor_scale"], np.float32),
            np.array(head["regressor_offset"], np.float32),
        )
        for head in detector["detector"]["heads"]
    )


def _score_tables(manifest: Path) -> str:
    """The end of the manifest, as it stands: the embedding's tables."""
    text = manifest.read_text(encoding="utf-8")
    first = _TABLES.search(text)
    if first is None:
        raise ValueError(f"{manifest} has no score table: restore it, or write one with any figures to begin with")
    return text[first.start() :]


def _head(head: Head) -> str:
    return _HEAD.format(
        anchors=head.anchors,
        logit_scale=head.logit_scale,
        logit_offset=round(head.logit_offset, 6),
        regressor_scale=[round(float(value), 6) for value in head.regressor_scale],
        regressor_offset=[round(float(value), 6) for value in head.regressor_offset],
    )
