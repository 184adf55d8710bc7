"""Small factories: faces are directions in 16 dimensions, so that a test can say how alike two are."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from kiosk.domain.people import PassClaims, Template
from kiosk.domain.scores import ScoreTable
from kiosk.domain.sight import Box, Chip, Embedding, frozen
from kiosk.domain.verdict import Advice, Observation, Quality, Sample
from kiosk.identity.calibration import Options
from kiosk.identity.gallery import Gallery
from kiosk.identity.vectors import unit
from kiosk.identity.verifier import Verifier

MODEL = "made-up-16"
WIDTH = 16
# At 1e-3 the score is .6, each factor of ten is .1 more; measured down to 1e-6.
TABLE = ScoreTable((1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6), (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9))
OPTIONS = Options()
BOX = Box(0.4, 0.3, 0.2, 0.3)


def a_face(person: int, alike: float = 1.0, odd: int = 15) -> Embedding:
    """A face with cosine `alike` to that person's template; what differs lies in direction `odd`."""
    vector = np.zeros(WIDTH)
    vector[odd] = np.sqrt(1 - alike**2)
    vector[person] += alike
    return unit(vector, MODEL)


def a_quality(advice: Advice | None = None, *, face_px: float = 90, yaw_deg: float = 0) -> Quality:
    return Quality(face_px, 300, 0.5, 0.2, yaw_deg, 0, 0, 0, advice)


def a_sample(embedding: Embedding, quality: Quality | None = None) -> Sample:
    chip = Chip(frozen(np.zeros((4, 4, 3), dtype=np.uint8)))
    return Sample(embedding, a_quality() if quality is None else quality, chip)


def a_template(person: int, embedding: Embedding | None = None) -> Template:
    return Template(f"t{person}", f"p{person}", a_face(person) if embedding is None else embedding, 3)


def a_gallery(*people: int) -> Gallery:
    return Gallery.from_templates([a_template(person) for person in people], MODEL)


def a_claim(person: int, pass_id: str = "pass-1") -> PassClaims:
    day = datetime(2025, 1, 1, tzinfo=UTC)
    return PassClaims(pass_id, f"p{person}", "site", day, day.replace(day=2))


def a_verifier(options: Options = OPTIONS, table: ScoreTable = TABLE) -> Verifier:
    numbers = itertools.count(1)
    return Verifier(table, options, lambda: f"decision-{next(numbers)}")


class Camera:
    """Makes observations a tenth of a second apart."""

    def __init__(self) -> None:
        self._times: Iterator[float] = (100 + i / 10 for i in itertools.count())

    def sees(self, *faces: Embedding, track: int = 1) -> list[Observation]:
        """One observation with a sample for each face."""
        return [Observation(next(self._times), track, BOX, a_quality(), a_sample(face), faces=1) for face in faces]

    def sees_nobody(self, frames: int = 1) -> list[Observation]:
        return [Observation(next(self._times)) for _ in range(frames)]

    def sees_badly(self, frames: int = 1, track: int = 1) -> list[Observation]:
        """A face that is no good."""
        bad = a_quality(Advice.COME_CLOSER)
        return [Observation(next(self._times), track, BOX, bad, faces=1) for _ in range(frames)]
