"""Backups: the store and its key in one encrypted file (the age format), and back again.

Plain text is only ever in a 0700 folder beside the store, or beside the backup that is looked at.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

from kiosk.age import Identity, Passphrase, Recipient, check_recipient, decrypt, encrypt
from kiosk.domain.errors import BadInput, NotFound, Refused, StoreDamaged
from kiosk.domain.ports import Clock
from kiosk.store.bundle import Progress, Summary, pack, snapshot, summary_of, unpack
from kiosk.store.dates import to_text
from kiosk.store.files import UNFINISHED, busy, clear_unfinished, make_folder, sync
from kiosk.store.keyfile import KEY_FILE, load_key
from kiosk.store.opening import DATABASE, is_made

_BUNDLE = "bundle.tar"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made: what it holds, its size, and whether it was restored to see that it works."""

    summary: Summary
    size_bytes: int
    verified: bool


@dataclass(frozen=True, slots=True)
class Source:
    """The store to back up, and where its key may be (see `load_key`)."""

    folder: Path
    environ: Mapping[str, str]


def back_up(source: Source, out: Path, lock: Recipient | Passphrase, clock: Clock, progress: Progress) -> Backup:
    """Write a new backup of a store that may be in use; it appears when it is whole and, with a passphrase, verified.

    Raises NotFound where there is no store, Refused for a file that is there already, BadInput, StoreError.
    """
    if out.exists():
        raise Refused(f"{out} is there already and is not overwritten; choose another name")
    key = load_key(source.folder, source.environ) if is_made(source.folder) else None
    if key is None:
        raise NotFound(f"there is no store with its key in {source.folder}; nothing was backed up")
    if isinstance(lock, Recipient):
        check_recipient(lock)
    with _workshop(source.folder) as place, _whole(out) as sealed:
        store = _new_folder(place / "store")
        snapshot(source.folder, key, store, progress)
        summary = summary_of(store, clock, to_text(clock.utc()))
        pack(store, summary, place / _BUNDLE)
        encrypt(place / _BUNDLE, sealed, lock)
        (place / _BUNDLE).unlink()
        if isinstance(lock, Passphrase):
            _try_out(sealed, lock, _new_folder(place / "again"), clock)
        size_bytes = sealed.stat().st_size
    return Backup(summary, size_bytes, isinstance(lock, Passphrase))


def check(file: Path, lock: Identity | Passphrase, clock: Clock) -> Summary:
    """Restore a backup beside itself, look at all of it, and remove it. Raises BadInput, StoreDamaged."""
    with _workshop(_existing(file).parent) as place:
        return _try_out(file, lock, place, clock)


def restore(file: Path, lock: Identity | Passphrase, into: Path, clock: Clock) -> Summary:
    """Make the store of a backup anew in a folder without one, after a look at all of it.

    Raises Refused where there is a store, or a key, in the folder; BadInput, StoreDamaged; then nothing is left.
    """
    _existing(file)
    make_folder(into)
    if is_made(into) or (into / KEY_FILE).exists():
        raise Refused(f"{into} holds a store already and is not overwritten; choose another folder")
    with _workshop(into) as place:
        summary = _try_out(file, lock, place, clock)
        store = place / "store"
        for name in (KEY_FILE, DATABASE):  # the store is there when its database is
            os.link(store / name, into / name)
            sync(into)
    return summary


def _try_out(file: Path, lock: Identity | Passphrase, place: Path, clock: Clock) -> Summary:
    """Restore into `place` and compare what is there with what was backed up."""
    decrypt(file, place / _BUNDLE, lock)
    store = _new_folder(place / "store")
    promised = unpack(place / _BUNDLE, store)
    (place / _BUNDLE).unlink()
    if summary_of(store, clock, promised.made_utc) != promised:
        raise StoreDamaged(f"{file} does not hold what was backed up; take another backup")
    return promised


@contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """A 0700 folder for plain text, removed whatever happens; after a kill, by the next that works or opens there."""
    clear_unfinished(folder)
    try:
        with busy(folder), TemporaryDirectory(dir=folder, prefix=UNFINISHED) as place:
            yield Path(place)
    except OSError as error:
        raise BadInput(f"{folder} can't be worked in ({error.strerror}); check its owner and free space") from error


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A new 0600 file to fill, which takes its name when the block is left without an error, on the disk by then."""
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-") as file:
            yield Path(file.name)
            sync(Path(file.name))
            os.link(file.name, path)
            sync(path.parent)
    except OSError as error:
        raise BadInput(f"{path} can't be written ({error.strerror}); choose another place") from error


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise NotFound(f"there is no backup at {file}")
    return file


def _new_folder(place: Path) -> Path:
    place.mkdir(mode=0o700)
    return place
