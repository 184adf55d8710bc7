"""What the kiosk itself must keep secret: the key that signs its passes, and the random id of its site."""

import uuid
from dataclasses import dataclass

from sqlite_utils import Database

from kiosk.domain.errors import StoreDamaged
from kiosk.passes.keys import PassKey
from kiosk.store.database import in_our_words
from kiosk.store.vault import Context, Vault, What

_PASS_KEY = "pass-key"
_SITE_ID = "site-id"


@dataclass(frozen=True, slots=True)
class Secrets:
    """Made with the store, sealed in it, and never changed."""

    db: Database
    vault: Vault

    def pass_key(self) -> PassKey:
        """The key that signs this kiosk's passes. Raises StoreDamaged."""
        return PassKey(self._opened(_PASS_KEY))

    def site_id(self) -> str:
        """32 hexadecimal digits that no other store has. Raises StoreDamaged."""
        return self._opened(_SITE_ID).decode()

    def _opened(self, name: str) -> bytes:
        with in_our_words():
            row = self.db.execute("SELECT sealed FROM secrets WHERE name = ?", [name]).fetchone()
        if row is None:
            raise StoreDamaged(f"the store has lost its {name}; restore it from a copy")
        return self.vault.open(row[0], Context(What.SECRET, name=name))


def make_secrets(db: Database, vault: Vault) -> None:
    """Fill a new store, inside the transaction that makes it."""
    fresh = {_PASS_KEY: PassKey.generate().private_bytes, _SITE_ID: uuid.uuid4().hex.encode()}
    for name, plain in fresh.items():
        sealed = vault.seal(plain, Context(What.SECRET, name=name))
        db.table("secrets").insert({"name": name, "sealed": sealed})
