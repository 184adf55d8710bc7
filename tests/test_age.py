"""Encrypted files: what opens them, and what is said when nothing does."""

import re
from pathlib import Path

import pytest

from kiosk.age import Passphrase, decrypt, encrypt
from kiosk.domain.errors import BadInput

WORDS = Passphrase("correct horse battery")


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    (tmp_path / "plain").write_bytes(b"something")
    encrypt(tmp_path / "plain", tmp_path / "sealed", WORDS)
    return tmp_path / "sealed"


def test_what_a_passphrase_sealed_it_opens(sealed: Path, tmp_path: Path) -> None:
    decrypt(sealed, tmp_path / "out", WORDS)
    assert (tmp_path / "out").read_bytes() == b"something"


def test_a_file_that_would_take_too_long_to_open_is_not_called_damaged(sealed: Path, tmp_path: Path) -> None:
    harder = re.sub(rb"(-> scrypt \S+) \d+", rb"\1 40", sealed.read_bytes())
    sealed.write_bytes(harder)
    with pytest.raises(BadInput, match="faster machine"):
        decrypt(sealed, tmp_path / "out", WORDS)
