"""The key of central: made at first start, kept in a file of its own or handed over by systemd."""

import os
import secrets
from pathlib import Path

from kiosk.domain.errors import StoreUnwritable, WrongKey
from kiosk.vault import KEY_BYTES, Key, Vault

FILE = "key"
CREDENTIAL = "kiosk-central-key"


def open_vault(data: Path) -> Vault:
    """Seals and opens what central keeps. Raises StoreUnwritable, WrongKey."""
    credential = _credential()
    if credential is not None:
        return Vault(_key(credential))
    return Vault(_key(data / FILE) if (data / FILE).exists() else _made(data / FILE))


def key_bytes(data: Path) -> bytes:
    """The key's secret, for a backup. Raises StoreUnwritable, WrongKey."""
    return _key(_credential() or data / FILE).secret


def _credential() -> Path | None:
    """The key as systemd hands it over, where it does."""
    handed = os.environ.get("CREDENTIALS_DIRECTORY")
    file = Path(handed) / CREDENTIAL if handed else None
    return file if file is not None and file.is_file() else None


def _key(path: Path) -> Key:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StoreUnwritable(f"{path} can't be read ({error.strerror}); check its permissions.") from error
    if len(content) != KEY_BYTES:
        raise WrongKey(f"{path} is not a key of central; put the right one there, from a backup.")
    return Key(content)


def _made(path: Path) -> Key:
    """A new key, which is complete from the moment it has its name."""
    made = Key(secrets.token_bytes(KEY_BYTES))
    unfinished = path.with_name(f".{FILE}-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(made.secret)
            file.flush()
            os.fsync(file.fileno())
        os.link(unfinished, path)
    except FileExistsError:
        return _key(path)  # another process was first
    except OSError as error:
        raise StoreUnwritable(f"{path} can't be written ({error.strerror}); choose another data folder.") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return made
