"""Backups of central: whole, sealed, and restored into either database; what was erased before is not in them."""

from pathlib import Path

import pyrage
import pytest
from sqlalchemy import text

from kiosk.age import Identity, Recipient, decrypt
from kiosk.central.backup import Source, Summary, back_up, restore
from kiosk.central.sync.signer import server_state
from kiosk.domain.errors import BadInput, Refused
from tests.central.kiosks_making import PairedKiosk
from tests.central.making import Running, running, settings_for
from tests.central.servers import Postgres
from tests.central.syncing import a_kiosk, somebody

pytestmark = pytest.mark.long

SYNCED = ("receipts", "conflicts", "dead_letters", "model_reports", "pairings", "server_state")
KEYS = pyrage.x25519.Identity.generate()  # a passphrase takes seconds of computing, on purpose
OPENS, CLOSES = Identity(str(KEYS)), Recipient(str(KEYS.to_public()))


def saved(central: Running, out: Path, lock: Recipient = CLOSES) -> Summary:
    source = Source(central.house.database, central.settings.data)

    async def work() -> Summary:
        return await back_up(source, out, lock, central.clock.utc())

    summary: Summary = central.run(work)
    return summary


def restored(there: Running, folder: Path, file: Path, lock: Identity = OPENS) -> Summary:
    async def work() -> Summary:
        return await restore(file, lock, Source(there.house.database, folder))

    summary: Summary = there.run(work)
    return summary


@pytest.mark.parametrize("other", ["sqlite", "postgresql"])
def test_what_was_backed_up_is_there_again_in_either_database(
    fresh: Running, other: str, postgres: Postgres, tmp_path: Path, demo_faces: dict[str, Path]
) -> None:
    person = fresh.enrolled("Somebody Kept", demo_faces["obama"])
    gone = fresh.enrolled("Somebody Gone", demo_faces["biden"])
    fresh.admin("DELETE", f"/v1/people/{gone['id']}")
    made = saved(fresh, tmp_path / "b.age")
    assert made.rows["people"] == 1 and made.rows["templates"] == 1
    content = (tmp_path / "b.age").read_bytes()
    assert b"Somebody" not in content and person["id"].encode() not in content
    url = "" if other == "sqlite" else postgres.new_database()
    with running(settings_for(tmp_path / "unused", url)) as empty:
        assert restored(empty, tmp_path / "new", tmp_path / "b.age") == made
    with running(settings_for(tmp_path / "new", url or f"sqlite+aiosqlite:///{tmp_path}/unused/central.db")) as there:
        there.tokens = fresh.tokens
        details = there.admin("GET", f"/v1/people/{person['id']}").json()
        assert details["name"] == "Somebody Kept" and len(details["templates"]) == 1
        assert there.admin("GET", f"/v1/people/{gone['id']}").status_code == 404
        assert there.admin("GET", f"/v1/people/{person['id']}/picture").content[:4] == b"RIFF"
        assert there.admin("GET", "/v1/audit/check").json() == {"first_break": None}
        there.person("Made after the restore")


def test_a_backup_for_a_public_key_opens_with_its_secret_alone(fresh: Running, tmp_path: Path) -> None:
    fresh.person("Somebody")
    identity = pyrage.x25519.Identity.generate()
    saved(fresh, tmp_path / "b.age", Recipient(str(identity.to_public())))
    with running(settings_for(tmp_path / "other", "")) as empty:
        wrong = Identity(str(pyrage.x25519.Identity.generate()))
        with pytest.raises(BadInput, match="does not open"):
            restored(empty, tmp_path / "new", tmp_path / "b.age", wrong)
        assert restored(empty, tmp_path / "new", tmp_path / "b.age", Identity(str(identity))).rows["people"] == 1


def rows_of(there: Running) -> dict[str, int]:
    """How many rows each table of sync has."""

    async def work() -> dict[str, int]:
        async with there.house.database.reading() as session:
            return {one: await session.scalar(text(f"SELECT count(*) FROM {one}")) or 0 for one in SYNCED}

    rows: dict[str, int] = there.run(work)
    return rows


def epoch_and_key(there: Running) -> tuple[str, bytes]:
    async def work() -> tuple[str, bytes]:
        async with there.house.database.writing() as session:
            state = await server_state(session, there.house.vault)
            return state.epoch, state.signer_public

    found: tuple[str, bytes] = there.run(work)
    return found


def test_what_sync_knows_is_restored_with_a_new_epoch_and_nobody_who_was_erased(fresh: Running, tmp_path: Path) -> None:
    kiosk = a_kiosk(fresh)
    kept, gone = somebody("Somebody Kept"), somebody("Somebody Gone")
    for person in (kept, gone):
        assert kiosk.told("person", **person) == ("accepted", "")
        now = fresh.admin("GET", f"/v1/people/{person['id']}").json()
        edited = {"name": f"{person['name']} Edited", "groups": [], "version": now["version"]}
        assert fresh.admin("PUT", f"/v1/people/{person['id']}", json=edited).status_code == 200
        kiosk.told("edit", person=person["id"], base=1, name=f"{person['name']} Elsewhere")
    assert kiosk.told("edit", person="nobody", base=0, name="N")[0] == "rejected"
    kiosk.told("model", tag="a model", state="running", at_utc="2026-11-21T10:00:00Z")
    PairedKiosk(fresh.client).ask()
    fresh.admin("DELETE", f"/v1/people/{gone['id']}")
    before = rows_of(fresh)
    assert before == dict.fromkeys(SYNCED, 1)
    saved(fresh, tmp_path / "b.age")
    decrypt(tmp_path / "b.age", tmp_path / "plain", OPENS)
    plain = (tmp_path / "plain").read_bytes()
    assert b"Somebody Kept Elsewhere" in plain and b"Somebody Gone" not in plain
    with running(settings_for(tmp_path / "unused", "")) as empty:
        restored(empty, tmp_path / "new", tmp_path / "b.age")
    with running(settings_for(tmp_path / "new", f"sqlite+aiosqlite:///{tmp_path}/unused/central.db")) as there:
        assert rows_of(there) == before
        (old, signer), (new, same) = epoch_and_key(fresh), epoch_and_key(there)
        assert new != old and same == signer
        kiosk.central = there
        assert set(kiosk.sync().people) == {kept["id"]} and (gone["id"], True) in kiosk.gone


def test_nothing_that_is_there_is_overwritten(fresh: Running, tmp_path: Path) -> None:
    fresh.person("Somebody")
    saved(fresh, tmp_path / "b.age")
    with pytest.raises(Refused, match="is there already"):
        saved(fresh, tmp_path / "b.age")
    with pytest.raises(Refused, match="holds a key"):
        restored(fresh, fresh.settings.data, tmp_path / "b.age")
    with pytest.raises(Refused, match="holds something"):
        restored(fresh, tmp_path / "elsewhere", tmp_path / "b.age")
