"""Who has to confirm an erasure, who has, and who has not been heard from."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.kiosks.moving import sites_left
from kiosk.central.kiosks.tables import KioskRow
from kiosk.central.people.tables import TombstoneRow
from kiosk.central.sync.tables import ChangeRow, ReceiptRow
from kiosk.wire.pushed import Erased


async def ask_receipts(session: AsyncSession, person: str, now: datetime) -> None:
    """Every kiosk of a site that was ever told of that person, or that has just left one, is to confirm that they are
    gone from it.
    """
    sites = select(ChangeRow.site).where(ChangeRow.kind == "person", ChangeRow.id == person)
    told = set((await session.scalars(sites)).all())
    query = select(KioskRow.id, KioskRow.site, KioskRow.left_sites).where(KioskRow.revoked_utc.is_(None))
    asked = select(ReceiptRow.kiosk).where(ReceiptRow.person == person)
    query = query.where(KioskRow.id.not_in(asked))
    if "" not in told:
        query = query.where(or_(KioskRow.site.in_(told), KioskRow.left_sites != ""))
    kiosks = (await session.execute(query)).all()
    had = [one for one in kiosks if told & {"", one.site, *sites_left(one.left_sites)}]
    rows = [{"person": person, "kiosk": one.id, "site": one.site, "asked_utc": now} for one in had]
    if rows:
        await session.execute(insert(ReceiptRow), rows)
        # A kiosk that was being moved meanwhile is asked where it is by now.
        now_at = select(KioskRow.site).where(KioskRow.id == ReceiptRow.kiosk).scalar_subquery()
        moved = update(ReceiptRow).where(ReceiptRow.person == person, ReceiptRow.site != now_at)
        await session.execute(moved.values(site=now_at).execution_options(synchronize_session=False))


async def ask_again(session: AsyncSession, person: str, kiosk: str, now: datetime) -> None:
    """That kiosk spoke of somebody who was erased: it is told so, and asked, whatever it confirmed before."""
    row = await session.get(ReceiptRow, (person, kiosk))
    if row is not None:
        await session.delete(row)
        await session.flush()
    site = await session.scalar(select(KioskRow.site).where(KioskRow.id == kiosk)) or ""
    session.add(ReceiptRow(person=person, kiosk=kiosk, site=site, asked_utc=now))
    await session.flush()


async def confirm(session: AsyncSession, person: str, kiosk: str, gone_utc: datetime) -> bool:
    """Keep that the person is gone from there; whether that is new. Of somebody who was not erased nothing is kept."""
    row = await session.get(ReceiptRow, (person, kiosk), with_for_update=True)
    if row is None or row.confirmed_utc is not None:
        return False
    row.confirmed_utc = gone_utc
    return True


async def has_confirmed(session: AsyncSession, erased: Erased, kiosk: str) -> bool:
    """Whether that kiosk said after that erasure that they are gone from it, both by its own clock."""
    row = await session.get(ReceiptRow, (erased.person, kiosk))
    return row is not None and row.confirmed_utc is not None and erased.erased_utc <= row.confirmed_utc


async def receipts_of(session: AsyncSession, person: str) -> Sequence[Row[ReceiptRow, KioskRow]]:
    """Each kiosk that was asked, by name; nothing for somebody who was not erased."""
    query = select(ReceiptRow, KioskRow).join(KioskRow, KioskRow.id == ReceiptRow.kiosk)
    return (await session.execute(query.where(ReceiptRow.person == person).order_by(KioskRow.folded))).all()


async def erasures(session: AsyncSession, limit: int) -> Sequence[Row[str, datetime, int, int]]:
    """The newest erasures: who (an id), when, how many kiosks were asked and how many of those have confirmed."""
    newest = select(TombstoneRow.person, TombstoneRow.erased_utc).order_by(TombstoneRow.erased_utc.desc()).limit(limit)
    those = newest.subquery()  # their receipts alone are counted, of which there is one for each kiosk
    counted = (func.count(ReceiptRow.kiosk).label("asked"), func.count(ReceiptRow.confirmed_utc).label("confirmed"))
    query = select(those.c.person, those.c.erased_utc, *counted)
    query = query.outerjoin(ReceiptRow, ReceiptRow.person == those.c.person)
    query = query.group_by(those.c.person, those.c.erased_utc)
    return (await session.execute(query.order_by(those.c.erased_utc.desc()))).all()
