"""What a kiosk is told of: its site's, everybody's, and of people only those of its groups where it has some."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from kiosk.central.access.principal import KioskPrincipal
from kiosk.central.errors import Missing
from kiosk.central.kiosks.moving import sites_left
from kiosk.central.kiosks.tables import KioskRow
from kiosk.central.people.tables import GroupRow, MemberRow, PersonRow
from kiosk.central.texts import folded


@dataclass(frozen=True, slots=True)
class View:
    """A kiosk as the feed sees it. `names` are those of its groups, `groups` the same folded; none: everybody.

    `left_sites`: those of which it may still have people, since it was moved.
    """

    kiosk: str
    site: str
    names: tuple[str, ...]
    groups: frozenset[str]
    asked_after: int = 0
    left_sites: frozenset[str] = frozenset()

    @property
    def sites(self) -> tuple[str, ...]:
        """Whose changes it is told."""
        return tuple(dict.fromkeys((self.site, "")))

    @property
    def digest(self) -> str:
        """Another one when the kiosk may know other people."""
        text = json.dumps([self.site, sorted(self.groups)])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def seen(self, people: Sequence[str]) -> Select[PersonRow]:
        """The query for those of these people whom it may know."""
        query = select(PersonRow).where(PersonRow.id.in_(people), PersonRow.site.in_(self.sites))
        if not self.groups:
            return query
        members = select(MemberRow.person).join(GroupRow, GroupRow.id == MemberRow.group)
        return query.where(PersonRow.id.in_(members.where(GroupRow.folded.in_(self.groups))))

    async def sees(self, session: AsyncSession, person: str) -> bool:
        """Whether it may know that person."""
        return (await session.execute(self.seen([person]))).first() is not None


async def view_of(session: AsyncSession, kiosk: str) -> View:
    """That kiosk's. Raises Missing."""
    row = await session.get(KioskRow, kiosk)
    if row is None:
        raise Missing("There is no such kiosk.")
    return view_from(row)


def view_from(row: KioskRow) -> View:
    """The kiosk of that row."""
    view = _view(row.id, row.site, tuple(json.loads(row.groups)), row.cursor_position)
    return replace(view, left_sites=sites_left(row.left_sites))


def view_for(kiosk: KioskPrincipal) -> View:
    """The kiosk that asks, as it was when it was let in; how far it has come is not known."""
    return _view(kiosk.id, kiosk.site, kiosk.groups, 0)


def _view(kiosk: str, site: str, names: tuple[str, ...], asked_after: int) -> View:
    return View(kiosk, site, names, frozenset(folded(name) for name in names), asked_after)
