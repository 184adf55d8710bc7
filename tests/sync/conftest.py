"""One central for the tests of a module, on SQLite: its databases are held against each other in tests/central."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.central.making import Running, running, settings_for
from tests.sync.making import Kiosk, a_kiosk


@pytest.fixture(scope="module")
def central(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(settings_for(tmp_path_factory.mktemp("central"), "")) as here:
        yield here


@pytest.fixture
def kiosk(tmp_path: Path, central: Running) -> Iterator[Kiosk]:
    with a_kiosk(tmp_path / "kiosk", central) as here:
        yield here
