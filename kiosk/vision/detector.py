"""BlazeFace: faces and six key points in one downscaled frame.

Method: Bazarevsky and others, "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", 2019.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.domain.errors import ModelError
from kiosk.domain.sight import Box, Face, Floats, Image, frozen
from kiosk.vision.encoding import Encoder
from kiosk.vision.geometry import Letterbox, halved, halvings, letterbox
from kiosk.vision.manifest import DetectorModel, Head
from kiosk.vision.merging import merge_overlapping
from kiosk.vision.tflite import Array, Interpreter, Tensor

REGRESSORS = 16
_LOGIT_LIMIT = 60.0
# A face at a good distance scores .85 or more; below this it may be far off.
CLEAR = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class _Decoder:
    """One head with its anchors' centres (n, 2) in fractions of the input, and where its outputs are."""

    head: Head
    anchors: Floats
    logits_at: int
    regressors_at: int
    stored_threshold: float
    logits: Tensor
    regressors: Tensor


class Detector:
    """Finds faces in pictures of any size; the picture is fitted into the model's square. One thread owns it."""

    def __init__(self, model: DetectorModel, interpreter: Interpreter) -> None:
        self.model = model
        self._interpreter = interpreter
        self._encoder = Encoder(model.source.name, model.input, interpreter.inputs[0])
        if model.input.width != model.input.height:
            raise ModelError(f"{model.source.name} must have a square input")
        self.side = model.input.width
        self._decoders = _decoders(model, interpreter)
        self._square = np.full((self.side, self.side, 3), model.letterbox, np.uint8)
        self._placed = letterbox(self.side, self.side, self.side)

    def detect(self, image: Image) -> tuple[Face, ...]:
        """The faces in `image` (h, w, 3) RGB, the surest first; boxes and key points in fractions of it."""
        placed = self._fit(image)
        scores, rows = self._candidates()
        if not len(scores):
            return ()
        merged_scores, merged = merge_overlapping(scores, rows, self.model.iou_threshold)
        return _faces(merged_scores, merged, placed)

    def detect_far(self, image: Image) -> tuple[Face, ...]:
        """As `detect`; where that sees no face clearly, the middle square is looked at too, which reaches further."""
        found = self.detect(image)
        height, width = image.shape[:2]
        side = min(width, height)
        if (found and found[0].score >= CLEAR) or side == max(width, height):
            return found
        left, top = (width - side) // 2, (height - side) // 2
        place = Box(left / width, top / height, side / width, side / height)
        near = [placed_in(face, place) for face in self.detect(image[top : top + side, left : left + side])]
        rest = [face for face in found if all(face.box.overlap(one.box) < self.model.iou_threshold for one in near)]
        return tuple(sorted((*near, *rest), key=lambda face: -face.score))

    def _fit(self, image: Image) -> Letterbox:
        """Draw the picture into the grey square, whose border is painted only when its place changes."""
        height, width = image.shape[:2]
        placed = letterbox(width, height, self.side)
        if placed != self._placed:
            self._square.fill(self.model.letterbox)
            self._placed = placed
        inner = self._square[placed.top : placed.top + placed.height, placed.left : placed.left + placed.width]
        times = halvings(width / placed.width)
        if width % (1 << times) == 0 and height % (1 << times) == 0:
            cv2.resize(halved(image, times), (placed.width, placed.height), dst=inner, interpolation=cv2.INTER_LINEAR)
        else:
            cv2.resize(image, (placed.width, placed.height), dst=inner, interpolation=cv2.INTER_AREA)
        return placed

    def _candidates(self) -> tuple[Floats, Floats]:
        """Scores (n,) and rows (n, 16) of the anchors over the threshold: box corners, then six points, 0..1."""
        outputs = self._interpreter.run(self._encoder.encode(self._square))
        found = [_decode(decoder, outputs, self.side) for decoder in self._decoders]
        return np.concatenate([scores for scores, _ in found]), np.concatenate([rows for _, rows in found])


def placed_in(face: Face, place: Box) -> Face:
    """A face in fractions of `place`, a part of a picture, in fractions of the whole."""
    box = face.box
    size, origin = np.array([place.w, place.h], np.float32), np.array([place.x, place.y], np.float32)
    whole = Box(place.x + box.x * place.w, place.y + box.y * place.h, box.w * place.w, box.h * place.h)
    return Face(whole, face.score, frozen(face.keypoints * size + origin))


def _decode(decoder: _Decoder, outputs: list[Array], side: int) -> tuple[Floats, Floats]:
    stored = outputs[decoder.logits_at].reshape(-1)
    at = np.flatnonzero(stored >= decoder.stored_threshold)
    if not len(at):
        return np.empty(0, np.float32), np.empty((0, REGRESSORS), np.float32)
    head = decoder.head
    logits = (decoder.logits.real(stored[at]) - head.logit_offset) / head.logit_scale
    scores = 1 / (1 + np.exp(-np.clip(logits, -_LOGIT_LIMIT, _LOGIT_LIMIT)))
    real = decoder.regressors.real(outputs[decoder.regressors_at].reshape(-1, REGRESSORS)[at])
    real = (real - head.regressor_offset) / head.regressor_scale / np.float32(side)
    rows = real.reshape(-1, 8, 2)
    half = rows[:, 1] / 2
    anchors = decoder.anchors[at]
    centre = rows[:, 0] + anchors
    rows += anchors[:, None]
    rows[:, 0] = centre - half
    rows[:, 1] = centre + half
    return scores.astype(np.float32), rows.reshape(-1, REGRESSORS)


def _faces(scores: Floats, rows: Floats, placed: Letterbox) -> tuple[Face, ...]:
    points = placed.to_picture(rows.reshape(-1, 2)).reshape(-1, 8, 2)
    return tuple(_face(float(score), row) for score, row in zip(scores, points, strict=True))


def _face(score: float, row: Floats) -> Face:
    (left, top), (right, bottom) = row[0].tolist(), row[1].tolist()
    box = Box(left, top, max(0.0, right - left), max(0.0, bottom - top))
    return Face(box, score, frozen(row[2:].astype(np.float32)))


def _decoders(model: DetectorModel, interpreter: Interpreter) -> tuple[_Decoder, ...]:
    """Heads find their outputs by the number of values, because conversion changes the outputs' order."""
    anchors = _anchors(model.grids)
    decoders: list[_Decoder] = []
    start = 0
    for head in model.heads:
        logits_at = _output(model, interpreter, head.anchors)
        regressors_at = _output(model, interpreter, head.anchors * REGRESSORS)
        logits = interpreter.outputs[logits_at]
        decoders.append(
            _Decoder(
                head=head,
                anchors=anchors[start : start + head.anchors],
                logits_at=logits_at,
                regressors_at=regressors_at,
                stored_threshold=_stored_threshold(model.score_threshold, head, logits),
                logits=logits,
                regressors=interpreter.outputs[regressors_at],
            )
        )
        start += head.anchors
    return tuple(decoders)


def _output(model: DetectorModel, interpreter: Interpreter, values: int) -> int:
    found = [i for i, tensor in enumerate(interpreter.outputs) if tensor.values == values]
    if len(found) != 1:
        raise ModelError(f"{model.source.name} has {len(found)} outputs of {values} values where one is expected")
    return found[0]


def _stored_threshold(score: float, head: Head, tensor: Tensor) -> float:
    """The stored logit that stands for `score`, so that anchors below it are never decoded."""
    score = min(max(score, 1e-6), 1 - 1e-6)
    real = np.log(score / (1 - score)) * head.logit_scale + head.logit_offset
    return float(real / tensor.scale + tensor.zero_point)


def _anchors(grids: tuple[tuple[int, int], ...]) -> NDArray[np.float32]:
    """(n, 2) centres of the cells of each grid, row by row, repeated for the anchors of a cell."""
    found = []
    for cells, each in grids:
        middle = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        y, x = np.meshgrid(middle, middle, indexing="ij")
        found.append(np.repeat(np.stack([x, y], axis=-1).reshape(-1, 2), each, axis=0))
    return np.concatenate(found)
