"""A hall for kiosks, a fresh one a test."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.central.servers import Postgres, postgres_in
from tests.journeys.rig import Company, Hall


@pytest.fixture(scope="session")
def company(models_folder: Path, demo_faces: dict[str, Path]) -> Company:
    """Everybody who appears; a skip says where models or photographs are missing."""
    del models_folder
    return Company.of(demo_faces)


@pytest.fixture
def hall(tmp_path: Path, company: Company) -> Iterator[Hall]:
    """A hall for kiosks on a store of its own."""
    with ExitStack() as stack:
        yield Hall.of(tmp_path / "store", stack, company)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """PostgreSQL, for central."""
    with postgres_in(tmp_path_factory.mktemp("postgres")) as server:
        yield server
