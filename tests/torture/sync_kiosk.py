"""A kiosk of the sync torture: the real store, engine and client in a folder of its own, on a clock that may be wrong.

It can be killed at any call between the engine and the store or the network, and its card can be copied and put back.
"""

import random
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kiosk.domain.errors import StoreError, SyncError
from kiosk.store import Opening, Store
from kiosk.sync.backoff import LATER
from kiosk.sync.client import open_central, patience_of
from kiosk.sync.engine import Engine, Here, Rhythm
from kiosk.sync.options import Options
from kiosk.sync.pairing import Invitation, Pairing
from kiosk.sync.ports import EVERYTHING, Applied, Central, Member
from kiosk.sync.signature import signer_of
from kiosk.wire.beating import HeartBeat
from kiosk.wire.pushed import ITEMS_MOST
from tests.torture.network import BadNetwork
from tests.torture.sync_disk import Card
from tests.torture.sync_server import Time

LONGEST_PAUSE_S = 3600.0
RESTART_S = 1.0
AMOUNTS = (1, 2, 3, 7, 20, 500)
MODEL = "torture"
VERBS = ("pending", "settle", "refill", "revive", "apply", "renew", "leave", "contacted", "reserve", "raise_counter")


class Killed(BaseException):
    """The process is gone; nothing catches it but whoever starts it again."""


@dataclass
class Skewed:
    """A kiosk's clock: its date is off by `off`, its seconds are the world's."""

    time: Time
    off: timedelta = timedelta()

    def monotonic(self) -> float:
        return self.time.now + 1000.0

    def utc(self) -> datetime:
        return self.time.utc() + self.off

    def wait(self, flag: threading.Event, seconds: float) -> bool:
        self.time.pass_by(seconds)
        return flag.is_set()


@dataclass
class Fate:
    """When the process dies: at the call in so many calls, before it or after it was done; None: not now."""

    left: int | None = None
    after: bool = False

    def around(self, act: Callable[..., Any], *args: Any, **more: Any) -> Any:
        if self.left is None:
            return act(*args, **more)
        self.left -= 1
        if self.left > 0:
            return act(*args, **more)
        self.left = None
        if self.after:
            act(*args, **more)
        raise Killed


class Mortal:
    """Something that its process may die in: each of its verbs is one more chance."""

    def __init__(self, inner: Any, fate: Fate) -> None:
        self._inner = inner
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in VERBS and name not in ("push", "pull", "beat", "new_token"):
            return found
        return lambda *args, **more: self._fate.around(found, *args, **more)


@dataclass
class Kiosk:
    """One kiosk. `next_at` is when its engine wants to be asked again, in the world's seconds; `asked_until`: how long
    it waits at most because central asked it to. `most`: how much it exchanges at once.
    """

    name: str
    folder: Path
    time: Time
    network: BadNetwork
    chance: random.Random
    url: str
    clock: Skewed = field(init=False)
    store: Store = field(init=False)
    engine: Engine = field(init=False)
    most: int = AMOUNTS[-1]
    fate: Fate = field(default_factory=Fate)
    card: Card = field(default_factory=Card)
    asked_until: float = 0.0
    command_in: int | None = None
    command_steps: int = 0
    told: Applied = EVERYTHING
    gallery: dict[str, str] = field(default_factory=dict)
    rules: dict[str, Any] = field(default_factory=dict)
    next_at: float = 0.0
    invitation: Pairing | None = None
    copy: Path | None = None
    notes: list[str] = field(default_factory=list)
    steps: int = 0

    def __post_init__(self) -> None:
        self.clock = Skewed(self.time)
        self.network.meanwhile = self._meanwhile
        self.open()

    def open(self) -> None:
        """The process starts."""
        self.fate.left = self.card.left = self.command_in = None
        opening = Opening(1.0, every_page=False, connect=self.card.connect)
        self.store = Store.open(self.folder, self.clock, opening, environ={})
        here = Here(
            Mortal(self.store.outbox, self.fate),
            Mortal(self.store.inbox, self.fate),
            Mortal(self.store.membership, self.fate),
            self.clock,
            self._heed,
            self._note,
            health=lambda: HeartBeat(cursor=self.store.inbox.cursor()),
        )
        most = {"page_most": self.most, "batch_most": min(self.most, ITEMS_MOST)}
        self.engine = Engine(here, self._dial, Rhythm(), chance=self.chance, **most)
        self.next_at = self.time.now
        self.remember(EVERYTHING)

    def _meanwhile(self) -> None:
        """A command exchanges with central over the same store; who is gone it tells nobody, and leaves receipts."""
        if self.command_in is None:
            return
        self.command_in -= 1
        if self.command_in >= 0:
            return
        self.command_in = None
        opening = Opening(1.0, every_page=False)
        with Store.open(self.folder, self.clock, opening, environ={}) as store:
            here = Here(store.outbox, store.inbox, store.membership, self.clock, is_forgotten=lambda: False)
            most = {"page_most": self.most, "batch_most": min(self.most, ITEMS_MOST)}
            engine = Engine(here, lambda member: self._line(store, member), Rhythm(), chance=self.chance, **most)
            for _ in range(self.command_steps):
                engine.step(self.clock.monotonic())
            engine.close()

    def _line(self, store: Store, member: Member) -> Central:
        signer = signer_of(store.membership)
        return open_central(member.url, Options(), patience_of(self.clock), signer, transport=self.network)

    def close(self) -> None:
        """The process ends, and with it the pairing that it showed."""
        self.invitation = None
        self.engine.close()
        self.store.close()

    def restart(self) -> None:
        self.close()
        self.open()

    def remember(self, changed: Applied) -> None:
        """Take into memory, as the gallery does, what is said to have changed."""
        if changed.gallery or changed.anybody:
            self.gallery = self.enrolled()
        if changed.rules or changed.anybody:
            self.rules = dict(self.store.people.access())

    @property
    def card_until(self) -> float:
        """Until when the kiosk leaves its card in peace that refused to write the file anew, in the world's seconds."""
        tidying = self.store.people.tidying
        return tidying.not_before - self.clock.monotonic() + self.time.now if tidying.is_due() else 0.0

    def owes_receipts(self) -> bool:
        """Whether somebody is gone of whom something may stand in the file yet."""
        return bool(self.rows("SELECT 1 FROM gone_pending LIMIT 1")) or self.store.people.tidying.is_due()

    def enrolled(self) -> dict[str, str]:
        """Whom each template is of."""
        return {one.id: one.person for one in self.store.people.templates(MODEL)}

    def _heed(self, applied: Applied, _more: bool) -> None:
        self.told = replace(
            EVERYTHING,
            gallery=self.told.gallery or applied.gallery,
            rules=self.told.rules or applied.rules,
            anybody=self.told.anybody or applied.anybody,
        )

    def _note(self, kind: str) -> None:
        self.notes.append(kind)
        self.store.journal.note(kind, self.clock.utc())

    def _dial(self, member: Member) -> Central:
        mortal: Central = Mortal(self._line(self.store, member), self.fate)  # type: ignore[assignment]
        return mortal

    def step(self) -> bool:
        """One step of the engine; False where it, or the card, failed and it was started again."""
        self.steps += 1
        self.told = Applied()
        self.network.last_asked_s = 0.0
        try:
            with self.card.armed():
                pause = self.engine.step(self.clock.monotonic())
        except (Killed, StoreError) as failure:
            self.restart()
            if isinstance(failure, StoreError):
                self.next_at += RESTART_S
            return False
        finally:
            self.asked_until = max(self.asked_until, self.time.now + LATER * self.network.last_asked_s)
        self.remember(self.told)
        self.next_at = self.time.now + min(max(pause, 0.0), LONGEST_PAUSE_S)
        return True

    def wake(self) -> None:
        """As the stream does."""
        self.engine.wake(self.clock.monotonic())
        self.next_at = self.time.now

    def heal(self) -> None:
        """As the stream does when it is connected again."""
        self.engine.heal(self.clock.monotonic())
        self.next_at = self.time.now

    def ask_to_pair(self) -> Invitation | None:
        """The code to show; None where central can't be reached."""
        if self.store.membership.member() is not None:
            return None
        line = open_central(self.url, Options(), patience_of(self.clock), transport=self.network)
        self.invitation = Pairing(line, self.store.membership, self.clock, self.url)
        try:
            return self.invitation.ask()
        except SyncError:
            return None

    def claim(self) -> bool:
        """Whether it is one of the fleet now."""
        if self.invitation is None or self.invitation.invitation is None or self.is_paired:
            return self.is_paired
        try:
            self.invitation.claim()
        except SyncError:
            return False
        if self.is_paired:
            self.invitation = None
            self.next_at = self.time.now
        return self.is_paired

    @property
    def is_paired(self) -> bool:
        return self.store.membership.member() is not None

    @property
    def kiosk_id(self) -> str:
        member = self.store.membership.member()
        return member.credentials.kiosk if member is not None else ""

    def copy_card(self) -> None:
        """A copy of the card, made while the kiosk is off."""
        self.close()
        copy = self.folder.with_suffix(".copy")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.folder, copy)
        self.copy = copy
        self.open()

    def put_card_back(self) -> None:
        """The kiosk starts from the copy of its card."""
        if self.copy is None:
            return
        self.close()
        shutil.rmtree(self.folder)
        shutil.copytree(self.copy, self.folder)
        self.open()

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What the bare database says."""
        return self.store.people.db.execute(query, values).fetchall()

    def raw(self) -> bytes:
        """Everything that the database's files hold."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.glob("kiosk.db*")))

    def sealed_of(self, person: str) -> list[bytes]:
        """What is kept of somebody, as it is sealed: what must be nowhere once they are erased."""
        found = self.rows("SELECT name FROM people WHERE id = ?", person)
        found += self.rows("SELECT vector FROM templates WHERE person = ?", person)
        found += self.rows("SELECT sealed FROM chips WHERE person = ?", person)
        found += self.rows("SELECT extra FROM people WHERE id = ? AND extra IS NOT NULL", person)
        return [bytes(blob) for (blob,) in found]
