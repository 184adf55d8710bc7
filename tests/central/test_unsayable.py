"""What central keeps and no message can say: it stops nobody's feed."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from kiosk.wire.fields import EARLIEST
from tests.central.making import Running
from tests.central.syncing import a_kiosk, somebody

FOR_EVER = datetime(9999, 12, 31, tzinfo=UTC)
LONG_AGO = datetime(1999, 1, 1, tzinfo=UTC)


def kept(central: Running, statement: str, **values: Any) -> None:
    """As it would lie in the database of a central of before, or on a disk that fails."""

    async def work() -> None:
        async with central.house.database.writing() as session:
            await session.execute(text(statement), values)

    central.run(work)


def test_what_is_good_for_ever_is_good_for_as_long_as_a_message_can_say(fresh: Running) -> None:
    kiosk = a_kiosk(fresh)
    person = somebody()
    assert kiosk.told("person", **person) == ("accepted", "")
    kept(
        fresh,
        "UPDATE people SET valid_from_utc = :early, valid_until_utc = :late WHERE id = :id",
        early=LONG_AGO,
        late=FOR_EVER,
        id=person["id"],
    )
    kept(fresh, "UPDATE consents SET given_utc = :early WHERE person = :id", early=LONG_AGO, id=person["id"])
    known = kiosk.sync().people[person["id"]]
    assert known.valid_from_utc == known.consents[0].given_utc == EARLIEST
    assert known.valid_until_utc is not None and known.valid_until_utc.year == 2099


def test_somebody_who_can_t_be_told_of_stops_nobody_s_feed(fresh: Running) -> None:
    kiosk = a_kiosk(fresh)
    damaged, erased = somebody(), somebody()
    assert kiosk.told("person", **damaged) == kiosk.told("person", **erased) == ("accepted", "")
    kiosk.sync()
    kept(fresh, "UPDATE templates SET sealed = :bytes WHERE person = :id", bytes=b"\0" * 80, id=damaged["id"])
    fresh.admin("PUT", f"/v1/people/{damaged['id']}", json={"name": "Somebody Else", "version": 1})
    fresh.admin("DELETE", f"/v1/people/{erased['id']}")
    kiosk.sync()
    assert (erased["id"], True) in kiosk.gone
    assert len(kiosk.people[damaged["id"]].faces) == 1, "what was known of them before stays as it was"
    disabled = fresh.admin("POST", f"/v1/people/{damaged['id']}/disable", json={"version": 2})
    assert disabled.status_code == 200, disabled.text
    assert kiosk.sync().people[damaged["id"]].disabled, "nobody is let in who is not to be, whatever is damaged"
