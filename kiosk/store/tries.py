"""Failed tries of a claimed identity: slower to go on guessing with every failure, restart or not."""

from dataclasses import dataclass

from sqlite_utils import Database

from kiosk.domain.ports import Clock
from kiosk.domain.trust import TRIES_PIN
from kiosk.store.database import in_our_words
from kiosk.vault import Vault

FREE_FAILURES = 4
FIRST_WAIT_S = 30.0
LONGEST_WAIT_S = 3600.0

_READ = "SELECT failures, wait_s, failed_at FROM tries WHERE subject = ?"
_WRITE = "INSERT OR REPLACE INTO tries (subject, failures, wait_s, failed_at) VALUES (?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class _Tried:
    """How often a subject failed since it last succeeded, and the wait that began at monotonic `failed_at`."""

    failures: int = 0
    wait_s: float = 0.0
    failed_at: float = 0.0

    def remaining_s(self, now: float) -> float:
        """A failure in the future was before a restart of the machine: the whole wait is still to come.

        A restart never shortens a wait: monotonic time counts from the start of the machine, so that any time that
        has passed since `failed_at` by this count has passed in truth.
        """
        if self.failed_at > now:
            return self.wait_s
        return max(0.0, self.failed_at + self.wait_s - now)


@dataclass(frozen=True, slots=True)
class StoredTries:
    """`Tries` in the store. The fifth failure costs 30 s, each further one twice as much, up to an hour.

    Waits are counted in monotonic seconds, so setting the clock does not shorten them. A restart of the machine
    begins that count anew. Subjects other than the PIN are kept as a keyed digest: whose tries failed is not to be
    read from the file.
    """

    db: Database
    vault: Vault
    clock: Clock

    def wait_s(self, subject: str) -> float:
        """Seconds until the next try of that subject is heard; 0: at once."""
        with in_our_words():
            return self._read(subject).remaining_s(self.clock.monotonic())

    def begin(self, subject: str) -> tuple[float, float]:
        """(seconds still to wait, seconds to wait if this try fails); inside the transaction that is open.

        The failure is counted before anything is compared: pulling the plug during a try does not undo it.
        """
        tried, now = self._read(subject), self.clock.monotonic()
        waiting_s = tried.remaining_s(now)
        if waiting_s <= 0:
            return 0.0, self.fail(subject)
        if tried.failed_at > now:
            self._write(subject, _Tried(tried.failures, tried.wait_s, now))
        return waiting_s, waiting_s

    def fail(self, subject: str) -> float:
        """Count one more failure, inside the transaction that is open; the seconds until the next try is heard."""
        failures = self._read(subject).failures + 1
        wait_s = _wait_after(failures)
        self._write(subject, _Tried(failures, wait_s, self.clock.monotonic()))
        return wait_s

    def clear(self, subject: str) -> None:
        """Forget that subject's failures, inside the transaction that is open."""
        self.db.execute("DELETE FROM tries WHERE subject = ?", [self._name(subject)])

    def _read(self, subject: str) -> _Tried:
        row = self.db.execute(_READ, [self._name(subject)]).fetchone()
        return _Tried() if row is None else _Tried(*row)

    def _write(self, subject: str, tried: _Tried) -> None:
        self.db.execute(_WRITE, [self._name(subject), tried.failures, tried.wait_s, tried.failed_at])

    def _name(self, subject: str) -> str:
        return subject if subject == TRIES_PIN else self.vault.digest("tries", subject)


def _wait_after(failures: int) -> float:
    if failures <= FREE_FAILURES:
        return 0.0
    doublings = min(failures - FREE_FAILURES - 1, 16)
    return min(FIRST_WAIT_S * (1 << doublings), LONGEST_WAIT_S)
