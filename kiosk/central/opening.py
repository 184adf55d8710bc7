"""Opens the parts of central, for the server and for commands and workers, which need them without its routes."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from kiosk.central.access.passwords import Hashes
from kiosk.central.access.service import Door
from kiosk.central.clock import Clock, ServerClock
from kiosk.central.database import Database, open_database
from kiosk.central.events.feed import Feed
from kiosk.central.house import House
from kiosk.central.inference.pool import Pool, PoolOptions
from kiosk.central.jobs.queue import open_queue
from kiosk.central.jobs.uploading import Shelf
from kiosk.central.keeping import open_vault
from kiosk.central.kiosks.beats import Beats
from kiosk.central.kiosks.gate import Gate
from kiosk.central.kiosks.horizon import Horizon
from kiosk.central.metrics import Metrics
from kiosk.central.models.files import sweep
from kiosk.central.readiness import Readiness
from kiosk.central.search import Search
from kiosk.central.settings import Settings, cores
from kiosk.central.sync.gathering import Gathering
from kiosk.central.sync.wakes import Wakes
from kiosk.vision.manifest import installed_models, load_manifest


@dataclass(frozen=True, slots=True)
class Foundation:
    """What exists before a server is started: settings, clock, and how passwords are hashed."""

    settings: Settings
    clock: Clock
    hashes: Hashes

    @staticmethod
    def usual(settings: Settings) -> "Foundation":
        """With the machine's clock and the usual costs."""
        return Foundation(settings, ServerClock(), Hashes.usual())


@contextlib.asynccontextmanager
async def opened_house(foundation: Foundation) -> AsyncIterator[House]:
    """The parts of a server, open. Raises BadSettings, ModelError, StoreError."""
    settings = foundation.settings
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    sweep(settings.data, Shelf.of(settings).folder, foundation.clock.utc())
    models = models_of(settings)
    model = load_manifest(models).embedding
    vault, metrics = open_vault(settings.data), Metrics.new()
    database = open_database(settings.database_url, settings.database)
    options = settings.inference
    pool_options = PoolOptions(options.workers or cores(), options.waiting, options.limit_s, models)
    pool = Pool(pool_options, metrics, foundation.clock)
    search = Search(database, vault, model.name, settings.database.vectors)
    queue = open_queue(settings, vault)
    try:
        yield House(
            settings=settings,
            database=database,
            vault=vault,
            clock=foundation.clock,
            pool=pool,
            search=search,
            metrics=metrics,
            model=model,
            queue=queue,
            feed=Feed(database),
            gate=Gate(database, Beats(database)),
            wakes=Wakes(database),
            horizon=Horizon(database, vault, foundation.clock),
            gathering=Gathering(database, foundation.clock),
            readiness=Readiness(database, pool, foundation.clock),
        )
    finally:
        await pool.close()
        await database.close()


def models_of(settings: Settings) -> Path:
    """Where the models are."""
    folder = settings.inference.models
    return installed_models() if folder is None else folder.expanduser()


def door_of(foundation: Foundation, database: Database, house: House) -> Door:
    """What lets people into that house."""
    return Door(database, house.vault, foundation.clock, foundation.settings.sign_in, foundation.hashes)
