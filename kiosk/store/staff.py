"""The staff PIN: kept as a sealed Argon2id hash, and slower to guess with every failure."""

from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlite_utils import Database

from kiosk.domain.errors import Refused, StoreDamaged
from kiosk.domain.trust import TRIES_PIN
from kiosk.store.database import in_our_words, transaction
from kiosk.store.journal import StoredJournal
from kiosk.store.tries import StoredTries
from kiosk.vault import Context, Vault, What

PIN_SHORTEST = 4
PIN_LONGEST = 12

_CONTEXT = Context(What.PIN)
_MEMORY_KIB = 32 * 1024
_PASSES = 3


@dataclass(frozen=True, slots=True)
class Staff:
    """The PIN of one store; how long a wrong one costs is said in `StoredTries`."""

    db: Database
    vault: Vault
    journal: StoredJournal
    tries: StoredTries

    def has_pin(self) -> bool:
        """Whether a PIN was set; there is none to begin with."""
        with in_our_words():
            return self.db.execute("SELECT 1 FROM staff").fetchone() is not None

    def set_pin(self, pin: str) -> None:
        """Keep the first PIN, durable on return. Raises Refused if there is one, or it is not 4 to 12 digits."""
        sealed = self._sealed(pin)
        with transaction(self.db):
            if self.has_pin():
                raise Refused("the staff PIN is set already; enter it to go on")
            self.db.table("staff").insert({"id": 1, "pin": sealed})
            self.journal.note_within("pin-set", self.tries.clock.utc())

    def change_pin(self, pin: str) -> None:
        """Keep another PIN in place of the present one, durable on return. Raises Refused, as `set_pin` does.

        Whoever calls this has entered the present one.
        """
        sealed = self._sealed(pin)
        with transaction(self.db):
            if self.db.execute("UPDATE staff SET pin = ? WHERE id = 1", [sealed]).rowcount == 0:
                raise Refused("there is no staff PIN yet; set one on the screen")
            self.tries.clear(TRIES_PIN)
            self.journal.note_within("pin-changed", self.tries.clock.utc())

    def try_pin(self, pin: str) -> float | None:
        """None if that is the PIN, else the seconds until the next try is heard (0: at once).

        While a wait is running nothing is compared: the right PIN is turned away like any other.
        Raises Refused where no PIN is set.
        """
        with transaction(self.db):
            if not self.has_pin():
                raise Refused("there is no staff PIN yet; set one on the screen")
            waiting_s, next_wait_s = self.tries.begin(TRIES_PIN)
        if waiting_s > 0:
            return waiting_s
        if not _matches(self._hash(), pin):
            return next_wait_s
        with transaction(self.db):
            self.tries.clear(TRIES_PIN)
        return None

    def wait_s(self) -> float:
        """Seconds until the next try is heard; 0 when it is heard at once."""
        return self.tries.wait_s(TRIES_PIN)

    def _sealed(self, pin: str) -> bytes:
        if not (pin.isascii() and pin.isdigit() and PIN_SHORTEST <= len(pin) <= PIN_LONGEST):
            raise Refused(f"a PIN has {PIN_SHORTEST} to {PIN_LONGEST} digits and nothing else; choose another")
        return self.vault.seal(_hasher().hash(pin).encode(), _CONTEXT)

    def _hash(self) -> str:
        with in_our_words():
            (sealed,) = self.db.execute("SELECT pin FROM staff WHERE id = 1").fetchone()
        return self.vault.open(sealed, _CONTEXT).decode()


def _hasher() -> PasswordHasher:
    """32 MiB and three passes on one core: about a tenth of a second, and small beside the kiosk's other memory."""
    return PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=1)


def _matches(known: str, pin: str) -> bool:
    try:
        return _hasher().verify(known, pin)
    except InvalidHashError as error:
        raise StoreDamaged("the staff PIN in the store can't be read; restore the store from a copy") from error
    except VerificationError:
        return False
