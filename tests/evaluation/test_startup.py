"""A real kiosk, started to be measured."""

from pathlib import Path

import pytest

from kiosk.evaluation.startup import measure
from kiosk.runtime.clock import SystemClock
from kiosk.vision.manifest import load_manifest
from kiosk.vision.reading import load_image


@pytest.mark.slow
def test_a_kiosk_with_people_enrolled_starts_and_decides(models_folder: Path, demo_faces: dict[str, Path]) -> None:
    model = load_manifest(models_folder).embedding
    frame = load_image(demo_faces["astronaut"])
    started = measure(model, frame, SystemClock(), people=200)
    assert 0 < started.seconds < 60
    assert started.people == 200
    assert started.resident_mb is None or 20 < started.resident_mb <= (started.peak_mb or 0) < 1000
