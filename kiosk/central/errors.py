"""What can go wrong in central, beyond what goes wrong at a kiosk: each knows its HTTP status and says what to do.

KioskError
├── Unauthorised    nobody is signed in, or the token is not good (401)
│   └── BadSignature    a kiosk's request is not signed by its key (401)
├── Forbidden       whoever is signed in may not do that (403)
├── Missing         no such thing (404)
├── Stale           somebody else changed it meanwhile; `current` is how it is now (409)
├── Conflict        it exists already, or is in a state that forbids this (409)
├── CounterBehind   a kiosk counted so far already; `counter` is how far (409)
├── Revoked         that kiosk was taken out of the fleet (410)
├── NotPromoted     a version of a model that may not go into production; `figures` say why (409)
├── TooLarge        larger than the settings allow (413)
├── Unsupported     not a format that is read (415)
├── Unusable        understood, but it can't be used: no face, a value out of range (422)
├── TooMany         asked too often; `retry_after_s` (429)
├── WorkerLost      the process that worked on this died; the others go on (500)
└── Unavailable     the queue is full or the database is away; `retry_after_s` (503)
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from kiosk.domain.errors import KioskError


class CentralError(KioskError):
    """An answer that says no: `status` is HTTP's, `code` is ours and stable."""

    status: ClassVar[int] = 500

    @property
    def retry_after_s(self) -> int | None:
        """After how many seconds it is worth asking again; None where that would not help."""
        return None

    @property
    def more(self) -> Mapping[str, Any]:
        """What an answer says besides the sentence."""
        return {}


class Unauthorised(CentralError):
    """Nobody is signed in, or what was shown is not good (any more)."""

    code = "unauthorised"
    status = 401


class BadSignature(Unauthorised):
    """What should be signed by a kiosk's key is not."""

    code = "bad-signature"


class Forbidden(CentralError):
    """Whoever is signed in may not do that."""

    code = "forbidden"
    status = 403


class Missing(CentralError):
    """There is no such thing."""

    code = "missing"
    status = 404


class Conflict(CentralError):
    """What is there forbids it."""

    code = "conflict"
    status = 409


class Stale(CentralError):
    """Somebody else changed it since it was read."""

    code = "stale"
    status = 409

    def __init__(self, message: str, current: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.current = current

    @property
    def more(self) -> Mapping[str, Any]:
        """How it is now."""
        return {"current": self.current}


class CounterBehind(CentralError):
    """That kiosk has counted further already: the request is an old one, or the kiosk's card was copied back."""

    code = "counter"
    status = 409

    def __init__(self, message: str, counter: int) -> None:
        super().__init__(message)
        self.counter = counter

    @property
    def more(self) -> Mapping[str, Any]:
        """How far it was."""
        return {"counter": self.counter}


class Revoked(CentralError):
    """That kiosk is no longer one of the fleet."""

    code = "kiosk-revoked"
    status = 410


class NotPromoted(CentralError):
    """A version that may not go into production; `reason` is a stable code, `figures` what was measured."""

    code = "not-promoted"
    status = 409

    def __init__(self, message: str, reason: str, figures: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.reason = reason
        self.figures = figures

    @property
    def more(self) -> Mapping[str, Any]:
        """Why, as a code, and the figures of both versions on each set that both were measured on."""
        return {"reason": self.reason, "figures": list(self.figures)}


class TooLarge(CentralError):
    """Larger than the settings allow."""

    code = "too-large"
    status = 413


class Unsupported(CentralError):
    """Not a format that is read."""

    code = "unsupported"
    status = 415


class Unusable(CentralError):
    """Understood, but of no use; `reason` is a stable code."""

    code = "unusable"
    status = 422

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason

    @property
    def more(self) -> Mapping[str, Any]:
        """Why, as a code."""
        return {"reason": self.reason}


class TooMany(CentralError):
    """Asked too often."""

    code = "too-many"
    status = 429

    def __init__(self, message: str, wait_s: float) -> None:
        super().__init__(message)
        self._wait_s = wait_s

    @property
    def retry_after_s(self) -> int:
        """Whole seconds, at least one."""
        return max(1, round(self._wait_s + 0.5))


class WorkerLost(CentralError):
    """The process that worked on this died; it was replaced, and the others went on."""

    code = "worker-lost"


class Unavailable(CentralError):
    """It can't be done now; soon it can."""

    code = "unavailable"
    status = 503

    @property
    def retry_after_s(self) -> int:
        """Soon."""
        return 2
