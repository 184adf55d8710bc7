"""From the pinned originals to the files that the product ships: one function a model."""

import logging
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from kiosk.domain.sight import Image
from kiosk.vision.manifest import Head
from kiosk.vision.tflite import open_interpreter
from models.build import blazeface, calibration, fetch, originals
from models.build.dlib_dat import Floats, read_network
from models.build.graph import read_graph, to_keras
from models.build.heads import fitted, with_bounded_heads
from models.build.mesh import with_int8_weights
from models.build.quantise import fully_int8
from models.build.resnet29 import build
from models.build.tighten import tightened

log = logging.getLogger(__name__)

_MEASURED = 900  # scenes for the channels' ranges; all are used for quantising


@dataclass(frozen=True, slots=True)
class Places:
    """The download cache, and the labelled faces: `faces/PERSON/*.jpg`."""

    cache: Path
    faces: Path


def detector(places: Places) -> tuple[bytes, tuple[Head, ...]]:
    """BlazeFace short range in int8, and the scales of its outputs."""
    _start_afresh()
    original = fetch.fetch(fetch.DETECTOR, places.cache)
    pictures = calibration.one_each(calibration.pictures(places.faces, for_calibration=True))
    log.info("detector: scenes of %d people", len(pictures))
    scenes = _with_extremes(list(calibration.scenes(pictures, 128)))
    graph = blazeface.centred(read_graph(original))
    graph = blazeface.equalised(graph, blazeface.measure(graph, scenes[:_MEASURED]))
    bounded, heads = with_bounded_heads(graph, scenes)
    log.info("detector: quantising")
    model = tightened(fully_int8(to_keras(bounded), (blazeface.real_input(scene) for scene in scenes)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "detector.tflite"
        path.write_bytes(model)
        quantised = open_interpreter(path, threads=1)
        return model, fitted(heads, quantised, open_interpreter(original, threads=1), scenes)


def landmarks(places: Places) -> bytes:
    """The face mesh with int8 weights."""
    _start_afresh()
    return with_int8_weights(fetch.fetch(fetch.MESH, places.cache))


def embedding(places: Places) -> bytes:
    """dlib's ResNet-29 in int8."""
    _start_afresh()
    network = read_network(fetch.fetch(fetch.EMBEDDING, places.cache))
    pictures = calibration.one_each(calibration.pictures(places.faces, for_calibration=True))
    log.info("embedding: chips of %d people", len(pictures))
    chips = _with_extremes(list(chips_of(pictures, places)))
    log.info("embedding: quantising")
    return fully_int8(build(network), (as_sample(chip) for chip in chips))


def chips_of(pictures: tuple[Path, ...], places: Places) -> Iterator[Image]:
    """The aligned face of each picture, found by the original models."""
    finder = originals.open_detector(fetch.fetch(fetch.DETECTOR, places.cache))
    mesher = originals.open_mesher(fetch.fetch(fetch.MESH, places.cache))
    for path in pictures:
        image = calibration.read_rgb(path)
        face = originals.nearest_centre(finder.detect(image))
        if face is not None:
            yield originals.chip_of(image, mesher.points(image, face))


def as_sample(chip: Image) -> Floats:
    """The chip as the float network's input (1, 150, 150, 3)."""
    return chip[None].astype(np.float32)


def _start_afresh() -> None:
    """Keras numbers its layers, and the names go into the file: the same bytes, whatever was built before."""
    tf.keras.backend.clear_session()


def _with_extremes(pictures: list[Image]) -> list[Image]:
    """The same pictures, the first with one black and one white pixel, so that int8 input is exactly pixel - 128."""
    first = pictures[0].copy()
    first[0, 0], first[0, 1] = 0, 255
    return [first, *pictures[1:]]
