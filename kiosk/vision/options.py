"""The vision room's settings."""

from dataclasses import dataclass, field

from kiosk.domain.options import option
from kiosk.vision.quality import Options as QualityOptions
from kiosk.vision.tracker import Options as TrackerOptions


@dataclass(frozen=True, slots=True)
class Options:
    """How the models run and when a face is good enough."""

    threads: int = option(1, "Threads for each model.", low=1, high=8)
    same_face_fmr: float = option(
        0.01, "A track whose face stops matching itself at this false match rate is another person.", low=1e-6, high=1
    )
    quality: QualityOptions = field(default_factory=QualityOptions)
    tracker: TrackerOptions = field(default_factory=TrackerOptions)
