"""This kiosk's own pipeline as a `Recogniser`."""

from dataclasses import dataclass
from pathlib import Path

from kiosk.domain.errors import FaceCount
from kiosk.domain.sight import Floats, Image
from kiosk.evaluation.verification import Measure
from kiosk.vision import Pipeline
from kiosk.vision.reading import load_image

OURS = "kiosk"


@dataclass(slots=True)
class OurRecogniser:
    """Embeds the face nearest the centre, as the kiosk does with photographs."""

    eyes: Pipeline
    name: str = OURS
    measure: Measure = Measure.COSINE
    _picture: Image | None = None

    def begin(self, picture: Path) -> None:
        """Read the picture. Raises BadImage."""
        self._picture = load_image(picture)

    def vector(self) -> Floats | None:
        """The unit vector (d,) of the face nearest the centre, None if no face is found."""
        if self._picture is None:
            return None
        try:
            return self.eyes.embed_centre(self._picture)[1].vector
        except FaceCount:
            return None
