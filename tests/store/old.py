"""Stores as earlier versions of the kiosk left them."""

from contextlib import closing
from pathlib import Path

from sqlite_utils import Database

from kiosk.store.database import connect
from kiosk.store.dates import to_text
from kiosk.store.files import make_folder
from kiosk.store.keyfile import make_key
from kiosk.store.migrations import KEY_CHECK, key_check_context, steps
from kiosk.store.secrets import make_secrets
from kiosk.vault import Vault
from tests.store.making import NOON

FIRST_STEP_AFTER = {1: "m002_trust", 2: "m003_chain", 3: "m004_sync"}


def make_old_store(folder: Path, version: int, events: int = 0) -> None:
    """A store at version 1, 2 or 3 with that many events."""
    make_folder(folder)
    vault = Vault(make_key(folder))
    (folder / "kiosk.db").touch(mode=0o600)
    with closing(connect(folder / "kiosk.db", patience_s=1.0)) as db:
        db.execute("PRAGMA journal_mode = WAL").fetchone()
        steps(vault).apply(db, stop_before=FIRST_STEP_AFTER[version])
        fill_old(db, vault, version, events)


def fill_old(db: Database, vault: Vault, version: int, events: int) -> None:
    """What an earlier version writes into its new tables."""
    with db.atomic():
        sealed = vault.seal(KEY_CHECK, key_check_context(version))
        db.execute("INSERT INTO store VALUES (1, ?, ?, ?)", [vault.key_id, sealed, to_text(NOON)])
        make_secrets(db, vault)
        for i in range(events):
            db.execute(
                "INSERT INTO events (id, at_utc, kind, person, similarity) VALUES (?, ?, 'tested', 'somebody', ?)",
                [f"old-{i}", to_text(NOON), i / 7],
            )
