"""What every request may need, built once by `app.py` and handed on; no module keeps any of it."""

from dataclasses import dataclass

from kiosk.central.clock import Clock
from kiosk.central.database import Database
from kiosk.central.events.feed import Feed
from kiosk.central.inference.pool import Pool
from kiosk.central.jobs.queue import Queue
from kiosk.central.kiosks.gate import Gate
from kiosk.central.kiosks.horizon import Horizon
from kiosk.central.metrics import Metrics
from kiosk.central.readiness import Readiness
from kiosk.central.search import Search
from kiosk.central.settings import Settings
from kiosk.central.sync.gathering import Gathering
from kiosk.central.sync.wakes import Wakes
from kiosk.vault import Vault
from kiosk.vision.manifest import EmbeddingModel


@dataclass(frozen=True, slots=True)
class House:
    """The parts of a running central."""

    settings: Settings
    database: Database
    vault: Vault
    clock: Clock
    pool: Pool
    search: Search
    metrics: Metrics
    model: EmbeddingModel
    queue: Queue
    feed: Feed
    gate: Gate
    horizon: Horizon
    gathering: Gathering
    wakes: Wakes
    readiness: Readiness
