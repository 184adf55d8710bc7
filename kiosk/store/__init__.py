"""The encrypted store on the device: people, templates, passes, the journal, the staff PIN, the kiosk's secrets.

The only room that speaks SQL. Recorded means on the disk: WAL with synchronous=FULL, BEGIN IMMEDIATE.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlite_utils import Database

from kiosk.domain.errors import StoreDamaged, WrongKey
from kiosk.domain.ports import Clock
from kiosk.store.chain import ChainReport
from kiosk.store.database import Connect, by_sqlite, in_our_words
from kiosk.store.dates import to_text
from kiosk.store.files import clear_unfinished, make_folder
from kiosk.store.inbox import StoredInbox
from kiosk.store.journal import StoredJournal
from kiosk.store.keyfile import load_key, make_key
from kiosk.store.membership import StoredMembership
from kiosk.store.migrations import version_of
from kiosk.store.opening import DATABASE, is_made, look, make_database, open_database
from kiosk.store.outbox import StoredOutbox
from kiosk.store.passes import StoredPasses
from kiosk.store.people import StoredPeople
from kiosk.store.policy import StoredPolicy
from kiosk.store.pulse import Pulse
from kiosk.store.secrets import Secrets
from kiosk.store.staff import Staff
from kiosk.store.state import State
from kiosk.store.tidying import Tidying
from kiosk.store.tries import StoredTries
from kiosk.vault import Key, Vault

PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Report:
    """How a store is: `sound` means that every page hangs together and every sealed value opens.

    `chain` says whether the journal is as it was written.
    """

    schema_version: int
    sound: bool
    people: int
    templates: int
    events: int
    passes: int
    size_bytes: int
    chain: ChainReport


@dataclass(frozen=True, slots=True)
class Opening:
    """How a store is opened: how long to wait for a lock, whether every page is looked at (which takes longer, the
    larger the store is), and by what SQLite is reached.
    """

    patience_s: float = PATIENCE_S
    every_page: bool = True
    connect: Connect = by_sqlite


class Store:
    """One connection to the store, used by the thread that opened it and closed by `with`.

    Another thread, or another process, opens the store again: readers never wait for a writer, and of two writers
    the second waits up to `patience_s`, then raises StoreBusy.
    """

    def __init__(self, folder: Path, db: Database, vault: Vault, clock: Clock) -> None:
        self.folder = folder
        self.journal = StoredJournal(db, vault, clock)
        self.seen = self.journal.seen
        self.tries = StoredTries(db, vault, clock)
        self.people = StoredPeople(db, vault, self.journal, Tidying(db, clock))
        self.passes = StoredPasses(db, vault, self.journal)
        self.staff = Staff(db, vault, self.journal, self.tries)
        self.secrets = Secrets(db, vault, self.journal)
        self.policy = StoredPolicy(db, self.journal)
        state = State(db)
        self.outbox = StoredOutbox(self.people, self.secrets, state)
        self.inbox = StoredInbox(self.people, self.secrets, state)
        self.membership = StoredMembership(self.outbox)
        self.pulse = Pulse(folder / DATABASE, db)
        self._db = db

    @staticmethod
    def open(
        folder: Path, clock: Clock, opening: Opening | None = None, *, environ: Mapping[str, str] | None = None
    ) -> "Store":
        """The store in `folder`, made there if there is none.

        The key is systemd's credential `kiosk-key` ($CREDENTIALS_DIRECTORY in `environ`, the process's own if
        None), else the file `key` in the folder. Raises WrongKey (also for a missing key), StoreTooNew,
        StoreDamaged, StoreBusy, StoreError; in each case nothing is overwritten.
        """
        how = opening or Opening()
        make_folder(folder)
        key = _key_for(folder, os.environ if environ is None else environ)
        if not is_made(folder):
            make_database(folder, key, to_text(clock.utc()), how.connect)
        clear_unfinished(folder)
        look(folder, key, how.patience_s, by=how.connect, pages=how.every_page)
        return Store(folder, open_database(folder, key, how.patience_s, how.connect), Vault(key), clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connection back; safe to call twice."""
        self._db.close()

    def doctor(self) -> Report:
        """How the store is, after a look at every page and every sealed value. Raises StoreBusy."""
        with in_our_words():
            return Report(
                schema_version=version_of(self._db),
                sound=self._is_sound(),
                people=self._count("people"),
                templates=self._count("templates"),
                events=self._count("events"),
                passes=self._count("passes"),
                size_bytes=sum(path.stat().st_size for path in self.folder.glob(DATABASE + "*")),
                chain=self.journal.chain.verify(),
            )

    def _is_sound(self) -> bool:
        pages = self._db.execute("PRAGMA integrity_check(1)").fetchall()
        strays = self._db.execute("PRAGMA foreign_key_check").fetchall()
        models = self._db.execute("SELECT DISTINCT model FROM templates").fetchall()
        try:
            self.people.everybody()
            self.people.access()
            self.secrets.pass_key()
            self.membership.member()
            for (model,) in models:
                self.people.templates(model)
        except StoreDamaged:
            return False
        return pages == [("ok",)] and not strays

    def _count(self, table: str) -> int:
        return int(self._db.table(table).count)


def _key_for(folder: Path, environ: Mapping[str, str]) -> Key:
    key = load_key(folder, environ)
    if key is not None:
        return key
    if is_made(folder):
        raise WrongKey(f"the key of the store in {folder} is missing; put it back, a new one would not open it")
    return make_key(folder)
