"""Folders and stores for one test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.store import Store
from tests.fakes.clock import FakeClock
from tests.store.making import open_store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "kiosk"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(folder: Path, clock: FakeClock) -> Iterator[Store]:
    with open_store(folder, clock) as opened:
        yield opened
