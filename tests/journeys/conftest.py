"""A hall for kiosks, a fresh one a test."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.journeys.rig import Hall


@pytest.fixture
def hall(tmp_path: Path, models_folder: Path, demo_faces: dict[str, Path]) -> Iterator[Hall]:
    del models_folder  # skips where there are no models
    with ExitStack() as stack:
        yield Hall.of(tmp_path / "store", stack, demo_faces)
