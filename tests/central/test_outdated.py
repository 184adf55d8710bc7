"""What the daily job removes of what sync leaves behind, and that no kiosk misses anything by it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update

from kiosk.central.passes.tables import PassRow
from kiosk.central.sync.sequencer import number_all
from kiosk.central.sync.tables import ChangeRow
from tests.central.making import Running
from tests.central.syncing import a_kiosk
from tests.central.working import ended


def retained(central: Running) -> dict[str, Any]:
    job = ended(central, central.admin("POST", "/v1/jobs/retention", json={"dry_run": False}))
    assert job["state"] == "done", job
    result: dict[str, Any] = job["result"]
    return result


def told_of_passes(central: Running) -> int:
    """How many rows of the feed are about passes."""

    async def work() -> int:
        await number_all(central.house.database)
        async with central.house.database.reading() as session:
            return await session.scalar(select(func.count()).where(ChangeRow.kind == "pass")) or 0

    count: int = central.run(work)
    return count


def expired(central: Running, days: int) -> None:
    """Every pass that there is, so long ago."""

    async def work() -> None:
        async with central.house.database.writing() as session:
            await session.execute(update(PassRow).values(expires_utc=central.clock.utc() - timedelta(days=days)))

    central.run(work)


def test_passes_long_expired_go_everywhere_and_their_end_is_told_to_every_kiosk_first(fresh: Running) -> None:
    person = fresh.person("Often Here")["id"]
    old, foreign = a_kiosk(fresh), a_kiosk(fresh, site="beyond")
    late, gone = a_kiosk(fresh), a_kiosk(fresh)
    fresh.admin("POST", f"/v1/kiosks/{gone.id}/revoke")
    passes = {fresh.admin("POST", "/v1/passes", json={"person": person, "hours": 8}).json()["id"] for _ in range(3)}
    assert set(old.sync().passes) == set(late.sync().passes) == passes and foreign.sync().passes == {}
    expired(fresh, 360)
    assert retained(fresh)["passes"] == 0
    expired(fresh, 370)
    new = fresh.admin("POST", "/v1/passes", json={"person": person, "hours": 8}).json()["id"]
    assert retained(fresh)["passes"] == 3 and told_of_passes(fresh) == 4
    assert set(old.sync().passes) == {new}
    old.pull()
    retained(fresh)
    assert told_of_passes(fresh) == 4  # one kiosk has not asked after it
    assert set(late.sync().passes) == {new}
    late.pull()
    retained(fresh)
    assert told_of_passes(fresh) == 1
    page = late.page()
    assert (page.changes, page.reset) == ([], False)
    assert set(a_kiosk(fresh).sync().passes) == {new}


def test_what_was_not_taken_long_ago_is_not_shown_for_ever(fresh: Running) -> None:
    kiosk = a_kiosk(fresh)

    def letters() -> int:
        return len(fresh.admin("GET", f"/v1/kiosks/{kiosk.id}/dead-letters").json())

    kiosk.told("edit", person="nobody", base=0, name="N")
    fresh.clock.forward(days=60)
    kiosk.told("edit", person="nobody", base=0, name="N")
    assert retained(fresh)["letters"] == 0 and letters() == 2
    fresh.clock.forward(days=40)
    assert retained(fresh)["letters"] == 1 and letters() == 1
