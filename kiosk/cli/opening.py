"""Opening what commands work with: the settings with the shared choices applied, the models, the store."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from kiosk import vision
from kiosk.app import embedding_in_use
from kiosk.cli.shared import Shared
from kiosk.domain.ports import Clock
from kiosk.settings import Settings, load_settings, models_folder
from kiosk.store import Store
from kiosk.vision import Pipeline


def settings_of(shared: Shared) -> Settings:
    """The settings of `--config`, with `--store` instead of theirs where it is given. Raises BadSettings."""
    settings = load_settings(shared.config)
    if shared.store is None:
        return settings
    return replace(settings, kiosk=replace(settings.kiosk, store=shared.store))


def open_eyes(settings: Settings) -> Pipeline:
    """The models, ready for photographs. Raises ModelError."""
    return vision.open_vision(models_folder(settings), settings.vision, embedding_in_use(settings))


@contextmanager
def opened_store(settings: Settings, clock: Clock) -> Iterator[Store]:
    """The store of these settings. Raises StoreError."""
    with Store.open(store_folder(settings), clock) as store:
        yield store


def store_folder(settings: Settings) -> Path:
    """Where the store is."""
    return settings.kiosk.store.expanduser()
