"""Where the store's key comes from: a systemd credential, or a 0600 file made once at the first start."""

import os
from collections.abc import Mapping
from pathlib import Path

from kiosk.domain.errors import StoreError, WrongKey
from kiosk.store.files import keep_new, read_small
from kiosk.vault import KEY_BYTES, Key

CREDENTIAL = "kiosk-key"
CREDENTIALS_FOLDER = "CREDENTIALS_DIRECTORY"
KEY_FILE = "key"


def load_key(folder: Path, environ: Mapping[str, str]) -> Key | None:
    """The key of the store in `folder`; None when there is none yet.

    systemd's credential `kiosk-key` comes before the file. A key file that others may read is made private again
    rather than refused: refusing would close the kiosk without making the key any more secret. Raises WrongKey for
    something that is no key, StoreError for one that can't be read.
    """
    credential = _credential(environ)
    if credential is not None:
        return _key_in(credential)
    path = folder / KEY_FILE
    if not path.exists():
        return None
    _make_private(path)
    return _key_in(path)


def make_key(folder: Path) -> Key:
    """A new random key, on the disk before this returns. A key that is already there is never overwritten."""
    keep_new(folder / KEY_FILE, os.urandom(KEY_BYTES))
    return _key_in(folder / KEY_FILE)


def _credential(environ: Mapping[str, str]) -> Path | None:
    folder = environ.get(CREDENTIALS_FOLDER)
    path = None if not folder else Path(folder) / CREDENTIAL
    return path if path is not None and os.path.exists(path) else None


def _make_private(path: Path) -> None:
    try:
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise StoreError(
            f"the key {path} can be read by others and can't be made private; set its mode to 0600"
        ) from error


def _key_in(path: Path) -> Key:
    secret = read_small(path, KEY_BYTES + 1)
    if len(secret) != KEY_BYTES:
        raise WrongKey(f"{path} is not a key of {KEY_BYTES} bytes; put back the key that belongs to this store")
    return Key(secret)
