"""A backup is made while the kiosk goes on, is worthless without its secret, and comes back as it was."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest

from kiosk.age import Identity, Passphrase, Recipient
from kiosk.domain.errors import BadInput, KioskError, NotFound, Refused, StoreDamaged
from kiosk.store import Store
from kiosk.store.backup import Source, back_up, check, restore
from kiosk.store.files import UNFINISHED
from tests.cli.running import ROOT, kiosk, refused
from tests.fakes.clock import FakeClock
from tests.store.making import MODEL, NOON, a_decision, all_bytes, an_embedding, open_store, query, somebody

WORDS = Passphrase("correct horse battery")


def quietly(done: int, total: int) -> None:
    """No progress."""


@pytest.fixture(scope="module")
def key() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


@pytest.fixture
def used(folder: Path) -> Iterator[Store]:
    """A store in use: its log holds what its file does not."""
    with open_store(folder) as store:
        for number in range(5):
            store.people.enrol(somebody(f"Visitor {number}", an_embedding(number)), NOON)
            store.journal.record(a_decision(f"decision-{number}"), NOON)
        yield store


@pytest.fixture
def made(used: Store, folder: Path, tmp_path: Path, key: pyrage.x25519.Identity) -> Path:
    out = tmp_path / "out.age"
    assert not back_up(Source(folder, {}), out, recipient(key), FakeClock(), quietly).verified
    return out


def recipient(key: pyrage.x25519.Identity) -> Recipient:
    return Recipient(str(key.to_public()))


def identity(key: pyrage.x25519.Identity) -> Identity:
    return Identity(f"# made by a test\n{key}\n")


def names_of(store: Store) -> list[str]:
    return [person.name for person in store.people.everybody()]


def test_a_restored_store_is_as_it_was(made: Path, used: Store, tmp_path: Path, key: pyrage.x25519.Identity) -> None:
    used.people.enrol(somebody("Came Later"), NOON)
    summary = restore(made, identity(key), tmp_path / "new", FakeClock())
    with open_store(tmp_path / "new") as store:
        assert names_of(store) == [f"Visitor {number}" for number in range(5)]
        assert len(store.people.templates(MODEL)) == summary.templates == 5
        assert store.journal.events() == used.journal.events()[: summary.events]
        assert store.doctor().chain.holds
        assert store.doctor().chain.end == summary.chain_end
        assert store.people.db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["key", "kiosk.db"]
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "new").iterdir()} == {0o600}


def test_a_backup_of_a_store_that_is_written_all_the_time_is_of_one_moment(
    folder: Path, tmp_path: Path, key: pyrage.x25519.Identity
) -> None:
    command = [sys.executable, "-m", "tests.torture.worker", str(folder), "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as writer:
        assert writer.stdout is not None
        seen = [json.loads(writer.stdout.readline()) for _ in range(20)]
        for number in range(3):
            out = tmp_path / f"{number}.age"
            back_up(Source(folder, {}), out, recipient(key), FakeClock(), quietly)
            assert check(out, identity(key), FakeClock()).chain_holds
        writer.kill()
    restore(tmp_path / "0.age", identity(key), tmp_path / "new", FakeClock())
    with open_store(tmp_path / "new") as store:
        assert {number for kind, number in seen if kind == "decide"} <= {one.id for one in store.journal.events()}


def test_nothing_readable_is_in_a_backup_and_no_plain_text_is_left(made: Path, folder: Path, tmp_path: Path) -> None:
    secret = (folder / "key").read_bytes()
    assert secret not in made.read_bytes()
    assert b"SQLite format" not in made.read_bytes()
    assert [path for path in (*folder.iterdir(), *tmp_path.iterdir()) if "unfinished" in path.name] == []


def test_damaged_backups_are_refused_and_leave_nothing(made: Path, tmp_path: Path, key: pyrage.x25519.Identity) -> None:
    whole, dice = made.read_bytes(), random.Random(1)
    for number in range(40):
        place = dice.randrange(len(whole))
        flipped = whole[:place] + bytes([whole[place] ^ 1 << dice.randrange(8)]) + whole[place + 1 :]
        made.write_bytes(whole[:place] if number % 2 else flipped)
        with pytest.raises(KioskError):
            restore(made, identity(key), tmp_path / "new", FakeClock())
        assert list((tmp_path / "new").iterdir()) == []


def test_what_a_killed_check_left_behind_is_removed_by_the_next(
    made: Path, tmp_path: Path, key: pyrage.x25519.Identity
) -> None:
    left = tmp_path / f"{UNFINISHED}1234"
    left.mkdir()
    (left / "key").write_bytes(b"secret")
    check(made, identity(key), FakeClock())
    assert not left.exists()


def test_another_key_does_not_open_a_backup(made: Path) -> None:
    with pytest.raises(BadInput, match="another secret"):
        check(made, identity(pyrage.x25519.Identity.generate()), FakeClock())


def test_something_else_in_the_same_format_is_no_backup(tmp_path: Path, key: pyrage.x25519.Identity) -> None:
    path = tmp_path / "letter.age"
    path.write_bytes(pyrage.encrypt(b"a letter" * 1000, [key.to_public()]))
    with pytest.raises(StoreDamaged, match="no kiosk"):
        check(path, identity(key), FakeClock())


def test_a_store_that_is_there_is_never_overwritten(made: Path, folder: Path, key: pyrage.x25519.Identity) -> None:
    before = all_bytes(folder)
    with pytest.raises(Refused, match="holds a store already"):
        restore(made, identity(key), folder, FakeClock())
    with pytest.raises(Refused, match="not overwritten"):
        back_up(Source(folder, {}), made, recipient(key), FakeClock(), quietly)
    assert all_bytes(folder) == before


def test_a_damaged_store_is_not_backed_up(used: Store, folder: Path, tmp_path: Path) -> None:
    query(folder, "UPDATE templates SET vector = zeroblob(541) WHERE seq = 2")
    with pytest.raises(StoreDamaged):
        back_up(Source(folder, {}), tmp_path / "out.age", WORDS, FakeClock(), quietly)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no store"):
        back_up(Source(tmp_path, {}), tmp_path / "out.age", WORDS, FakeClock(), quietly)
    with pytest.raises(NotFound, match="no backup"):
        check(tmp_path / "out.age", WORDS, FakeClock())
    with pytest.raises(Refused, match="at least 12"):
        Passphrase("short")


def test_the_commands_make_check_and_restore(
    used: Store, folder: Path, tmp_path: Path, key: pyrage.x25519.Identity
) -> None:
    out, secret = tmp_path / "out.age", tmp_path / "key.txt"
    secret.write_text(f"{key}\n")
    ran = kiosk("backup", out, "--to", key.to_public(), "--store", folder, "--json")
    assert (ran.json["verified"], ran.json["people"]) == (False, 5)
    checked = kiosk("restore", out, "--check", "--identity", secret, "--json")
    assert checked.json["chain_end"] == ran.json["chain_end"]
    restored = kiosk("restore", out, "--into", tmp_path / "new", "--identity", secret)
    assert "5 people" in restored.out
    assert "holds a store already" in refused(
        kiosk("restore", out, "--into", tmp_path / "new", "--identity", secret, "--json")
    )
    with open_store(tmp_path / "new") as store:
        assert len(names_of(store)) == 5


@pytest.mark.slow
def test_a_backup_with_a_passphrase_was_restored_before_it_appears(used: Store, folder: Path, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text(f"{WORDS.text}\n")
    ran = kiosk("backup", tmp_path / "out.age", "--passphrase-file", words, "--store", folder, "--json")
    assert json.loads(ran.out)["verified"] is True
    assert (tmp_path / "out.age").stat().st_mode & 0o777 == 0o600
    words.write_text("another passphrase")
    assert "does not open" in refused(
        kiosk("restore", tmp_path / "out.age", "--check", "--passphrase-file", words, "--json")
    )
    assert WORDS.text not in ran.out + ran.err + repr(WORDS)
    assert "either" in refused(
        kiosk("backup", tmp_path / "2.age", "--to", "age1", "--passphrase-file", words, "--store", folder)
    )
