"""A store of before sync keeps all it had; a copy of a store is as far as it was, and says so by its counters."""

from contextlib import closing
from pathlib import Path

import pyrage
from sqlite_utils import Database

from kiosk.age import Identity, Recipient
from kiosk.domain.people import Person
from kiosk.store.backup import Source, back_up, check, restore
from kiosk.store.chain import Chain
from kiosk.store.database import connect
from kiosk.store.dates import to_text
from kiosk.store.files import make_folder
from kiosk.store.keyfile import make_key
from kiosk.store.migrations import KEY_CHECK, LATEST, key_check_context, steps
from kiosk.store.opening import DATABASE
from kiosk.store.people import plain
from kiosk.store.secrets import make_secrets
from kiosk.vault import Context, Vault, What
from kiosk.wire.pushed import Kind
from tests.fakes.clock import FakeClock
from tests.store.making import MODEL, NOON, a_pass, an_embedding, open_store, query, somebody
from tests.store.syncing import a_person, gone, of_kind, pair, settled, told

PERSON = "abcdefghij234567"
NAME = "Somebody Before"


def make_third(folder: Path) -> None:
    """A store as version 3 left it: somebody with everything, two passes, and three chained events."""
    make_folder(folder)
    vault = Vault(make_key(folder))
    (folder / DATABASE).touch(mode=0o600)
    with closing(connect(folder / DATABASE, patience_s=1.0)) as db:
        db.execute("PRAGMA journal_mode = WAL").fetchone()
        steps(vault).apply(db, stop_before="m004_sync")
        with db.atomic():
            sealed = vault.seal(KEY_CHECK, key_check_context(3))
            db.execute("INSERT INTO store VALUES (1, ?, ?, ?)", [vault.key_id, sealed, to_text(NOON)])
            make_secrets(db, vault)
            fill_third(db, vault)


def fill_third(db: Database, vault: Vault) -> None:
    now = to_text(NOON)
    name = vault.seal(NAME.encode(), Context(What.NAME, PERSON))
    vector = vault.seal(plain(an_embedding()), Context(What.TEMPLATE, PERSON, MODEL))
    db.execute("INSERT INTO people (id, name, enrolled_utc) VALUES (?, ?, ?)", [PERSON, name, now])
    db.execute(
        "INSERT INTO templates (id, person, model, vector, samples, made_utc) VALUES ('t1', ?, ?, ?, 5, ?)",
        [PERSON, MODEL, vector, now],
    )
    for number, revoked, once in (("first", now, 0), ("second", None, 1)):
        db.execute(
            "INSERT INTO passes (id, person, site, not_before_utc, expires_utc, revoked_utc, single_use)"
            " VALUES (?, ?, 'here', ?, ?, ?, ?)",
            [number, PERSON, now, to_text(NOON.replace(year=2026)), revoked, once],
        )
    for number in range(3):
        Chain(db, vault).append({"id": f"{number:032x}", "at_utc": now, "kind": "enrolled", "person": PERSON})


def test_a_store_of_before_keeps_people_passes_and_the_chain_of_its_journal(folder: Path) -> None:
    make_third(folder)
    with open_store(folder) as store:
        report = store.doctor()
        assert (report.schema_version, report.sound, report.chain.holds) == (LATEST, True, True)
        assert store.people.everybody() == (Person(PERSON, NAME, NOON),)
        first, second = store.passes.pass_of("first"), store.passes.pass_of("second")
        assert (first.revoked_utc, first.single_use) == (NOON, False)
        assert (second.revoked_utc, second.single_use) == (None, True)
        assert [one.id for one in store.passes.passes_of(PERSON)] == ["second", "first"]
        assert not store.people.access()
    with open_store(folder) as store:
        assert store.people.find(PERSON).name == NAME


def test_a_store_of_before_pairs_and_tells_all_it_has(folder: Path) -> None:
    make_third(folder)
    with open_store(folder) as store:
        pair(store)
        items = settled(store)
        assert [item.body["id"] for item in of_kind(items, Kind.PERSON)] == [PERSON]
        assert [item.body["id"] for item in of_kind(items, Kind.PASS, Kind.REVOCATION)] == ["first", "second", "first"]
        assert len(of_kind(items, Kind.EVENT)) == 4


def test_passes_go_with_their_person_in_a_store_of_before(folder: Path) -> None:
    make_third(folder)
    with open_store(folder) as store:
        store.people.erase(PERSON, NOON)
    assert query(folder, "SELECT count(*) FROM passes") == [(0,)]


def test_a_restored_copy_is_as_far_as_it_was_and_learns_the_rest(tmp_path: Path) -> None:
    home, copy = tmp_path / "home", tmp_path / "copy"
    keys, clock = pyrage.x25519.Identity.generate(), FakeClock()
    with open_store(home, clock) as store:
        pair(store)
        mine = store.people.enrol(somebody("Mine"), NOON).id
        settled(store)
        told(store, a_person("ann"))
        store.passes.keep(a_pass(mine))
        store.membership.reserve("main", 100)
    backup = tmp_path / "backup.age"
    assert back_up(
        Source(home, {}), backup, Recipient(str(keys.to_public())), clock, lambda done, total: None
    ).size_bytes
    check(backup, Identity(str(keys)), clock)
    with open_store(home, clock) as store:
        told(store, gone("ann", erased=True))
        settled(store)
        store.membership.reserve("main", 100)
    restore(backup, Identity(str(keys)), copy, clock)
    with open_store(copy, clock) as store:
        assert store.membership.store_id()
        assert (store.inbox.cursor(), store.membership.reserve("main", 1)) == ("e.1.v", 101)
        store.membership.raise_counter("main", 200)
        assert store.membership.reserve("main", 1) == 201
        assert of_kind(store.outbox.pending(100), Kind.PASS)
        assert told(store, gone("ann", erased=True), cursor="e.2.v") == ("ann",)
        assert store.doctor().sound
