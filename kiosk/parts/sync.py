"""The sync parts: one exchanges what there is with central, one listens for central's word that there is something.

Neither is needed by any other: a kiosk whose sync is out of order, or which is not paired, works alone.
"""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace

from kiosk.domain.errors import BadSettings, KioskError, Refused, StoreError, SyncError
from kiosk.domain.ports import Clock
from kiosk.parts.post import Post
from kiosk.parts.vitals import Vitals
from kiosk.store import Store
from kiosk.sync.engine import Engine, Here, Rhythm
from kiosk.sync.pairing import POLL_S, Pairing
from kiosk.sync.ports import EVERYTHING, Applied, Central, Member
from kiosk.sync.signature import Counters, Signer, signer_of
from kiosk.sync.stream import Stream, Wake
from kiosk.wire.pairing import PairingState
from kiosk.wire.pulled import DueModel
from kiosk.wire.signing import Lane
from kiosk.wire.standing import Status

SYNC, STREAM = "sync", "stream"
SLICE_S = 0.25
TOLD_EVERY_S = 1.0
CLAIMED_WITHIN_S = 24 * 3600.0

Dial = Callable[[str, Signer | None, Callable[[], bool]], Central]


@dataclass(frozen=True, slots=True)
class Line:
    """How sync reaches central: `dial` by address, signer, and what says that the kiosk stops; `url` as set."""

    dial: Dial
    url: str = ""
    rhythm: Rhythm = Rhythm()


@dataclass(slots=True)
class SyncPart:
    """Owns a connection to the store and one to central. `on_model` hears which model is due to run here."""

    open_store: Callable[[], AbstractContextManager[Store]]
    line: Line
    post: Post
    wake: Wake
    vitals: Vitals
    clock: Clock
    on_model: Callable[[DueModel], None] = lambda _due: None
    name: str = SYNC
    _pairing: Pairing | None = field(default=None, init=False)
    _refused: str = field(default="", init=False)
    _claim_at: float = field(default=0.0, init=False)
    _look_at: float = field(default=0.0, init=False)
    _until: float = field(default=0.0, init=False)
    _tell_at: float = field(default=0.0, init=False)
    _owes: bool = field(default=True, init=False)
    _cursor: str = field(default="", init=False)

    def run(self, stop: threading.Event, up: Callable[[], None]) -> None:
        """Exchange until told to stop. Raises StoreError, BadSettings."""
        with self.open_store() as store:
            self._catch_up(store)
            engine = self._engine(store, stop)
            try:
                while not stop.is_set():
                    pause_s = self._turn(engine, store, stop)
                    up()
                    self._pause(stop, pause_s)
            except KioskError as error:
                with suppress(StoreError):
                    self._tell(replace(engine.status(), trouble=error.code))
                raise
            finally:
                engine.close()
                self._end_pairing()

    def _catch_up(self, store: Store) -> None:
        """Whoever runs it again can't know what the run before it applied and did not tell of, nor what a command did
        meanwhile. One that did not get as far as to a central applied nothing.
        """
        cursor = store.inbox.cursor()
        if self._owes or cursor != self._cursor:
            self.post.changes.tell(EVERYTHING, more=False)
        self._owes, self._cursor = False, cursor

    def _engine(self, store: Store, stop: threading.Event) -> Engine:
        def dial(member: Member) -> Central:
            central = self.line.dial(member.url, signer_of(store.membership), stop.is_set)
            self._owes = True
            return central

        here = Here(
            store.outbox,
            store.inbox,
            store.membership,
            self.clock,
            self._heed,
            lambda kind: store.journal.note(kind, self.clock.utc()),
            lambda: self.vitals.beat(store),
            self.post.changes.is_settled,
        )
        return Engine(here, dial, self.line.rhythm, self.wake.is_up.is_set, random.Random())

    def _heed(self, applied: Applied, more: bool) -> None:
        self.post.changes.tell(applied, more)
        if applied.model is not None:
            self.on_model(applied.model)

    def _turn(self, engine: Engine, store: Store, stop: threading.Event) -> float:
        now = self.clock.monotonic()
        self._woken(engine, now)
        self._pair(store, stop, now)
        was_cut = engine.is_cut()
        pause_s = engine.step(now)
        self.wake.longest_s = engine.longest_s
        if was_cut and not engine.is_cut():
            self.wake.retry.set()
        if now >= self._tell_at or not pause_s:
            self._tell_at = now + TOLD_EVERY_S
            self._tell(engine.status())
        return min(pause_s, TOLD_EVERY_S if self._pairing is None else POLL_S)

    def _woken(self, engine: Engine, now: float) -> None:
        if not self.wake.flag.is_set():
            return
        self.wake.flag.clear()
        if self.wake.was_up.is_set():
            self.wake.was_up.clear()
            engine.heal(now)
        else:
            engine.wake(now)

    def _pair(self, store: Store, stop: threading.Event, now: float) -> None:
        """What staff asked for on the screen: ask for a code, then look whether it was confirmed."""
        try:
            if now >= self._look_at:
                self._look_at = now + POLL_S
                self._resume(store, stop, now)
            if self.post.pair.is_set():
                self.post.pair.clear()
                self._end_pairing()
                central = self.line.dial(self.line.url, None, stop.is_set)
                self._pairing, self._refused = Pairing(central, store.membership, self.clock, self.line.url), ""
                self._pairing.ask()
                self._claim_at, self._until = now + POLL_S, now + CLAIMED_WITHIN_S
            elif self._pairing is not None and now >= self._claim_at:
                self._claim_at = now + POLL_S
                self._claim(self._pairing, now)
        except (SyncError, Refused, BadSettings) as error:
            self._refused = error.code
            if self._pairing is not None and self._pairing.invitation is None:
                self._end_pairing()

    def _resume(self, store: Store, stop: threading.Event, now: float) -> None:
        """A pairing that was asked for before the kiosk was off, or by a command, is claimed; the newest, if several.

        Whether it ran out is for central to say: the clock on the wall may be wrong.
        """
        kept = store.membership.invitation()
        asked = self._pairing.invitation if self._pairing is not None else None
        if kept is None or (asked is not None and asked.id == kept.id):
            return
        self._end_pairing()
        self._until = now + CLAIMED_WITHIN_S
        central = self.line.dial(kept.url, None, stop.is_set)
        self._pairing = Pairing(central, store.membership, self.clock, kept.url, kept)

    def _claim(self, pairing: Pairing, now: float) -> None:
        invitation = pairing.invitation
        if now >= self._until:
            pairing.give_up()
            self._end_pairing()
            return
        if invitation is not None and invitation.state is PairingState.WAITING:
            self._refused = ""
            invitation = pairing.claim()
        if invitation is not None and invitation.state is PairingState.CONFIRMED:
            self._end_pairing()

    def _end_pairing(self) -> None:
        if self._pairing is not None:
            self._pairing.central.close()
        self._pairing = None

    def _tell(self, status: Status) -> None:
        invitation = self._pairing.invitation if self._pairing is not None else None
        shown = replace(
            status,
            url=status.url or self.line.url,
            trouble=status.trouble or self._refused,
            invitation=invitation,
        )
        if shown != self.post.standing.peek():
            self.post.standing.put(shown)

    def _pause(self, stop: threading.Event, pause_s: float) -> None:
        """Until there is something to do; a stop is heard in a moment."""
        until = self.clock.monotonic() + pause_s
        while not stop.is_set() and not self.post.pair.is_set():
            left = until - self.clock.monotonic()
            if left <= 0 or self.clock.wait(self.wake.flag, min(left, SLICE_S)):
                return


@dataclass(frozen=True, slots=True)
class StreamPart:
    """Owns a connection to the store, for its counters, and the stream."""

    open_store: Callable[[], AbstractContextManager[Store]]
    line: Line
    wake: Wake
    clock: Clock
    name: str = STREAM

    def run(self, stop: threading.Event, up: Callable[[], None]) -> None:
        """Listen until told to stop. Raises StoreError."""
        with self.open_store() as store:
            counters = Counters(store.membership, Lane.STREAM)

            @contextmanager
            def dial() -> Iterator[Central | None]:
                up()
                member, signer = store.membership.member(), signer_of(store.membership, Lane.STREAM, counters)
                if member is None:
                    yield None
                    return
                central = self.line.dial(member.url, signer, stop.is_set)
                try:
                    yield central
                finally:
                    central.close()

            Stream(dial, self.wake, self.clock).run(stop)
