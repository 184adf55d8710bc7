"""Files encrypted in the age format, for a public key or with a passphrase."""

from dataclasses import dataclass
from pathlib import Path

import pyrage

from kiosk.domain.errors import BadInput, Refused

PASSPHRASE_SHORTEST = 12
PASSPHRASE_MOST_MB = 256
TOO_MUCH_WORK = "Excessive work"
TRIES = 5


@dataclass(frozen=True, slots=True)
class Recipient:
    """A public key (`age1…`) that a backup is made for. Whoever has it can make backups, and open none."""

    text: str


@dataclass(frozen=True, slots=True)
class Identity:
    """The text of an age identity file: the secret key that opens what was made for its recipient."""

    text: str

    def __repr__(self) -> str:
        return "Identity(…)"


@dataclass(frozen=True, slots=True)
class Passphrase:
    """Words that both make and open a backup."""

    text: str

    def __post_init__(self) -> None:
        if len(self.text) < PASSPHRASE_SHORTEST:
            raise Refused(f"a passphrase of a backup has at least {PASSPHRASE_SHORTEST} letters; choose a longer one")

    def __repr__(self) -> str:
        return "Passphrase(…)"


def encrypt(bundle: Path, sealed: Path, lock: Recipient | Passphrase) -> None:
    """Write what is in `bundle` into `sealed`, for whoever the lock is for. Raises BadInput."""
    with bundle.open("rb") as plain, sealed.open("wb") as out:
        if isinstance(lock, Passphrase):
            _check_size(bundle)
            out.write(pyrage.passphrase.encrypt(plain.read(), lock.text))
        else:
            pyrage.encrypt_io(plain, out, [_recipient(lock)])


def decrypt(file: Path, bundle: Path, lock: Identity | Passphrase) -> None:
    """Write what is sealed in `file` into the new file `bundle`. Raises BadInput."""
    try:
        with file.open("rb") as sealed, bundle.open("xb") as out:
            if isinstance(lock, Passphrase):
                _check_size(file)
                out.write(_by_passphrase(sealed.read(), lock.text))
            else:
                pyrage.decrypt_io(sealed, out, _identities(lock))
    except (pyrage.DecryptError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise BadInput(
                f"{file} can't be read or unpacked ({error.strerror}); check its rights and free space"
            ) from error
        if TOO_MUCH_WORK in str(error):
            raise BadInput(f"{file} was made to be opened by a faster machine, or this one is too busy now") from error
        raise BadInput(f"{file} does not open: it is damaged, no backup, or made with another secret") from error


def _by_passphrase(sealed: bytes, passphrase: str) -> bytes:
    """age guesses by a moment's measurement how long this would take; a busy machine deserves a second guess."""
    for left in reversed(range(TRIES)):
        try:
            plain: bytes = pyrage.passphrase.decrypt(sealed, passphrase)
            return plain
        except pyrage.DecryptError as error:
            if TOO_MUCH_WORK not in str(error) or not left:
                raise
    raise BadInput("that file was not opened")


def check_recipient(lock: Recipient) -> None:
    """Raises BadInput for what is no public key."""
    _recipient(lock)


def _recipient(lock: Recipient) -> "pyrage.x25519.Recipient":
    try:
        return pyrage.x25519.Recipient.from_str(lock.text.strip())
    except pyrage.RecipientError as error:
        raise BadInput("that is no public key of age; it begins with age1 and is printed by age-keygen") from error


def _identities(lock: Identity) -> "list[pyrage.x25519.Identity]":
    lines = [line.strip() for line in lock.text.splitlines()]
    try:
        found = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except pyrage.IdentityError as error:
        raise BadInput("that is no identity file of age; it holds a line that begins with AGE-SECRET-KEY-1") from error
    if not found:
        raise BadInput("that identity file of age is empty; it holds a line that begins with AGE-SECRET-KEY-1")
    return found


def _check_size(file: Path) -> None:
    """A passphrase's file is encrypted in memory."""
    if file.stat().st_size > PASSPHRASE_MOST_MB * 1_000_000:
        raise BadInput(f"a store of more than {PASSPHRASE_MOST_MB} MB is backed up to a public key; use --to")
