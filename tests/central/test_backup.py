"""Backups of central: whole, sealed, and restored into either database; what was erased before is not in them."""

from pathlib import Path

import pyrage
import pytest

from kiosk.age import Identity, Passphrase, Recipient
from kiosk.central.backup import Source, Summary, back_up, restore
from kiosk.domain.errors import BadInput, Refused
from tests.central.making import Running, running, settings_for
from tests.central.servers import Postgres

WORDS = Passphrase("a passphrase of some length")


def saved(central: Running, out: Path, lock: Recipient | Passphrase = WORDS) -> Summary:
    source = Source(central.house.database, central.settings.data)

    async def work() -> Summary:
        return await back_up(source, out, lock, central.clock.utc())

    summary: Summary = central.run(work)
    return summary


def restored(there: Running, folder: Path, file: Path, lock: Identity | Passphrase = WORDS) -> Summary:
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


def test_nothing_that_is_there_is_overwritten(fresh: Running, tmp_path: Path) -> None:
    fresh.person("Somebody")
    saved(fresh, tmp_path / "b.age")
    with pytest.raises(Refused, match="is there already"):
        saved(fresh, tmp_path / "b.age")
    with pytest.raises(Refused, match="holds a key"):
        restored(fresh, fresh.settings.data, tmp_path / "b.age")
    with pytest.raises(Refused, match="holds something"):
        restored(fresh, tmp_path / "elsewhere", tmp_path / "b.age")
