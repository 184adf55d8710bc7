"""Files that appear whole or not at all, and only once."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from kiosk.domain.errors import StoreError

UNFINISHED = ".kiosk-unfinished-"


def make_folder(folder: Path) -> None:
    """Make sure that the folder is there; what has to be made is for its owner alone (0700). Raises StoreError."""
    try:
        missing = [place for place in (folder, *folder.parents) if not place.exists()]
        for place in reversed(missing):
            place.mkdir(mode=0o700, exist_ok=True)
        os.close(os.open(folder, os.O_DIRECTORY))
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError
    except OSError as error:
        raise StoreError(
            f"{folder} can't be used as the store's folder; choose one that this user may write"
        ) from error


def keep_new(path: Path, content: bytes) -> None:
    """Write a new 0600 file, durable on return. One that is already there stays as it is. Raises StoreError."""
    build_new(path, lambda place: _write(place, content))


def build_new(path: Path, build: Callable[[Path], None]) -> None:
    """Let `build` fill an empty 0600 file, then show it under its name, durable on return.

    A crash leaves nothing under that name; of two that build at once, the first wins and both go on with its file.
    """
    try:
        with busy(path.parent), TemporaryDirectory(dir=path.parent, prefix=UNFINISHED) as place:
            new = Path(place) / path.name
            os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            build(new)
            sync(new)
            _show(new, path)
        sync(path.parent)
    except OSError as error:
        raise StoreError(f"{path} can't be made ({error.strerror}); check the folder's owner and free space") from error


def clear_unfinished(folder: Path) -> None:
    """Remove what a start that was killed half-way left behind; it may hold a copy of the key. Raises StoreError."""
    left = list(folder.glob(f"{UNFINISHED}*"))
    if not left:
        return
    try:
        with busy(folder, wait=False):
            for place in left:
                shutil.rmtree(place)
    except BlockingIOError:
        return
    except OSError as error:
        raise StoreError(f"{folder} holds remains that can't be removed ({error.strerror}); check its owner") from error


@contextmanager
def busy(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Of several that build something in that folder, one after another; BlockingIOError instead of waiting."""
    handle = os.open(folder, os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)


def read_small(path: Path, most: int) -> bytes:
    """The first `most` bytes of a file. Raises StoreError where it can't be read."""
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise StoreError(f"{path} can't be read ({error.strerror}); check its owner and rights") from error


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)


def _show(new: Path, path: Path) -> None:
    try:
        os.link(new, path)
    except FileExistsError:
        return


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
