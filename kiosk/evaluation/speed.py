"""How long each stage takes on real faces, in one thread, and how much faster than its peers that is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from kiosk.cameras.frames import make_frame
from kiosk.domain.errors import NotFound
from kiosk.domain.people import Template
from kiosk.domain.ports import Clock
from kiosk.domain.sight import Chip, Embedding, Floats, Frame, Image, frozen
from kiosk.evaluation.frames import LORES_WIDTH
from kiosk.evaluation.peers import Peer, PeerName
from kiosk.evaluation.timing import Timer, Timing, take_turns, timer, timing
from kiosk.identity.calibration import Options, open_level
from kiosk.identity.gallery import Gallery
from kiosk.vision import Pipeline
from kiosk.vision.chips import align
from kiosk.vision.embedder import Embedder
from kiosk.vision.tflite import open_interpreter

RUNS = 100
GALLERY = 10_000
GALLERIES = (1_000, 10_000, 100_000)
DECISION = "decision"

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Speed:
    """Timings by stage of this kiosk and, by peer, of the peers; `absent` says why a peer was not measured."""

    stages: Mapping[str, Timing]
    peers: Mapping[PeerName, Mapping[str, Timing]]
    absent: Mapping[PeerName, str]

    def ratio(self, ours: str, peer: PeerName, theirs: str) -> float | None:
        """How many times faster our stage is than that of a peer; None where either was not measured."""
        their = self.peers.get(peer, {}).get(theirs)
        our = self.stages.get(ours)
        return their.median_ms / our.median_ms if their and our else None


@dataclass(slots=True)
class SpeedTest:
    """Measures one pipeline and the `peers` that are open, frame by frame."""

    eyes: Pipeline
    clock: Clock
    peers: Sequence[Peer] = ()
    absent: Mapping[PeerName, str] = field(default_factory=dict)
    once: Embedder = field(init=False)

    def __post_init__(self) -> None:
        self.once = _without_mirror(self.eyes)

    def usable(self, frames: Sequence[Image]) -> Sequence[Image]:
        """The frames with a face that the kiosk would embed. Raises NotFound if there is none."""
        good = [frame for frame in frames if self._sees(frame)]
        if not good:
            raise NotFound("none of these pictures shows a face that is good enough to measure with; give others.")
        return good

    def run(self, usable: Sequence[Image], progress: Progress) -> Speed:
        """Every stage on every one of the usable frames, `RUNS` times or more in all, then matching."""
        cv2.setNumThreads(1)
        runs = -(-RUNS // len(usable))
        spent: dict[tuple[str, str], list[float]] = {}
        gallery = a_gallery(GALLERY, self.eyes.model.name, self.eyes.model.dimension)
        with TemporaryDirectory() as folder:
            for i, frame in enumerate(usable):
                progress(i, len(usable))
                timers = self._own(frame, gallery) | self._peers(frame, Path(folder) / f"{i}.npy")
                for name, seconds in take_turns(timers, runs).items():
                    spent.setdefault(name, []).extend(seconds)
        progress(len(usable), len(usable))
        del gallery
        spent |= self._matching()
        figures = {name: timing(seconds) for name, seconds in spent.items()}
        return Speed(
            stages={stage: figure for (who, stage), figure in figures.items() if not who},
            peers={peer.kind: _of(peer.kind, figures) for peer in self.peers},
            absent=self.absent,
        )

    def _sees(self, image: Image) -> bool:
        frame = make_frame(image, LORES_WIDTH, self.clock.monotonic(), 0)
        return self.eyes.see(frame, True).sample is not None

    def _own(self, image: Image, gallery: Gallery) -> dict[tuple[str, str], Timer]:
        eyes, once = self.eyes, self.once
        frame = make_frame(image, LORES_WIDTH, self.clock.monotonic(), 0)
        (face, *_) = eyes.detector.detect(frame.lores)
        landmarks = eyes.landmarks_of(image, face)
        chip = align(image, landmarks, eyes.model)
        work: dict[str, Callable[[], object]] = {
            "shrink": lambda: make_frame(image, LORES_WIDTH, 0.0, 0),
            "detect": lambda: eyes.detector.detect(frame.lores),
            "landmarks": lambda: eyes.landmarks_of(image, face),
            "align": lambda: align(image, landmarks, eyes.model),
            "embed": lambda: eyes.embedder.embed(chip),
            "embed_once": lambda: once.embed(chip),
            "detect_landmarks_embed": lambda: eyes.embedder.embed(_chip(eyes, frame)),
            "detect_landmarks_embed_once": lambda: once.embed(_chip(eyes, frame)),
            DECISION: lambda: self._decide(image, gallery),
        }
        return {("", stage): timer(self.clock, do) for stage, do in work.items()}

    def _decide(self, image: Image, gallery: Gallery) -> bool:
        """From the camera's picture to whether this is somebody of the gallery: all that one frame costs."""
        frame = make_frame(image, LORES_WIDTH, self.clock.monotonic(), 0)
        sample = self.eyes.see(frame, True).sample
        if sample is None:
            return False
        level = open_level(self.eyes.model.gallery_table, gallery.size, Options())
        (nearest,) = gallery.rank(sample.embedding, most=1)
        return level is not None and nearest.similarity >= level.threshold

    def _peers(self, image: Image, path: Path) -> dict[tuple[str, str], Timer]:
        if not self.peers:
            return {}
        np.save(path, image)
        timers: dict[tuple[str, str], Timer] = {}
        for peer in self.peers:
            for stage in peer.ask({"frame": str(path)})["stages"]:
                timers[peer.kind, stage] = _remote(peer, stage)
        return timers

    def _matching(self) -> dict[tuple[str, str], list[float]]:
        model = self.eyes.model
        spent: dict[tuple[str, str], list[float]] = {}
        for size in GALLERIES:
            gallery = a_gallery(size, model.name, model.dimension)
            probe = Embedding(gallery.matrix[size // 2], model.name)
            once = timer(self.clock, partial(gallery.rank, probe))
            spent["", f"match_{size}"] = take_turns({"match": once}, RUNS)["match"]
        return spent


def a_gallery(people: int, model: str, dimension: int) -> Gallery:
    """A gallery of that many random people, one template each, the same at every call."""
    rows = random_vectors(people, dimension)
    templates = [Template(f"t{i}", f"p{i}", Embedding(row, model), 1) for i, row in enumerate(rows)]
    return Gallery.from_templates(templates, model)


def random_vectors(count: int, dimension: int) -> Floats:
    """(count, dimension) float32 of unit length, the same at every call."""
    rows = np.random.default_rng(1).standard_normal((count, dimension), np.float32)
    return frozen(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def _without_mirror(eyes: Pipeline) -> Embedder:
    """The embedder with one pass through the network, as dlib does it, to compare like with like."""
    interpreter = open_interpreter(eyes.model.source.path, eyes.options.threads)
    return Embedder(replace(eyes.model, mirror=False), interpreter)


def _chip(eyes: Pipeline, frame: Frame) -> Chip:
    face = eyes.detector.detect(frame.lores)[0]
    return align(frame.main, eyes.landmarks_of(frame.main, face), eyes.model)


def _remote(peer: Peer, stage: str) -> Timer:
    return lambda: float(peer.ask({"time": stage})["seconds"])


def _of(peer: PeerName, figures: Mapping[tuple[str, str], Timing]) -> dict[str, Timing]:
    return {stage: figure for (who, stage), figure in figures.items() if who == peer}
