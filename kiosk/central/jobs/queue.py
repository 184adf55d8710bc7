"""The queue that wakes workers up: Huey's, in a file of the data folder or in Redis.

A message says no more than "look": what there is to do stands in the table of jobs. So a lost message costs a minute,
a doubled one nothing, and a worker that dies takes no job with it.
"""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from huey import Huey, RedisHuey, SqliteHuey, crontab
from huey.api import TaskWrapper
from huey.exceptions import HueyException
from huey.serializer import SignedSerializer
from redis.exceptions import RedisError

from kiosk.central.settings import Settings
from kiosk.domain.errors import BadSettings
from kiosk.vault import Vault

log = logging.getLogger(__name__)

NAME = "kiosk-central"
FILE = "queue.db"
LOOK = "look"
SCHEMES = ("redis://", "rediss://", "unix://")


@dataclass(frozen=True, slots=True)
class Queue:
    """Wakes workers up, and is what a worker waits at; `looking` is the one task there is."""

    huey: Huey
    looking: TaskWrapper

    def wake(self) -> None:
        """A worker looks what there is to do, soon. It waits for a file or Redis; without them a minute is lost."""
        try:
            self.looking()
        except (RedisError, HueyException, sqlite3.Error, OSError):
            log.warning("the queue of jobs can't be reached; workers look by themselves within a minute")

    def serve(self) -> None:
        """Look when woken up, at the start, and every minute, until a signal ends it."""
        self.huey.periodic_task(crontab(minute="*"), name="look-again")(self.looking.func)
        self.wake()
        self.huey.create_consumer(workers=1, worker_type="thread", max_delay=1.0).run()


def _nothing() -> None:
    """What those who only wake others up know of the task: its name."""


def open_queue(settings: Settings, vault: Vault, look: Callable[[], None] = _nothing) -> Queue:
    """The queue of these settings; `look` is what a worker does. What comes out of it was put in by somebody with our
    key. Raises BadSettings.
    """
    signed = SignedSerializer(secret=vault.derive("job queue").hex())
    url = settings.jobs.redis_url
    if url and not url.startswith(SCHEMES):
        raise BadSettings("jobs.redis_url must begin with redis://, rediss:// or unix://.")
    if url:
        huey: Huey = RedisHuey(NAME, url=url, serializer=signed, results=False)
    else:
        huey = SqliteHuey(NAME, filename=str(settings.data / FILE), serializer=signed, results=False)

    def looking() -> None:  # of this module on both sides, by which Huey knows a task again
        look()

    return Queue(huey, huey.task(name=LOOK)(looking))
