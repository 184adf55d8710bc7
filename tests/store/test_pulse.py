"""What a store that can't be written says before anybody needs it, on real disks wherever they can be mounted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.domain.errors import StoreBusy, StoreDamaged, StoreFailing, StoreFull, StoreUnwritable
from kiosk.store import Store
from tests.fakes.disk import NoMounts, break_writing, card, mend_writing, small_disk
from tests.store.making import NOON, a_decision, all_bytes, open_store, query


@pytest.fixture
def writable() -> Iterator[None]:
    yield
    mend_writing()


def test_a_sound_store_has_a_pulse_and_nothing_is_changed_by_feeling_it(store: Store, folder: Path) -> None:
    before = all_bytes(folder)
    for _ in range(10):
        store.pulse.feel()
    assert all_bytes(folder) == before


def test_proving_a_store_leaves_no_row_behind(store: Store, folder: Path) -> None:
    store.pulse.prove()
    assert query(folder, "SELECT count(*) FROM policy") == [(0,)]
    assert store.doctor().sound


def test_a_store_that_another_holds_is_busy_and_free_afterwards(store: Store, folder: Path) -> None:
    with open_store(folder) as other:
        other._db.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy):
            store.pulse.feel()
        other._db.rollback()
    store.pulse.prove()


def test_a_full_disk_is_felt_before_anybody_writes_and_room_is_felt_too(tmp_path: Path) -> None:
    try:
        with small_disk(tmp_path / "disk") as disk, open_store(disk.place / "store") as store:
            store.pulse.prove()
            disk.fill()
            with pytest.raises(StoreFull, match="free some space"):
                store.pulse.feel()
            with pytest.raises(StoreFull):
                store.journal.record(a_decision(), NOON)
            disk.free()
            store.pulse.prove()
            assert not store.journal.events()
            assert store.doctor().sound
    except NoMounts as reason:
        pytest.skip(str(reason))


def test_a_card_that_turned_read_only_is_felt_and_works_again_after_repair(tmp_path: Path) -> None:
    try:
        with card(tmp_path / "card") as slot:
            with open_store(slot.place / "store") as store:
                store.journal.record(a_decision(), NOON)
                slot.turn_read_only()
                with pytest.raises(StoreUnwritable, match="written any more"):
                    store.pulse.feel()
                with pytest.raises((StoreUnwritable, StoreFailing)):
                    store.journal.record(a_decision("decision-2"), NOON)
            with pytest.raises((StoreUnwritable, StoreFailing)), open_store(slot.place / "store") as store:
                store.pulse.prove()
            slot.repair()
            with open_store(slot.place / "store") as store:
                store.pulse.prove()
                assert [event.id for event in store.journal.events()] == ["decision-1"]
    except NoMounts as reason:
        pytest.skip(str(reason))


@pytest.mark.usefixtures("writable")
def test_a_disk_that_fails_is_found_out_when_the_store_is_proved(store: Store) -> None:
    break_writing()
    with pytest.raises(StoreFailing, match="card or disk"):
        store.pulse.prove()
    mend_writing()
    store.pulse.prove()
    assert store.doctor().sound


def test_a_store_that_was_taken_away_or_replaced_is_not_written_any_more(store: Store, folder: Path) -> None:
    store.pulse.feel()
    kept = (folder / "kiosk.db").rename(folder / "elsewhere.db")
    with pytest.raises(StoreDamaged, match="gone"):
        store.pulse.feel()
    (folder / "kiosk.db").write_bytes(kept.read_bytes())
    with pytest.raises(StoreDamaged, match="replaced"):
        store.pulse.feel()
