"""How many faces are found: boxes of the detector against labelled ones, matched one to one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kiosk.domain.errors import NotFound
from kiosk.domain.sight import Box
from kiosk.evaluation.tables import LabelledBox

OVERLAP = 0.4

Progress = Callable[[int, int], None]
FindFaces = Callable[[Path], Sequence[tuple[Box, float]]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One box that the detector gave: its score, and whether it lies on a labelled face of its own."""

    score: float
    right: bool


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """The figures: `precision_curve` and `recall_curve` (n,) with the findings taken surest first."""

    pictures: int
    faces: int
    found: int
    false_alarms: int
    average_precision: float
    recall_curve: NDArray[np.float64]
    precision_curve: NDArray[np.float64]

    @property
    def recall(self) -> float:
        """Share of the labelled faces that were found."""
        return self.found / self.faces

    @property
    def precision(self) -> float:
        """Share of the boxes given that lie on a face; 1 if none was given."""
        given = self.found + self.false_alarms
        return self.found / given if given else 1.0


def evaluate(boxes: Sequence[LabelledBox], images: Path, find: FindFaces, progress: Progress) -> Detection:
    """The figures of `find` (boxes in pixels, with scores) on labelled pictures. Raises NotFound, BadImage."""
    files = sorted({box.file for box in boxes})
    missing = next((file for file in files if not (images / file).is_file()), None)
    if missing is not None:
        raise NotFound(f"{images / missing} is missing; give the folder of the pictures with --images.")
    findings: list[Finding] = []
    for i, file in enumerate(files):
        progress(i, len(files))
        labelled = [Box(box.x, box.y, box.w, box.h) for box in boxes if box.file == file]
        findings += judge(find(images / file), labelled)
    progress(len(files), len(files))
    return summary(findings, faces=len(boxes), pictures=len(files))


def judge(given: Sequence[tuple[Box, float]], labelled: Sequence[Box]) -> list[Finding]:
    """Each given box, surest first, takes the labelled face it overlaps most, if .4 or more and still free."""
    free = list(labelled)
    findings = []
    for box, score in sorted(given, key=lambda one: -one[1]):
        nearest = max(free, key=box.overlap, default=None)
        right = nearest is not None and box.overlap(nearest) >= OVERLAP
        if right and nearest is not None:
            free.remove(nearest)
        findings.append(Finding(score, right))
    return findings


def summary(findings: Sequence[Finding], *, faces: int, pictures: int) -> Detection:
    """The figures over all pictures. Average precision is the area under the curve, interpolated from the right."""
    ranked = np.array([one.right for one in sorted(findings, key=lambda one: -one.score)], bool)
    right = np.cumsum(ranked)
    recall = right / faces
    precision = right / np.arange(1, len(ranked) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    steps = np.diff(recall, prepend=0.0)
    found = int(ranked.sum())
    return Detection(
        pictures=pictures,
        faces=faces,
        found=found,
        false_alarms=len(ranked) - found,
        average_precision=float(np.sum(steps * envelope)),
        recall_curve=recall,
        precision_curve=precision,
    )
