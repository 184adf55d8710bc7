"""A store opens whole or not at all, and a refusal changes nothing."""

import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from random import Random

import pytest

from kiosk.domain.errors import KioskError, StoreBusy, StoreDamaged, StoreError, StoreTooNew, WrongKey
from kiosk.store.migrations import LATEST
from tests.store.making import MODEL, NOON, a_pass, an_embedding, open_store, query, somebody

PAGE = 4096


@pytest.fixture
def made(folder: Path) -> Path:
    """A folder with a store of some fifty pages, closed."""
    with open_store(folder) as store:
        store.people.enrol_many([somebody(f"Number {i}", an_embedding(i)) for i in range(150)], NOON)
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    kept = ("kiosk.db", "key")
    return {name: (folder / name).read_bytes() for name in kept if (folder / name).exists()}


def assert_refused(folder: Path, error: type[KioskError], environ: dict[str, str] | None = None) -> None:
    before = files_of(folder)
    with pytest.raises(error) as caught:
        open_store(folder, environ=environ)
    assert type(caught.value) is error
    assert files_of(folder) == before


def spoil(folder: Path, change: Callable[[bytearray], object]) -> None:
    content = bytearray((folder / "kiosk.db").read_bytes())
    change(content)
    (folder / "kiosk.db").write_bytes(content)


def test_a_first_start_makes_folder_key_and_database_for_the_owner_alone(folder: Path) -> None:
    open_store(folder).close()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.parent.stat().st_mode & 0o777 == 0o700
    assert (folder / "key").stat().st_mode & 0o777 == 0o600
    assert (folder / "kiosk.db").stat().st_mode & 0o777 == 0o600
    assert len((folder / "key").read_bytes()) == 32


def test_a_first_start_leaves_nothing_unfinished_behind(folder: Path) -> None:
    open_store(folder).close()
    assert sorted(path.name for path in folder.iterdir()) == ["key", "kiosk.db"]


def test_a_second_start_finds_key_people_and_secrets_as_they_were(folder: Path) -> None:
    with open_store(folder) as store:
        person = store.people.enrol(somebody(), NOON)
        key, site = store.secrets.pass_key(), store.secrets.site_id()
    with open_store(folder) as store:
        assert store.people.find(person.id) == person
        assert (store.secrets.pass_key(), store.secrets.site_id()) == (key, site)


def test_two_stores_share_no_key_no_site_and_no_secret(tmp_path: Path) -> None:
    with open_store(tmp_path / "one") as one, open_store(tmp_path / "two") as two:
        assert one.secrets.pass_key() != two.secrets.pass_key()
        assert one.secrets.site_id() != two.secrets.site_id()
    assert (tmp_path / "one" / "key").read_bytes() != (tmp_path / "two" / "key").read_bytes()


def test_many_first_starts_at_once_end_up_with_one_store(folder: Path) -> None:
    def site(_: int) -> str:
        with open_store(folder) as store:
            return store.secrets.site_id()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(site, range(8)))) == 1


def test_the_wrong_key_is_refused(made: Path) -> None:
    (made / "key").write_bytes(os.urandom(32))
    assert_refused(made, WrongKey)


def test_a_missing_key_is_refused_and_no_new_one_is_made(made: Path) -> None:
    (made / "key").unlink()
    assert_refused(made, WrongKey)
    assert not (made / "key").exists()


@pytest.mark.parametrize("content", [b"", b"short", bytes(33)])
def test_a_file_that_is_no_key_is_refused(made: Path, content: bytes) -> None:
    (made / "key").write_bytes(content)
    assert_refused(made, WrongKey)


def test_the_wrong_key_is_named_before_a_newer_version(made: Path) -> None:
    query(made, "PRAGMA user_version = 99")
    (made / "key").write_bytes(os.urandom(32))
    assert_refused(made, WrongKey)


def test_a_key_that_others_can_read_is_made_private_again(made: Path) -> None:
    (made / "key").chmod(0o644)
    open_store(made).close()
    assert (made / "key").stat().st_mode & 0o777 == 0o600


def test_a_credential_from_systemd_is_the_key_and_none_is_written(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "kiosk-key").write_bytes(bytes(range(32)))
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    with open_store(folder, environ=environ) as store:
        person = store.people.enrol(somebody(), NOON)
    assert not (folder / "key").exists()
    with open_store(folder, environ=environ) as store:
        assert store.people.find(person.id) == person
    assert_refused(folder, WrongKey)


def test_another_credential_is_refused(made: Path, tmp_path: Path) -> None:
    (tmp_path / "kiosk-key").write_bytes(bytes(32))
    assert_refused(made, WrongKey, {"CREDENTIALS_DIRECTORY": str(tmp_path)})


def test_without_the_credential_in_its_folder_the_file_is_used(made: Path, tmp_path: Path) -> None:
    open_store(made, environ={"CREDENTIALS_DIRECTORY": str(tmp_path)}).close()


def test_a_newer_version_is_refused(made: Path) -> None:
    query(made, "PRAGMA user_version = 99")
    assert_refused(made, StoreTooNew)


def test_an_unknown_migration_is_refused(made: Path) -> None:
    query(made, "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('kiosk', 'm999', '2099')")
    assert_refused(made, StoreTooNew)


def test_a_newer_version_whose_tables_are_all_different_is_refused(made: Path) -> None:
    query(made, "ALTER TABLE store RENAME TO shop")
    query(made, "PRAGMA user_version = 99")
    assert_refused(made, StoreTooNew)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.clear(),
        lambda content: content.__delitem__(slice(10, None)),
        lambda content: content.__delitem__(slice(100, None)),
        lambda content: content.__delitem__(slice(PAGE, None)),
        lambda content: content.__delitem__(slice(len(content) // 2, None)),
        lambda content: content.__delitem__(slice(-PAGE, None)),
        lambda content: content.__delitem__(slice(-1, None)),
        lambda content: content.__setitem__(slice(None), os.urandom(len(content))),
        lambda content: content.__setitem__(slice(0, 16), bytes(16)),
        lambda content: content.__setitem__(slice(16, PAGE), os.urandom(PAGE - 16)),
        lambda content: content.__setitem__(slice(PAGE, None), bytes(len(content) - PAGE)),
    ],
    ids=[
        "empty",
        "10-bytes",
        "header",
        "one-page",
        "half",
        "last-page",
        "last-byte",
        "noise",
        "magic",
        "first",
        "zero",
    ],
)
def test_a_damaged_file_is_refused(made: Path, change: Callable[[bytearray], object]) -> None:
    spoil(made, change)
    assert_refused(made, StoreDamaged)


def test_noise_over_any_page_is_refused_or_does_no_harm(made: Path) -> None:
    """A page of the free list holds nothing; every other page is noticed."""
    whole = (made / "kiosk.db").read_bytes()
    refused = 0
    for start in range(0, len(whole), PAGE):
        (made / "kiosk.db").write_bytes(whole[:start] + os.urandom(PAGE) + whole[start + PAGE :])
        before = files_of(made)
        try:
            open_store(made).close()
        except StoreDamaged:
            refused += 1
            assert files_of(made) == before
        (made / "kiosk.db").write_bytes(whole)
    assert refused >= len(whole) // PAGE - 1


def test_a_text_file_in_its_place_is_refused(made: Path) -> None:
    (made / "kiosk.db").write_text("This is not a database.\n" * 1000)
    assert_refused(made, StoreDamaged)


def test_the_database_of_another_program_is_refused(folder: Path) -> None:
    open_store(folder).close()
    (folder / "kiosk.db").unlink()
    query(folder, "CREATE TABLE notes (text)")
    assert_refused(folder, StoreDamaged)


def test_a_store_without_its_own_record_is_refused(made: Path) -> None:
    query(made, "DELETE FROM store")
    assert_refused(made, StoreDamaged)


def test_a_spoilt_key_check_is_damage(made: Path) -> None:
    query(made, "UPDATE store SET key_check = zeroblob(60)")
    assert_refused(made, StoreDamaged)


def test_a_flipped_bit_in_the_name_of_a_column_is_damage(made: Path) -> None:
    spoil(
        made, lambda content: content.__setitem__(slice(None), content.replace(b"latency_ms REAL", b"latenCy_ms REAL"))
    )
    assert_refused(made, StoreDamaged)


@pytest.mark.parametrize("trigger", ["changed", "removed", "replaced"])
def test_a_journal_that_lost_its_guard_is_damage(made: Path, trigger: str) -> None:
    query(made, f"DROP TRIGGER events_are_never_{trigger}")
    assert_refused(made, StoreDamaged)


def test_a_text_that_is_no_text_is_damage(made: Path) -> None:
    with open_store(made) as store:
        person = store.people.everybody()[0].id
        store.passes.keep(a_pass(person))
        query(made, "UPDATE passes SET site = CAST(x'FF' AS TEXT)")
        with pytest.raises(StoreDamaged):
            store.passes.passes_of(person)


def test_any_byte_changed_is_refused_or_found_or_does_no_harm(made: Path) -> None:
    """Whatever happens, it is one of our errors, and a refusal changes nothing."""
    whole, random = (made / "kiosk.db").read_bytes(), Random(7)
    for _ in range(100):
        place = random.randrange(len(whole) if random.random() < 0.5 else PAGE)
        (made / "kiosk.db").write_bytes(whole[:place] + random.randbytes(1) + whole[place + 1 :])
        before = files_of(made)
        try:
            store = open_store(made)
        except StoreError:
            assert files_of(made) == before
            continue
        with store, suppress(StoreError):
            store.people.everybody()
            store.people.templates(MODEL)
            store.journal.events()
            store.doctor()


def test_a_log_without_its_database_is_damage_and_not_a_first_start(made: Path) -> None:
    (made / "kiosk.db").unlink()
    (made / "kiosk.db-wal").write_bytes(b"log" * 100)
    assert_refused(made, StoreDamaged)
    assert not (made / "kiosk.db").exists()


def test_a_folder_in_place_of_the_database_is_refused(made: Path) -> None:
    (made / "kiosk.db").unlink()
    (made / "kiosk.db").mkdir()
    with pytest.raises(StoreError):
        open_store(made)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    for place in (tmp_path / "file", tmp_path / "file" / "deeper"):
        with pytest.raises(StoreError):
            open_store(place)
    assert (tmp_path / "file").read_text() == "kept"


def test_a_store_that_is_locked_for_too_long_is_busy(made: Path) -> None:
    with open_store(made) as store, closing(sqlite3.connect(made / "kiosk.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy):
            store.journal.note("tested", NOON)
        assert store.people.everybody()
        other.execute("ROLLBACK")
        store.journal.note("tested", NOON)


def test_two_connections_see_each_others_changes(made: Path) -> None:
    with open_store(made) as one, open_store(made) as two:
        person = one.people.enrol(somebody("Seen By Both"), NOON)
        assert two.people.find(person.id) == person
        two.people.erase(person.id, NOON)
        assert person.id not in {known.id for known in one.people.everybody()}


def test_every_connection_waits_for_the_disk(made: Path) -> None:
    with open_store(made) as store:
        settings = [store.people.db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "foreign_keys")]
        assert settings == [2, 1]
        assert store.people.db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert store.people.db.execute("PRAGMA secure_delete").fetchone() == (1,)


def test_the_doctor_counts_and_finds_a_whole_store_sound(made: Path) -> None:
    with open_store(made) as store:
        store.journal.note("tested", NOON)
        report = store.doctor()
    assert (report.sound, report.chain.holds, report.schema_version) == (True, True, LATEST)
    assert (report.people, report.templates, report.events, report.passes) == (150, 150, 151, 0)
    assert report.size_bytes >= (made / "kiosk.db").stat().st_size


def test_the_doctor_notices_a_sealed_value_that_no_longer_opens(made: Path) -> None:
    query(made, "UPDATE templates SET vector = zeroblob(541) WHERE seq = 7")
    with open_store(made) as store:
        assert not store.doctor().sound
