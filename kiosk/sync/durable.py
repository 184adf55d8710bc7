"""Files that are replaced whole or not at all, and that last once that is said."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.domain.errors import StoreError, StoreFull


def replace(path: Path, content: bytes) -> None:
    """That file has that content from now on, also after a power cut. Raises StoreFull, StoreError."""
    with in_our_words():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.tmp")
        new.write_bytes(content)
        synced(new)
        new.replace(path)
        synced(path.parent)


def synced(path: Path) -> None:
    """What was written to that file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def in_our_words() -> Iterator[None]:
    """Errors of the disk as ours, in one sentence each."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreFull("the disk is full: the new model waits, and the one in use goes on; make room") from error
        raise StoreError("the models can't be written: the one in use goes on; check the disk") from error
