"""What the kiosk must keep secret: the keys that sign its passes, the random id of its store, what central gave it."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from kiosk.domain.errors import NotFound, Refused, StoreDamaged
from kiosk.passes.keys import CheckingKey, PassKey, PublicPassKey
from kiosk.store.database import in_our_words, transaction
from kiosk.store.dates import to_text
from kiosk.store.journal import StoredJournal
from kiosk.store.state import State
from kiosk.vault import Context, Vault, What
from kiosk.wire.pushed import Kind

_PASS_KEY = "pass-key"
_LATER = "pass-key:"
_SITE_ID = "site-id"
_KEY_SITE = "key-site"
_DROPPED = "dropped-key:"


@dataclass(frozen=True, slots=True)
class Secrets:
    """Made with the store and sealed in it."""

    db: Database
    vault: Vault
    journal: StoredJournal

    def pass_key(self) -> PassKey:
        """The key that signs this kiosk's passes. Raises StoreDamaged."""
        return self.pass_keys()[0]

    def pass_keys(self) -> tuple[PassKey, ...]:
        """All keys whose passes are good, newest first; the newest signs. Raises StoreDamaged."""
        names = self._key_names()
        if not names:
            raise _lost(_PASS_KEY)
        return tuple(PassKey(self._opened(name)) for name in names)

    def good_keys(self) -> tuple[CheckingKey, ...]:
        """Our keys and those of other kiosks that central told of, without those that were dropped."""
        with in_our_words():
            rows = self.db.execute("SELECT id, public, dropped_utc IS NOT NULL FROM known_keys ORDER BY id").fetchall()
        dropped = {number for number, _, is_dropped in rows if is_dropped}
        ours = tuple(key for key in self.pass_keys() if key.id.hex() not in dropped)
        known = {key.id.hex() for key in ours} | dropped
        return (*ours, *(PublicPassKey(public) for number, public, _ in rows if number not in known))

    def roll_pass_key(self, at_utc: datetime) -> PassKey:
        """A new key that signs from now on; passes of the older ones stay good. Durable on return."""
        with transaction(self.db):
            return self.roll_within(at_utc)

    def roll_within(self, at_utc: datetime) -> PassKey:
        """The same inside the transaction that is open."""
        fresh = PassKey.generate()
        name = f"{_LATER}{_number(self._key_names()[0]) + 1}"
        _keep(self.db, self.vault, name, fresh.private_bytes)
        self.journal.outgoing.tell(Kind.PASS_KEY, fresh.id.hex(), at_utc)
        self.journal.note_within("pass-key-rolled", at_utc)
        return fresh

    def sign_for_within(self, site: str, state: State, at_utc: datetime) -> None:
        """From now on passes are for that site, inside the transaction that is open.

        A key belongs to one site: the kiosks there go on trusting it, and so the passes that it signed, when this kiosk
        is moved away; for the new site there is a new one.
        """
        before = state.get(_KEY_SITE)
        state.set(_KEY_SITE, site)
        if before not in (None, site):
            self.roll_within(at_utc)

    def drop_pass_key(self, key_id: bytes, at_utc: datetime) -> None:
        """Make every pass of an older key worthless, durable on return. Raises NotFound, Refused for the newest."""
        with transaction(self.db):
            names = self._key_names()
            name = next((name for name in names if PassKey(self._opened(name)).id == key_id), None)
            if name is None:
                raise NotFound("this kiosk has no key with that id; see kiosk pass keys")
            if name == names[0]:
                raise Refused("this key signs the passes of today; roll the key first, then drop the old one")
            self._drop(name, to_text(at_utc))
            self.journal.outgoing.tell(Kind.PASS_KEY, key_id.hex(), at_utc, self.dropped()[key_id.hex()])
            self.journal.note_within("pass-key-dropped", at_utc)

    def drop_within(self, key_id: str, dropped_utc: str, at_utc: datetime) -> None:
        """The same where somebody else dropped a key of ours, also the newest, inside the transaction that is open;
        nothing for a key of another kiosk.
        """
        names = self._key_names()
        name = next((name for name in names if PassKey(self._opened(name)).id.hex() == key_id), None)
        if name is None:
            return
        if name == names[0]:
            self.roll_within(at_utc)
        self._drop(name, dropped_utc)
        self.journal.note_within("pass-key-dropped", at_utc)

    def dropped(self) -> Mapping[str, Mapping[str, str]]:
        """Keys of ours that are good no more, by their ids, as they are told of: `public` and `dropped_utc`.

        Kept for good: central may have forgotten them, restored from a copy, and neither a reset nor leaving the fleet
        makes one good again.
        """
        with in_our_words():
            rows = self.db.execute("SELECT name, value FROM sync WHERE name GLOB ?", [f"{_DROPPED}*"]).fetchall()
        return {name.removeprefix(_DROPPED): json.loads(value) for name, value in rows}

    def _drop(self, name: str, dropped_utc: str) -> None:
        key = PassKey(self._opened(name))
        told = {"public": key.public_bytes.hex(), "dropped_utc": dropped_utc}
        self.db.execute("DELETE FROM secrets WHERE name = ?", [name])
        State(self.db).set(f"{_DROPPED}{key.id.hex()}", json.dumps(told))
        query = "UPDATE known_keys SET dropped_utc = coalesce(dropped_utc, ?) WHERE id = ?"
        self.db.execute(query, [dropped_utc, key.id.hex()])

    def site_id(self) -> str:
        """32 hexadecimal digits that no other store has. Raises StoreDamaged."""
        return self._opened(_SITE_ID).decode()

    def text(self, name: str) -> bytes | None:
        """What was kept under that name, None if nothing was. Raises StoreDamaged."""
        with in_our_words():
            is_there = self.db.execute("SELECT 1 FROM secrets WHERE name = ?", [name]).fetchone()
        return None if is_there is None else self._opened(name)

    def keep_within(self, name: str, plain: bytes) -> None:
        """Keep that, sealed, in place of what was there, inside the transaction that is open."""
        self.forget_within(name)
        _keep(self.db, self.vault, name, plain)

    def forget_within(self, name: str) -> None:
        """Keep nothing under that name, inside the transaction that is open."""
        self.db.execute("DELETE FROM secrets WHERE name = ?", [name])

    def _key_names(self) -> list[str]:
        """The names of the pass keys, newest first."""
        with in_our_words():
            rows = self.db.execute("SELECT name FROM secrets WHERE name = ? OR name GLOB ?", [_PASS_KEY, f"{_LATER}*"])
            return sorted((name for (name,) in rows.fetchall()), key=_number, reverse=True)

    def _opened(self, name: str) -> bytes:
        with in_our_words():
            row = self.db.execute("SELECT sealed FROM secrets WHERE name = ?", [name]).fetchone()
        if row is None:
            raise _lost(name)
        return self.vault.open(row[0], Context(What.SECRET, name=name))


def make_secrets(db: Database, vault: Vault) -> None:
    """Fill a new store, inside the transaction that makes it."""
    fresh = {_PASS_KEY: PassKey.generate().private_bytes, _SITE_ID: uuid.uuid4().hex.encode()}
    for name, plain in fresh.items():
        _keep(db, vault, name, plain)


def _keep(db: Database, vault: Vault, name: str, plain: bytes) -> None:
    sealed = vault.seal(plain, Context(What.SECRET, name=name))
    db.table("secrets").insert({"name": name, "sealed": sealed})


def _number(name: str) -> int:
    """Keys are counted from 1; the first has no number in its name."""
    later = name.removeprefix(_LATER)
    if name != _PASS_KEY and not later.isdecimal():
        raise _lost(name)
    return 1 if name == _PASS_KEY else int(later)


def _lost(name: str) -> StoreDamaged:
    return StoreDamaged(f"the store has lost its {name}; restore it from a copy")
