"""A worker process: reads tasks from its standard input, answers on its standard output, ends when that closes.

A mistake of ours in here ends the process; the pool then answers for it and starts another one.
"""

import contextlib
import io
import os
import pickle
import struct
import sys
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image as Pictures

from kiosk.central.inference.tasks import (
    Answer,
    DetectTask,
    Embedded,
    EmbedTask,
    Found,
    FoundFace,
    Reason,
    Task,
    Useless,
)
from kiosk.domain.errors import BadImage, FaceCount
from kiosk.domain.sight import Chip, Face, Floats, Image
from kiosk.vision import Options, Pipeline, open_vision
from kiosk.vision.chips import align
from kiosk.vision.reading import load_image_bytes

NICE = 10  # so that the server's own loop is never kept waiting for a processor
LENGTH = struct.Struct("<I")
WEBP_QUALITY = 85
THIS = "The picture"


def main() -> None:
    """Serve until the other side is gone."""
    tasks, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what a library prints must not get between the answers
    os.nice(NICE)
    eyes = open_vision(Path(sys.argv[1]), Options(threads=1))
    _send(answers, eyes.model.name)
    with contextlib.suppress(BrokenPipeError):  # the server was killed and wants no answer any more
        while (task := _received(tasks)) is not None:
            _send(answers, answer(eyes, task))


def answer(eyes: Pipeline, task: Task) -> Answer:
    """What that photograph shows."""
    try:
        image = load_image_bytes(task.picture, THIS)
        return _found(eyes, image) if isinstance(task, DetectTask) else _embedded(eyes, image, task)
    except BadImage as error:
        return Useless(Reason.NOT_A_PICTURE, str(error))
    except FaceCount as error:
        return _wrong_count(error.found)


def _found(eyes: Pipeline, image: Image) -> Found:
    height, width = image.shape[:2]
    return Found(width, height, tuple(_face(face) for face in eyes.faces_of(image)))


def _embedded(eyes: Pipeline, image: Image, task: EmbedTask) -> Embedded:
    height, width = image.shape[:2]
    face = eyes.one_face(image)
    mesh = eyes.landmarks_of(image, face)
    chip = align(image, mesh, eyes.model)
    embedding = eyes.embedder.embed(chip)
    points = mesh.points[:, :2] / np.array([width, height], np.float32) if task.with_mesh else np.empty((0, 2))
    return Embedded(
        width,
        height,
        _face(face, points.astype(np.float32)),
        embedding.model,
        embedding.vector,
        _webp(chip) if task.with_chip else None,
    )


def _face(face: Face, mesh: Floats | None = None) -> FoundFace:
    box = face.box
    points = () if mesh is None else tuple((round(float(x), 5), round(float(y), 5)) for x, y in mesh)
    keypoints = tuple((float(x), float(y)) for x, y in face.keypoints)
    return FoundFace((box.x, box.y, box.w, box.h), float(face.score), keypoints, points)


def _wrong_count(found: int) -> Useless:
    if found == 0:
        return Useless(Reason.NO_FACE, "No face was found; use a photograph that shows one face from the front.")
    return Useless(Reason.SEVERAL_FACES, f"{found} faces were found; use a photograph that shows one.")


def _webp(chip: Chip) -> bytes:
    out = io.BytesIO()
    Pictures.fromarray(chip.pixels).save(out, "WEBP", quality=WEBP_QUALITY)
    return out.getvalue()


def _received(stream: BinaryIO) -> Task | None:
    """The next task; None when there will be no more."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    task: Task = pickle.loads(stream.read(LENGTH.unpack(head)[0]))  # only ever from our own server
    return task


def _send(stream: BinaryIO, value: object) -> None:
    content = pickle.dumps(value, protocol=5)
    left = memoryview(LENGTH.pack(len(content)) + content)
    while left:
        left = left[stream.write(left) :]


if __name__ == "__main__":
    main()
