"""What happens beside a pull, between two looks of it at the database."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.database import Database
from kiosk.central.sync.feed import FEW, pull
from kiosk.central.sync.sequencer import number_all
from kiosk.wire.pulled import PAGE_MOST, Page
from tests.central.making import Running
from tests.central.syncing import Puller, a_kiosk
from tests.central.test_feed import touch

Between = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Watched(Database):
    """A database beside which something happens: `between` is told what comes next, before it comes."""

    between: Between

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        await self.between("reading")
        async with Database.reading(self) as session:
            yield session

    @asynccontextmanager
    async def scanning(self) -> AsyncIterator[AsyncSession]:
        await self.between("scanning")
        async with Database.scanning(self) as session:
            yield session


def pulled(central: Running, kiosk: Puller, between: Between) -> Page:
    """The next page, during which that happens."""
    real = central.house.database
    watched = Watched(real.engine, real.reads, real.wait_s, real.turn, between=between)
    page: Page = central.run(pull, replace(central.house, database=watched), kiosk.id, kiosk.cursor, PAGE_MOST)
    return page


def looks(central: Running, kiosk: Puller) -> int:
    """How often a pull looks before it unseals whom it tells of."""
    seen: list[str] = []

    async def count(what: str) -> None:
        seen.append(what)

    pulled(central, kiosk, count)
    return seen.index("scanning")


def test_who_changes_while_the_last_page_of_a_reset_is_made_is_not_left_out(fresh: Running) -> None:
    kiosk, people = a_kiosk(fresh), [fresh.person(f"Person {number}")["id"] for number in range(FEW + 2)]
    kiosk.page()  # the first pull of all has more to do
    last, seen = looks(fresh, kiosk), 0

    async def beside(what: str) -> None:
        nonlocal seen
        seen += 1
        if seen == last:  # which rows are told is looked up next
            await touch(fresh, people[3])
        elif what == "scanning":
            await number_all(fresh.house.database)

    page = pulled(fresh, kiosk, beside)
    told = [change.person.id for change in page.changes if change.person]
    assert people[3] not in told and page.reset and page.more
    kiosk.cursor = page.cursor
    following = kiosk.page()
    assert [change.person.id for change in following.changes if change.person] == [people[3]] and not following.more
