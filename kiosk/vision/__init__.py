"""Vision: from pixels to an observation. The way in is `open_vision`."""

from pathlib import Path

import cv2

from kiosk.vision.detector import Detector
from kiosk.vision.embedder import open_embedder
from kiosk.vision.landmarks import Mesher
from kiosk.vision.manifest import EmbeddingModel, load_manifest
from kiosk.vision.options import Options
from kiosk.vision.pipeline import Pipeline
from kiosk.vision.tflite import open_interpreter

__all__ = ["Options", "Pipeline", "open_vision"]


def open_vision(models: Path, options: Options, embedding: EmbeddingModel | None = None) -> Pipeline:
    """The models of that folder, checked and ready; with another `embedding` where one is given. Raises ModelError.

    OpenCV takes its number of threads from the same option, for the whole process.
    """
    manifest = load_manifest(models)
    cv2.setNumThreads(options.threads)
    return Pipeline(
        Detector(manifest.detector, open_interpreter(manifest.detector.source.path, options.threads)),
        Mesher(manifest.landmarks, open_interpreter(manifest.landmarks.source.path, options.threads)),
        open_embedder(embedding or manifest.embedding, options.threads),
        options,
    )
