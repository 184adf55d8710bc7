"""Events that many kiosks push at once are written together, and each kiosk hears of its own."""

import asyncio
from datetime import UTC, datetime

from sqlalchemy import select

from kiosk.central.access.principal import KioskPrincipal
from kiosk.central.events.tables import EventRow
from kiosk.domain.ids import new_id
from kiosk.wire.pushed import Happened
from tests.central.making import Running

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
KIOSKS = 30


def an_event(seq: int, number: str = "") -> Happened:
    return Happened(id=number or new_id(NOON), seq=seq, kind="unknown", taken_utc=NOON)


def a_kiosk(number: int) -> KioskPrincipal:
    return KioskPrincipal(f"gathered-{number}", "here")


def kept(central: Running) -> list[EventRow]:
    async def work() -> list[EventRow]:
        async with central.house.database.reading() as session:
            query = select(EventRow).where(EventRow.kiosk.startswith("gathered-")).order_by(EventRow.position)
            return list((await session.scalars(query)).all())

    rows: list[EventRow] = central.run(work)
    return rows


def test_what_comes_while_others_are_written_is_written_together(fresh: Running) -> None:
    async def work() -> list[list[str]]:
        gathering = fresh.house.gathering
        pushes = [gathering.take(a_kiosk(one), [an_event(1), an_event(2)]) for one in range(KIOSKS)]
        return [[event.answer.value for event in events] for events in await asyncio.gather(*pushes)]

    assert fresh.run(work) == [["accepted", "accepted"]] * KIOSKS
    rows = kept(fresh)
    assert len(rows) == 2 * KIOSKS == len({row.position for row in rows})
    assert {row.kiosk for row in rows} == {a_kiosk(one).id for one in range(KIOSKS)}
    assert len({row.received_utc for row in rows}) <= 3  # so many transactions
    for one in range(KIOSKS):
        assert [row.seq for row in rows if row.kiosk == a_kiosk(one).id] == [1, 2]


def test_an_id_is_a_kiosk_s_own_and_pushed_twice_at_once_it_is_one_event(fresh: Running) -> None:
    number = new_id(NOON)

    async def work() -> list[list[str]]:
        gathering = fresh.house.gathering
        pushes = [gathering.take(a_kiosk(one % 2), [an_event(1, number)]) for one in range(6)]
        return [[event.answer.value for event in events] for events in await asyncio.gather(*pushes)]

    answers = [answer for (answer,) in fresh.run(work)]
    assert sorted(answers) == ["accepted"] * 2 + ["duplicate"] * 4
    assert [row.kiosk for row in kept(fresh)] in (["gathered-0", "gathered-1"], ["gathered-1", "gathered-0"])
