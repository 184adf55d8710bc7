"""Central on each database: SQLite, and a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.central.closeups import close_ups
from tests.central.making import Running, fresh_central, settings_for
from tests.central.servers import Postgres, postgres_in, redis_in

BACKENDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def demo_faces(demo_faces: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Of them, the faces alone."""
    return close_ups(demo_faces, tmp_path_factory.mktemp("close-ups"))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with postgres_in(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_in(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="module", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Which database."""
    name: str = request.param
    return name


def new_database(backend: str, request: pytest.FixtureRequest) -> str:
    """The address of a new database with all tables; "" for SQLite in the data folder."""
    return "" if backend == "sqlite" else request.getfixturevalue("postgres").migrated_database()


@pytest.fixture(scope="module")
def central(
    backend: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A central that a module's tests share; each makes people of its own."""
    folder = tmp_path_factory.mktemp("central") / "data"
    with fresh_central(settings_for(folder, new_database(backend, request))) as here:
        yield here


@pytest.fixture
def fresh(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    """A central for one test alone, on a database of its own."""
    with fresh_central(settings_for(tmp_path / "central", new_database(backend, request))) as here:
        yield here
