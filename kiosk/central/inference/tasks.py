"""What a worker is asked, and what it answers. Only plain values travel between the processes."""

from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.domain.sight import Embedding, Floats, frozen


class Reason(StrEnum):
    """Why a photograph is of no use."""

    NOT_A_PICTURE = "not-a-picture"
    NO_FACE = "no-face"
    SEVERAL_FACES = "several-faces"
    TOO_SMALL = "face-too-small"
    TOO_BLURRED = "too-blurred"
    TOO_DARK = "too-dark"
    TOO_BRIGHT = "too-bright"
    TURNED = "turned-away"


@dataclass(frozen=True, slots=True)
class DetectTask:
    """Find every face of a photograph."""

    picture: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class EmbedTask:
    """The one face of a photograph, as a vector; with its chip and mesh where wanted."""

    picture: bytes = field(repr=False)
    with_chip: bool = False
    with_mesh: bool = False


Task = DetectTask | EmbedTask


@dataclass(frozen=True, slots=True)
class FoundFace:
    """A face: box (x, y, w, h) and six key points (x, y), all in fractions of the photograph; score 0..1."""

    box: tuple[float, float, float, float]
    score: float
    keypoints: tuple[tuple[float, float], ...]
    mesh: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Every face of a photograph of that size in pixels."""

    width: int
    height: int
    faces: tuple[FoundFace, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """The one face of a photograph: where, its vector (d,) float32 of unit length, and its chip as WebP."""

    width: int
    height: int
    face: FoundFace
    model: str
    vector: Floats = field(repr=False)
    chip: bytes | None = field(default=None, repr=False)

    @property
    def embedding(self) -> Embedding:
        """Its vector, as identity knows it."""
        return Embedding(frozen(self.vector.copy()), self.model)


@dataclass(frozen=True, slots=True)
class Useless:
    """The photograph is of no use, in one sentence and as a code."""

    reason: Reason
    sentence: str


Answer = Found | Embedded | Useless
