"""The download part: brings the version of the model that is due to the disk, bit by bit, whatever the network does."""

import logging
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field

from kiosk.domain.errors import KioskError, ModelError, StoreFull, SyncError
from kiosk.domain.ports import Clock
from kiosk.parts.sync import Line
from kiosk.runtime.logs import facts
from kiosk.store import Store
from kiosk.sync.backoff import Backoff, asked_s
from kiosk.sync.ports import Central, Member
from kiosk.sync.signature import signer_of
from kiosk.sync.versions import Fetching, Versions
from kiosk.wire.pulled import DueModel
from kiosk.wire.signing import Lane

log = logging.getLogger(__name__)

DOWNLOAD = "download"
LOOK_S = 5.0
LONGEST_S = 600.0


@dataclass(slots=True)
class DownloadPart:
    """Owns a connection to the store, for its counters, and one to central while it fetches; it fills the versions."""

    open_store: Callable[[], AbstractContextManager[Store]]
    line: Line
    versions: Versions
    clock: Clock
    name: str = DOWNLOAD
    _backoff: Backoff = field(default_factory=lambda: Backoff(random.Random(), LONGEST_S))
    _said: str = ""

    def run(self, stop: threading.Event, up: Callable[[], None]) -> None:
        """Fetch what is due until told to stop. Raises StoreError."""
        with self.open_store() as store:
            while not stop.is_set():
                pause_s = self.turn(store, stop)
                up()
                self.clock.wait(stop, pause_s)

    def turn(self, store: Store, stop: threading.Event) -> float:
        """Look for what is due, and fetch it; for how many seconds to pause. Raises StoreError."""
        due, member = store.inbox.due_model(), store.membership.member()
        if due is None or member is None:
            return LOOK_S
        try:
            self._bring(store, member, due, stop)
        except (SyncError, ModelError, StoreFull) as error:
            self._say(due, error)
            asked = asked_s(error, self._backoff.random) if isinstance(error, SyncError) else 0.0
            return max(LOOK_S + self._backoff.fail(), asked)
        self._backoff.succeed()
        self._said = ""
        return LOOK_S

    def _bring(self, store: Store, member: Member, due: DueModel, stop: threading.Event) -> None:
        self.versions.note(due)
        fetching = self.versions.fetching(due, member.credentials.signer)
        if fetching is None:
            return
        if not fetching.is_whole:
            with self._dialled(store, member, stop) as central:
                self._fetch(central, fetching, stop)
        if fetching.is_whole:
            fetching.finish()
            log.info("a version of the model is here", extra=facts(model=due.tag))

    def _fetch(self, central: Central, fetching: Fetching, stop: threading.Event) -> None:
        """What a break leaves is gone on with at the next turn."""
        with central.download(fetching.due.path, fetching.have()) as chunks:
            for chunk in chunks:
                fetching.take(chunk)
                if stop.is_set():
                    return

    @contextmanager
    def _dialled(self, store: Store, member: Member, stop: threading.Event) -> Iterator[Central]:
        signer = signer_of(store.membership, Lane.FILE)
        with closing(self.line.dial(member.url, signer, stop.is_set)) as central:
            yield central

    def _say(self, due: DueModel, error: KioskError) -> None:
        """Once, however often it is tried."""
        if error.code != self._said:
            self._said = error.code
            log.warning("the model %s did not come: %s", due.tag, error)
