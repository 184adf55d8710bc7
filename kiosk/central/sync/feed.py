"""What a kiosk pulls: a page of what changed for it after its cursor."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, literal, or_, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.house import House
from kiosk.central.kiosks.moving import note_arrival
from kiosk.central.kiosks.tables import KioskRow
from kiosk.central.models.shipped import registered
from kiosk.central.sync.changes import Teller
from kiosk.central.sync.cursor import Cursor, Reset, read_cursor, reset_for
from kiosk.central.sync.scope import View, view_of
from kiosk.central.sync.sequencer import is_marked, newest, number_all
from kiosk.central.sync.signer import epoch_of
from kiosk.central.sync.tables import ChangeRow
from kiosk.wire.pulled import Change, Page

COUNTED_MOST = 200_000
FEW = 20
WEIGHT_MOST = 4_000_000  # bytes of templates and texts, well below what a kiosk takes in one answer
RULE_WEIGHT = 160  # of a window or a consent, so that a page has not more values than a kiosk reads (VALUES_MOST)
TRIES, PAUSE_S = 10, 0.1


@dataclass(frozen=True, slots=True)
class Begun:
    """Where a page begins: after that cursor, for that view, and why from the beginning."""

    cursor: Cursor
    view: View
    reset: Reset


async def pull(house: House, kiosk: str, asked: str, limit: int) -> Page:
    """The page after that cursor, of so many changes at most. Raises Missing, Unavailable."""
    begun = await _begun(house, kiosk, asked)
    if begun.reset:
        await registered(house)
    await number_all(house.database)
    if begun.cursor.until is not None:
        begun = await _whole(house, begun)
    page = await _page(house, begun, limit)
    await _remember(house, begun)
    house.metrics.pulls.labels(page.reason).inc()
    house.metrics.behind.observe(len(page.changes) + page.left)
    return page


async def _begun(house: House, kiosk: str, asked: str) -> Begun:
    epoch = await epoch_of(house.database, house.vault)
    async with house.database.reading() as session:
        view, last = await view_of(session, kiosk), await newest(session)
    cursor = read_cursor(asked)
    reset = reset_for(cursor, epoch, view.digest, last)
    if cursor is None or reset:
        cursor = Cursor(epoch, 0, view.digest, 0)
    return Begun(cursor, view, reset)


async def _whole(house: House, begun: Begun) -> Begun:
    """A kiosk that begins with nothing takes what it was not told for gone: what somebody marks just now is waited for.

    `until` is how far the feed is when it begins.
    """
    for _ in range(TRIES):
        if not await is_marked(house.database, *begun.view.sites):
            break
        await asyncio.sleep(PAUSE_S)
        await number_all(house.database)
    if not begun.reset:
        return begun
    async with house.database.reading() as session:
        return replace(begun, cursor=replace(begun.cursor, until=await newest(session)))


async def _page(house: House, begun: Begun, limit: int) -> Page:
    cursor, view = begun.cursor, begun.view
    async with house.database.reading() as session:
        rows = await _rows(session, view, cursor.position, limit)
        last = (rows[-1].position or 0) if rows else cursor.position
        left = await _left(session, view, last) if len(rows) == limit else 0
    opened = house.database.scanning() if len(rows) > FEW else house.database.reading()
    async with opened as session:
        changes = await Teller(session, house.vault, view, house.clock.utc(), cursor.until or 0).told(rows)
    if limit > 1 and _weight(changes) > WEIGHT_MOST:
        return await _page(house, begun, limit // 4 or 1)
    more = bool(left) or (cursor.until is not None and await _has_news(house, view, last))
    following = replace(cursor, position=last, until=cursor.until if more else None)
    return Page(
        changes=changes,
        cursor=following.text(),
        more=more,
        reset=bool(begun.reset),
        reason=begun.reset.value,
        left=left,
        epoch=cursor.epoch,
        site=view.site,
        at_utc=house.clock.utc(),
    )


def _weight(changes: Sequence[Change]) -> int:
    texts = sum(len(change.notice.text) for change in changes if change.notice is not None)
    people = [change.person for change in changes if change.person is not None]
    rules = sum(len(person.windows) + len(person.consents) for person in people)
    return texts + rules * RULE_WEIGHT + sum(len(face.vector) for person in people for face in person.faces)


async def _rows(session: AsyncSession, view: View, position: int, limit: int) -> Sequence[ChangeRow]:
    """The next rows of the site and of every site; each by its own way along the index."""
    found = [
        select(ChangeRow.kind, ChangeRow.id, ChangeRow.site, ChangeRow.position)
        .where(ChangeRow.site == site, ChangeRow.position > position)
        .order_by(ChangeRow.position)
        .limit(limit)
        .subquery()
        for site in view.sites
    ]
    both = union_all(*(select(one) for one in found)).subquery()
    rows = await session.execute(select(both).order_by(both.c.position).limit(limit))
    return [ChangeRow(kind=row.kind, id=row.id, site=row.site, position=row.position) for row in rows]


async def _left(session: AsyncSession, view: View, position: int) -> int:
    """How many rows follow; of very many, as many as are counted in a moment."""
    following = select(literal(1)).where(ChangeRow.site.in_(view.sites), ChangeRow.position > position)
    return await session.scalar(select(func.count()).select_from(following.limit(COUNTED_MOST).subquery())) or 0


async def _has_news(house: House, view: View, position: int) -> bool:
    """Whether anything follows, with a position or not yet. In one statement: what had none when the rows were looked
    up may have got one since, while people were unsealed.
    """
    of_sites = select(literal(1)).where(ChangeRow.site.in_(view.sites))
    numbered, marked = of_sites.where(ChangeRow.position > position), of_sites.where(ChangeRow.position.is_(None))
    async with house.database.reading() as session:
        return bool(await session.scalar(select(or_(numbered.exists(), marked.exists()))))


async def _remember(house: House, begun: Begun) -> None:
    """Whoever asks after a cursor has applied everything up to it; with the last page of a reset, whoever it did not
    name went.
    """
    position, view = begun.cursor.position, begun.view
    is_there = bool(view.left_sites) and not begun.reset and begun.cursor.until is None
    if position == view.asked_after and not is_there:
        return
    values: dict[str, object] = {"cursor_position": position, "cursor_utc": house.clock.utc()}
    async with house.database.writing() as session:
        await session.execute(update(KioskRow).where(KioskRow.id == view.kiosk).values(values))
        if is_there:
            note_arrival(await session.get_one(KioskRow, view.kiosk, with_for_update=True), view.left_sites)
