"""Small factories for the vision room's tests: faces, frames, pictures that hold known things, and tiny models."""

import hashlib
from pathlib import Path

import cv2
import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from kiosk.domain.sight import Box, Face, Floats, Frame, Image, Landmarks
from kiosk.vision.manifest import EmbeddingModel

# Key points of an upright frontal face, in fractions of its box.
KEYPOINTS = [(0.28, 0.3), (0.72, 0.3), (0.5, 0.535), (0.5, 0.75), (0.02, 0.4), (0.98, 0.4)]


def a_face(x: float = 0.4, y: float = 0.3, w: float = 0.2, h: float = 0.2, score: float = 0.9) -> Face:
    """An upright face with that box."""
    points = np.array(KEYPOINTS, np.float32) * [w, h] + [x, y]
    return Face(Box(x, y, w, h), score, points.astype(np.float32))


def read(path: Path) -> Image:
    """A picture file as RGB."""
    found = cv2.imread(str(path))
    assert found is not None, path
    return np.ascontiguousarray(found[:, :, ::-1])


def a_frame(main: Image, at: float = 0.0, number: int = 0) -> Frame:
    """A camera's frame of that picture, `lores` at 320 wide."""
    height, width = main.shape[:2]
    lores = cv2.resize(main, (320, round(320 * height / width)), interpolation=cv2.INTER_AREA)
    return Frame(main, lores, at, number)


def in_a_room(portrait: Image, face: Face, width: int = 640, height: int = 480, share: float = 0.45) -> Image:
    """A grey frame in which the portrait's face is in the middle and `share` of the frame's height tall."""
    scale = share * height / (face.box.h * portrait.shape[0])
    x, y = face.box.centre
    shift = [width / 2 - x * portrait.shape[1] * scale, height / 2 - y * portrait.shape[0] * scale]
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    reduced = cv2.GaussianBlur(portrait, (0, 0), max(0.1, 0.4 / scale))
    return cv2.warpAffine(reduced, matrix, (width, height), borderValue=(110, 110, 110))


def a_mesh(model: EmbeddingModel, matrix: Floats) -> Landmarks:
    """Landmarks whose alignment points are the model's positions moved by `matrix` (2, 3)."""
    points = np.zeros((468, 3), np.float32)
    points[list(model.points), :2] = model.positions @ matrix[:, :2].T + matrix[:, 2]
    return Landmarks(points, 1.0)


def save_pooling_model(path: Path, side: int, window: int) -> int:
    """Write a TFLite model that averages `window` x `window` blocks of a picture; returns how many values it gives."""
    cells = side // window
    tensors = [
        schema.TensorT(shape=[1, side, side, 3], type=schema.TensorType.FLOAT32, name=b"picture"),
        schema.TensorT(shape=[1, cells, cells, 3], type=schema.TensorType.FLOAT32, name=b"means"),
    ]
    pooling = schema.Pool2DOptionsT(
        padding=schema.Padding.VALID, strideW=window, strideH=window, filterWidth=window, filterHeight=window
    )
    operator = schema.OperatorT(
        opcodeIndex=0,
        inputs=[0],
        outputs=[1],
        builtinOptionsType=schema.BuiltinOptions.Pool2DOptions,
        builtinOptions=pooling,
    )
    kind = schema.BuiltinOperator.AVERAGE_POOL_2D
    model = schema.ModelT(
        version=3,
        operatorCodes=[schema.OperatorCodeT(deprecatedBuiltinCode=kind, builtinCode=kind, version=1)],
        subgraphs=[schema.SubGraphT(tensors=tensors, inputs=[0], outputs=[1], operators=[operator])],
        buffers=[schema.BufferT()],
    )
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    path.write_bytes(bytes(builder.Output()))
    return cells * cells * 3


def sha256(path: Path) -> str:
    """The checksum of a file, as the manifest writes it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
