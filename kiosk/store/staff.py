"""The staff PIN: kept as a sealed Argon2id hash, and slower to guess with every failure."""

from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlite_utils import Database

from kiosk.domain.errors import Refused, StoreDamaged
from kiosk.domain.ports import Clock
from kiosk.store.database import in_our_words, transaction
from kiosk.store.vault import Context, Vault, What

PIN_SHORTEST = 4
PIN_LONGEST = 12
FREE_FAILURES = 4
FIRST_WAIT_S = 30.0
LONGEST_WAIT_S = 3600.0

_CONTEXT = Context(What.PIN)
_MEMORY_KIB = 32 * 1024
_PASSES = 3


@dataclass(frozen=True, slots=True)
class _Guesses:
    """How often the PIN was wrong since it was last right, and the wait that began at monotonic `failed_at`."""

    failures: int
    wait_s: float
    failed_at: float


@dataclass(frozen=True, slots=True)
class Staff:
    """The PIN of one store. The fifth failure costs 30 s, each further one twice as much, up to an hour.

    Waits are counted in monotonic seconds, so setting the clock does not shorten them. A restart of the machine
    begins that count anew: a failure that lies in the future then starts its wait from the next try.
    """

    db: Database
    vault: Vault
    clock: Clock

    def has_pin(self) -> bool:
        """Whether a PIN was set; there is none to begin with."""
        with in_our_words():
            return self.db.execute("SELECT 1 FROM staff").fetchone() is not None

    def set_pin(self, pin: str) -> None:
        """Keep the first PIN, durable on return. Raises Refused if there is one, or it is not 4 to 12 digits."""
        if not (pin.isascii() and pin.isdigit() and PIN_SHORTEST <= len(pin) <= PIN_LONGEST):
            raise Refused(f"a PIN has {PIN_SHORTEST} to {PIN_LONGEST} digits and nothing else; choose another")
        sealed = self.vault.seal(_hasher().hash(pin).encode(), _CONTEXT)
        with transaction(self.db):
            if self.has_pin():
                raise Refused("the staff PIN is set already; enter it to go on")
            self.db.table("staff").insert({"id": 1, "pin": sealed, "failures": 0, "wait_s": 0.0, "failed_at": 0.0})

    def try_pin(self, pin: str) -> float | None:
        """None if that is the PIN, else the seconds until the next try is heard (0: at once).

        While a wait is running nothing is compared: the right PIN is turned away like any other.
        Raises Refused where no PIN is set.
        """
        waiting_s, next_wait_s = self._begin_try()
        if waiting_s > 0:
            return waiting_s
        if not _matches(self._hash(), pin):
            return next_wait_s
        self._keep(_Guesses(0, 0.0, self.clock.monotonic()))
        return None

    def wait_s(self) -> float:
        """Seconds until the next try is heard; 0 when it is heard at once."""
        with in_our_words():
            guesses = self._guesses()
        return 0.0 if guesses is None else _remaining_s(guesses, self.clock.monotonic())

    def _begin_try(self) -> tuple[float, float]:
        """(seconds still to wait, seconds to wait if this try fails).

        The failure is counted before the PIN is compared: pulling the plug during a try does not undo it.
        """
        with transaction(self.db):
            guesses, now = self._guesses(), self.clock.monotonic()
            if guesses is None:
                raise Refused("there is no staff PIN yet; set one on the screen")
            waiting_s = _remaining_s(guesses, now)
            if waiting_s > 0:
                if guesses.failed_at > now:
                    self._write(_Guesses(guesses.failures, guesses.wait_s, now))
                return waiting_s, waiting_s
            failures = guesses.failures + 1
            self._write(_Guesses(failures, _wait_after(failures), now))
        return 0.0, _wait_after(failures)

    def _guesses(self) -> _Guesses | None:
        row = self.db.execute("SELECT failures, wait_s, failed_at FROM staff WHERE id = 1").fetchone()
        return None if row is None else _Guesses(*row)

    def _keep(self, guesses: _Guesses) -> None:
        with transaction(self.db):
            self._write(guesses)

    def _write(self, guesses: _Guesses) -> None:
        query = "UPDATE staff SET failures = ?, wait_s = ?, failed_at = ? WHERE id = 1"
        self.db.execute(query, [guesses.failures, guesses.wait_s, guesses.failed_at])

    def _hash(self) -> str:
        with in_our_words():
            (sealed,) = self.db.execute("SELECT pin FROM staff WHERE id = 1").fetchone()
        return self.vault.open(sealed, _CONTEXT).decode()


def _remaining_s(guesses: _Guesses, now: float) -> float:
    """A failure in the future was before a restart of the machine: the whole wait is still to come.

    A restart never shortens a wait: monotonic time counts from the start of the machine, so that any time that
    has passed since `failed_at` by this count has passed in truth.
    """
    if guesses.failed_at > now:
        return guesses.wait_s
    return max(0.0, guesses.failed_at + guesses.wait_s - now)


def _wait_after(failures: int) -> float:
    if failures <= FREE_FAILURES:
        return 0.0
    doublings = min(failures - FREE_FAILURES - 1, 16)
    return min(FIRST_WAIT_S * (1 << doublings), LONGEST_WAIT_S)


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
