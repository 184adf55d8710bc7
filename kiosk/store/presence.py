"""Whether a kiosk runs over a store: it has the people in its memory, which no other process can look into.

A lock of the kernel's, so that nobody is taken to run who was killed.
"""

import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kiosk.domain.errors import StoreError
from kiosk.store.files import make_folder

FILE = "running"


@dataclass(slots=True)
class Presence:
    """That this process runs over the store in `folder`, from the first `hold` until `close`, or until it dies."""

    folder: Path
    _handle: int | None = None

    def hold(self) -> None:
        """Let the others know, before anybody is taken into memory; again does no harm. Raises StoreError."""
        make_folder(self.folder)
        try:
            handle = os.open(self.folder / FILE, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"{self.folder / FILE} can't be made; check the owner of the store's folder") from error
        fcntl.flock(handle, fcntl.LOCK_SH)  # waits for nobody but who looks just now
        self.close()  # afterwards: the folder may be another one by now, and nobody is to look in between
        self._handle = handle

    def close(self) -> None:
        """Nobody is in the memory of this process any more; safe to call twice."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def is_running(folder: Path) -> bool:
    """Whether a kiosk runs over that store; where that can't be found out, one does."""
    try:
        handle = os.open(folder / FILE, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return False
        return True
    finally:
        os.close(handle)
