"""The same answers on every processor: what the models say of the demo faces, as it was measured on x86-64.

XNNPACK's kernels round a little differently on ARM; the tolerances are a tenth of what would move an answer.
"""

import pytest

from kiosk.domain.sight import Box, Embedding
from kiosk.vision import Pipeline
from tests.vision.conftest import Portraits

BOXES = {
    "first": Box(0.3964, 0.1306, 0.2924, 0.2339),
    "again": Box(0.2928, 0.2486, 0.5009, 0.2624),
    "second": Box(0.4352, 0.1293, 0.2889, 0.1271),
    "third": Box(0.3378, 0.1425, 0.2009, 0.2008),
}
COSINES = {
    ("first", "again"): 0.96587,
    ("first", "second"): 0.80841,
    ("first", "third"): 0.81901,
    ("second", "third"): 0.82996,
}
COSINE_WITHIN = 0.006
OVERLAP_LEAST = 0.95

Seen = dict[str, tuple[Box, Embedding]]


@pytest.fixture(scope="module")
def seen(shared_eyes: Pipeline, portraits: Portraits) -> Seen:
    found = {name: shared_eyes.embed_photo(getattr(portraits, name)) for name in BOXES}
    return {name: (face.box, embedding) for name, (face, embedding) in found.items()}


@pytest.mark.parametrize("name", BOXES)
def test_a_face_is_found_where_it_was_found(seen: Seen, name: str) -> None:
    assert seen[name][0].overlap(BOXES[name]) >= OVERLAP_LEAST


@pytest.mark.parametrize("pair", COSINES, ids="-".join)
def test_two_faces_are_as_alike_as_they_were(seen: Seen, pair: tuple[str, str]) -> None:
    one, other = (seen[name][1] for name in pair)
    assert one.similarity(other) == pytest.approx(COSINES[pair], abs=COSINE_WITHIN)
