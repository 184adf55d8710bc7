"""Measures the committed models against their originals, by the product's own code, on people that no one tuned on."""

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from kiosk.domain.sight import Chip, Embedding, Face, Floats, Image, Landmarks
from kiosk.vision.detector import Detector
from kiosk.vision.embedder import Embedder
from kiosk.vision.landmarks import Mesher
from kiosk.vision.manifest import EmbeddingModel, Manifest, PictureInput, Source, load_manifest
from kiosk.vision.tflite import open_interpreter
from models.build import calibration, fetch, originals
from models.build.dlib_dat import read_network
from models.build.parity import largest_difference
from models.build.quantise import unquantised
from models.build.recipes import Places
from models.build.resnet29 import build

T = TypeVar("T")
Figures = dict[str, dict[str, float]]

EYES = (33, 133), (362, 263)  # the mesh's corners of the right and the left eye
_RIGHT_EYE, _LEFT_EYE = 0, 1  # key points of the detector
_PARITY_CHIPS = 50
_AT_MOST = {
    ("embedding", "float_against_dlib"): 1e-5,
    ("detector", "keypoints_mean"): 0.03,
    ("detector", "keypoints_p99"): 0.06,
    ("landmarks", "points_mean"): 0.01,
    ("landmarks", "points_p99"): 0.01,
}
_AT_LEAST = {
    ("embedding", "cosine_mean"): 0.9985,
    ("embedding", "cosine_p1"): 0.985,
    ("detector", "found"): 0.999,
}


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured: every n-th picture."""

    every: int = 1


@dataclass(slots=True)
class _Race(Generic[T]):
    """Our model and the original on the same input, in turns first, so that neither always finds a cold cache."""

    ours_ms: list[float] = field(default_factory=list)
    original_ms: list[float] = field(default_factory=list)

    def run(self, ours: Callable[[], T], original: Callable[[], T]) -> tuple[T, T]:
        """What both return."""
        if len(self.ours_ms) % 2:
            found = _timed(ours, self.ours_ms)
            return found, _timed(original, self.original_ms)
        wanted = _timed(original, self.original_ms)
        return _timed(ours, self.ours_ms), wanted

    def figures(self) -> dict[str, float]:
        """Medians."""
        return {"ms": float(np.median(self.ours_ms)), "original_ms": float(np.median(self.original_ms))}


def _timed(call: Callable[[], T], taken_ms: list[float]) -> T:
    start = time.perf_counter()
    result = call()
    taken_ms.append((time.perf_counter() - start) * 1e3)
    return result


def run_checks(folder: Path, places: Places, extent: Extent) -> Figures:
    """All figures, by model. Distances are in distances between the eyes, times in ms on one thread."""
    manifest = load_manifest(folder)
    pictures = calibration.pictures(places.faces, for_calibration=False)[:: extent.every]
    detector = _DetectorCheck.start(manifest, places)
    mesh = _MeshCheck.start(manifest, places)
    chips = []
    for path in pictures:
        image = calibration.read_rgb(path)
        face = detector.look(image)
        if face is not None:
            chips.append(originals.chip_of(image, mesh.look(image, face)))
    return {
        "detector": detector.figures(),
        "landmarks": mesh.figures(),
        "embedding": _embedding_figures(manifest.embedding, places, chips),
    }


def missed_bars(figures: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Sentences about the figures that miss their bar."""
    over = [(key, bar) for key, bar in _AT_MOST.items() if figures[key[0]][key[1]] > bar]
    under = [(key, bar) for key, bar in _AT_LEAST.items() if figures[key[0]][key[1]] < bar]
    return [f"{model} {figure} is above {bar}" for (model, figure), bar in over] + [
        f"{model} {figure} is below {bar}" for (model, figure), bar in under
    ]


@dataclass(slots=True)
class _DetectorCheck:
    """Both detectors side by side; key points are compared where both find the face."""

    ours: Detector
    original: Detector
    errors: list[Floats] = field(default_factory=list)
    overlaps: list[float] = field(default_factory=list)
    found: list[bool] = field(default_factory=list)
    race: _Race[tuple[Face, ...]] = field(default_factory=_Race)

    @classmethod
    def start(cls, manifest: Manifest, places: Places) -> "_DetectorCheck":
        """Both models opened."""
        model = manifest.detector
        ours = Detector(model, open_interpreter(model.source.path, threads=1))
        return cls(ours, originals.open_detector(fetch.fetch(fetch.DETECTOR, places.cache)))

    def look(self, image: Image) -> Face | None:
        """The face that the original finds."""
        both = self.race.run(lambda: self.ours.detect(image), lambda: self.original.detect(image))
        face, wanted = (originals.nearest_centre(faces) for faces in both)
        self.found.append(face is not None)
        if face is not None and wanted is not None:
            size = np.array(image.shape[1::-1])
            eyes = np.linalg.norm((wanted.keypoints[_RIGHT_EYE] - wanted.keypoints[_LEFT_EYE]) * size)
            self.errors.append(np.linalg.norm((face.keypoints - wanted.keypoints) * size, axis=1) / eyes)
            self.overlaps.append(face.box.overlap(wanted.box))
        return wanted

    def figures(self) -> dict[str, float]:
        """Mean and 99th percentile of a picture's mean key point error, and of single points."""
        errors = np.array(self.errors)
        return {
            "pictures": len(self.found),
            "found": float(np.mean(self.found)),
            "keypoints_mean": float(errors.mean()),
            "keypoints_p99": float(np.percentile(errors.mean(1), 99)),
            "single_keypoints_p99": float(np.percentile(errors, 99)),
            "overlap_mean": float(np.mean(self.overlaps)),
            **self.race.figures(),
            "bytes": self.ours.model.source.path.stat().st_size,
        }


@dataclass(slots=True)
class _MeshCheck:
    """Both meshes on the same crops."""

    ours: Mesher
    original: Mesher
    errors: list[float] = field(default_factory=list)
    presences: list[float] = field(default_factory=list)
    race: _Race[Landmarks] = field(default_factory=_Race)

    @classmethod
    def start(cls, manifest: Manifest, places: Places) -> "_MeshCheck":
        """Both models opened."""
        model = manifest.landmarks
        ours = Mesher(model, open_interpreter(model.source.path, threads=1))
        return cls(ours, originals.open_mesher(fetch.fetch(fetch.MESH, places.cache)))

    def look(self, image: Image, face: Face) -> Landmarks:
        """The original's mesh of the face."""
        found, wanted = self.race.run(lambda: self.ours.points(image, face), lambda: self.original.points(image, face))
        right, left = (wanted.points[list(corners), :2].mean(0) for corners in EYES)
        apart = np.linalg.norm(found.points[:, :2] - wanted.points[:, :2], axis=1)
        self.errors.append(float(apart.mean() / np.linalg.norm(right - left)))
        self.presences.append(abs(found.presence - wanted.presence))
        return wanted

    def figures(self) -> dict[str, float]:
        """Mean and 99th percentile of a picture's mean point error."""
        return {
            "pictures": len(self.errors),
            "points_mean": float(np.mean(self.errors)),
            "points_p99": float(np.percentile(self.errors, 99)),
            "presence_max_difference": float(np.max(self.presences)),
            **self.race.figures(),
            "bytes": self.ours.model.source.path.stat().st_size,
        }


def _embedding_figures(model: EmbeddingModel, places: Places, chips: list[Image]) -> dict[str, float]:
    """Cosine between the int8 and the float vector of single chips, and the float network against dlib itself."""
    dat = fetch.fetch(fetch.EMBEDDING, places.cache)
    network = build(read_network(dat))
    race: _Race[Embedding] = _Race()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "float.tflite"
        path.write_bytes(unquantised(network))
        single = replace(model, mirror=False)
        as_float = replace(single, source=Source("float", path, "", "", ""), input=_raw(model.chip))
        ours = Embedder(single, open_interpreter(model.source.path, threads=1))
        exact = Embedder(as_float, open_interpreter(path, threads=1))
        pairs = [race.run(partial(ours.embed, Chip(chip)), partial(exact.embed, Chip(chip))) for chip in chips]
    cosines = [float(found.vector @ wanted.vector) for found, wanted in pairs]
    spread = chips[:: max(1, len(chips) // _PARITY_CHIPS)]
    return {
        "chips": len(chips),
        "float_against_dlib": largest_difference(dat, network, spread),
        "cosine_mean": float(np.mean(cosines)),
        "cosine_p1": float(np.percentile(cosines, 1)),
        "cosine_min": float(np.min(cosines)),
        **race.figures(),
        "bytes": model.source.path.stat().st_size,
    }


def _raw(side: int) -> PictureInput:
    return PictureInput(side, side, (1.0,) * 3, (0.0,) * 3)
