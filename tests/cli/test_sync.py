"""kiosk sync: what is said of a kiosk that is alone, and of a central that can't be had."""

from pathlib import Path

from kiosk.wire.pushed import Answer, Kind
from tests.cli.running import kiosk, refused
from tests.store.making import NOON, open_store, somebody
from tests.store.syncing import answer_all, of_kind, pair


def test_a_kiosk_that_is_alone_says_so_and_how_to_pair_it(tmp_path: Path) -> None:
    ran = kiosk("sync", "status", "--store", tmp_path / "store")
    assert ran.code == 1
    assert "kiosk sync pair" in ran.out
    shown = kiosk("sync", "status", "--store", tmp_path / "store", "--json").json
    assert (shown["standing"], shown["waiting"], shown["dead_letters"]) == ("alone", 0, [])


def test_only_encrypted_addresses_are_paired_with(tmp_path: Path) -> None:
    ran = kiosk("sync", "pair", "http://central.example", "--store", tmp_path / "store")
    assert (ran.code, "https" in ran.err) == (1, True)
    assert "sync.url" in refused(kiosk("sync", "pair", "--store", tmp_path / "store"))


def test_a_central_that_is_not_there_is_said_in_one_sentence(tmp_path: Path) -> None:
    ran = kiosk("sync", "pair", "http://127.0.0.1:9", "--store", tmp_path / "store", "--json")
    assert (ran.code, ran.out) == (1, "")
    assert "can't be reached" in ran.err


def test_nothing_is_exchanged_or_left_without_being_paired(tmp_path: Path) -> None:
    for command in (("now",), ("unpair", "--yes")):
        assert "not paired" in refused(kiosk("sync", *command, "--store", tmp_path / "store"))
    assert kiosk("sync", "retry", "--store", tmp_path / "store", "--json").json == {"revived": 0}


def test_what_central_rejected_is_shown_by_status_and_stays_so(tmp_path: Path) -> None:
    with open_store(tmp_path / "store") as store:
        pair(store)
        store.people.enrol(somebody(), NOON)
        answer_all(store, of_kind(store.outbox.pending(100), Kind.PERSON), Answer.REJECTED, "consent")
    for _ in range(2):
        shown = kiosk("sync", "status", "--store", tmp_path / "store", "--json").json
        assert [(one["kind"], one["reason"]) for one in shown["dead_letters"]] == [("person", "consent")]
        assert shown["dead"] == 1
    assert kiosk("sync", "retry", "--store", tmp_path / "store", "--json").json == {"revived": 1}
