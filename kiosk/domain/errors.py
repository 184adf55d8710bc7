"""One family of errors, drawn at the top; each has a stable code and says what to do.

KioskError
├── BadInput           what was given can't be used (exit code 2)
│   ├── BadImage       not a picture, too large, damaged, …
│   │   └── TooManyPixels  larger than is ever decoded
│   ├── FaceCount      none or several faces where exactly one is needed
│   ├── BadSettings    unknown key, wrong type, value out of range
│   ├── NotFound       no such person, pass or file
│   ├── Refused        a rule forbids it: no consent, a duplicate, a wrong PIN
│   └── PassRefused    a QR pass that must not be accepted; its `reason` says why
├── MissingHardware    no camera, no display (exit code 3)
│   └── CameraLost     a camera that was there stopped giving frames, or gives useless ones
│       ├── CameraFrozen  … gives the same picture again and again
│       └── CameraBlind   … sees nothing: black, or white all over
├── StoreError         the store can't be used as it is (exit code 4)
│   ├── StoreFull      the disk is full
│   ├── StoreUnwritable the file system or the rights forbid writing
│   ├── StoreFailing   the disk answers with errors
│   ├── StoreDamaged   SQLite finds it malformed, or a sealed value does not open
│   ├── WrongKey       the key is not the one this store was made with
│   ├── StoreTooNew    written by a newer version
│   └── StoreBusy      locked by somebody else for too long (passing)
├── SyncError          central gave no answer, or not the one that was hoped for; the kiosk goes on alone (exit code 1)
│   ├── Unreachable    no answer: no network, or too slow (passing)
│   ├── Busy           it can't now, and may say when it can (passing)
│   ├── Garbled        an answer that can't be read (passing)
│   ├── Untrusted      not encrypted, or by a certificate that is not to be trusted
│   ├── Rejected       it understood, and says no; its `reason` says why
│   ├── CounterBehind  it has seen a higher counter than ours; its `last` says which
│   └── Revoked        this kiosk is no longer one of the fleet
├── ModelError         a model file is missing, altered or not of the expected shape (exit code 2)
│   └── ModelUnfit     a version that was tried does not do as it should; its `reason` says why
└── Defect             a part failed through a mistake of ours (exit code 1)

Messages name what is wrong and what to do, and never a name, face, template, token or PIN.
"""

from typing import ClassVar

from kiosk.domain.verdict import Reason


class KioskError(Exception):
    """Anything that went wrong and that a person can be told in one sentence."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 2


class BadInput(KioskError):
    """What was given can't be used; nothing was changed."""

    code = "bad-input"


class BadImage(BadInput):
    """A file that is not a usable picture."""

    code = "bad-image"


class TooManyPixels(BadImage):
    """A picture that is larger than is ever decoded, by its header."""


class FaceCount(BadInput):
    """None or several faces where exactly one is needed."""

    code = "face-count"

    def __init__(self, message: str, found: int) -> None:
        super().__init__(message)
        self.found = found


class BadSettings(BadInput):
    """A settings file with an unknown key, a wrong type or a value out of range."""

    code = "bad-settings"


class NotFound(BadInput):
    """No such person, pass or file."""

    code = "not-found"


class Refused(BadInput):
    """A rule forbids it; the message says which and what would be allowed."""

    code = "refused"


class PassRefused(BadInput):
    """A QR pass that must not be accepted."""

    code = "pass-refused"

    def __init__(self, message: str, reason: Reason, wait_s: float = 0.0) -> None:
        super().__init__(message)
        self.reason = reason
        self.wait_s = wait_s


class MissingHardware(KioskError):
    """A camera or display that is not there."""

    code = "missing-hardware"
    exit_code = 3


class CameraLost(MissingHardware):
    """A camera that was there has stopped giving frames; trying again may help."""

    code = "camera-lost"


class CameraFrozen(CameraLost):
    """The camera gives the same picture again and again."""

    code = "camera-frozen"


class CameraBlind(CameraLost):
    """The camera sees nothing: every picture is black, or white all over."""

    code = "camera-blind"


class StoreError(KioskError):
    """The store can't be used as it is; nothing was overwritten."""

    code = "store"
    exit_code = 4


class StoreFull(StoreError):
    """The disk is full; nothing was stored."""

    code = "store-full"


class StoreUnwritable(StoreError):
    """The store may not be written: a read-only file system, or rights."""

    code = "store-unwritable"


class StoreFailing(StoreError):
    """The disk answers with errors."""

    code = "store-failing"


class StoreDamaged(StoreError):
    """The database is malformed or a sealed value does not open."""

    code = "store-damaged"


class WrongKey(StoreError):
    """The key is not the one that this store was made with."""

    code = "store-wrong-key"


class StoreTooNew(StoreError):
    """The store was written by a newer version of the kiosk."""

    code = "store-too-new"


class StoreBusy(StoreError):
    """The store stayed locked by somebody else; trying again may help."""

    code = "store-busy"


class SyncError(KioskError):
    """Central gave no answer, or not the one that was hoped for; nothing is lost, and the kiosk goes on alone."""

    code = "sync"
    exit_code = 1


class Unreachable(SyncError):
    """No answer: no network, nobody there, or too slow."""

    code = "sync-unreachable"


class TooSlow(Unreachable):
    """It was there, and time ran out under way: less at once may get through."""


class Busy(SyncError):
    """Central can't now; `retry_after_s` is when it said that it can, where it did."""

    code = "sync-busy"

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Garbled(SyncError):
    """An answer that can't be read: cut short, too long, or not what was asked for."""

    code = "sync-garbled"


class Untrusted(SyncError):
    """The connection is not encrypted, or its certificate is not to be trusted; nothing was sent."""

    code = "sync-untrusted"


class Rejected(SyncError):
    """Central understood and says no; `reason` is its code for why."""

    code = "sync-rejected"

    def __init__(self, message: str, reason: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.reason = reason
        self.status = status


class CounterBehind(SyncError):
    """Central has seen the counter `last` of this kiosk: a copy of its store was put back."""

    code = "sync-counter"

    def __init__(self, message: str, last: int) -> None:
        super().__init__(message)
        self.last = last


class Revoked(SyncError):
    """This kiosk is no longer one of the fleet."""

    code = "sync-revoked"


class ModelError(KioskError):
    """A model file is missing, altered or not of the shape its manifest entry promises."""

    code = "model"


class ModelUnfit(ModelError):
    """A version of the model that was tried does not do as it should; the one before is used again."""

    code = "model-unfit"

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class Defect(KioskError):
    """A part failed through a mistake of ours; `__cause__` is what it raised."""

    code = "defect"
    exit_code = 1
